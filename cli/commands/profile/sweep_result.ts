/** One network with several numbers of threads or batches, as a table. */
import type { Surroundings, SweepPoint } from "../../../core/profile/mod.ts";
import { plural } from "../../console/format.ts";
import type { Column } from "../../console/table.ts";
import { timeJson } from "./comparison_result.ts";
import { numberColumn, type Result } from "./result.ts";

/** What differs between the settings. */
export type SweptFlag = "threads" | "batch";

/** The name of a setting. */
export function settingName({ threads, batch }: SweepPoint, swept: SweptFlag): string {
  return swept === "threads" ? plural(threads, "thread") : `batch of ${batch}`;
}

/** A sweep as a result. */
export function sweepResult(
  points: readonly SweepPoint[],
  swept: SweptFlag,
  { processor, cores, onnxruntime }: Surroundings,
): Result<SweepPoint> {
  const number = numberColumn<SweepPoint>;
  const [first] = points;
  const threads = swept === "batch" ? ` on ${plural(first.threads, "thread")}` : "";
  const data: Column<SweepPoint>[] = [
    { title: swept, value: (point) => point[swept] },
    { title: "ms", value: ({ time }) => time.milliseconds },
    { title: "images_per_s", value: ({ imagesPerSecond }) => imagesPerSecond },
    { title: "speedup", value: ({ speedup }) => speedup },
  ];
  return {
    title: first.subject.name,
    facts: [
      `${first.subject.summary}; input ${
        points.map(({ subject }) => subject.input).filter(isFirst).join(", ")
      }`,
      `ms${threads} of ${processor}, onnxruntime ${onnxruntime}: measured in turns, medians of ${
        plural(first.time.runs, "round")
      }`,
    ],
    rows: points,
    columns: [
      number(swept, (point) => String(point[swept])),
      number("ms", ({ time }) => time.milliseconds.toFixed(2)),
      number("quiet", ({ time }) => time.quietMilliseconds.toFixed(2)),
      number("ms/image", ({ time, batch }) => (time.milliseconds / batch).toFixed(2)),
      number("images/s", ({ imagesPerSecond }) => imagesPerSecond.toFixed(1)),
      number("speedup", ({ speedup }) => speedup.toFixed(2)),
      ...(swept === "threads"
        ? [number("per thread", ({ speedup, threads }) => (speedup * first.threads / threads).toFixed(2))]
        : []),
    ],
    dataColumns: data,
    notes: [`speedup: images per second against the first row.`, ...crowded(points, cores)],
    json: {
      network: first.subject.name,
      summary: first.subject.summary,
      processor,
      onnxruntime,
      points: points.map((point) => ({
        threads: point.threads,
        batch: point.batch,
        input: point.subject.input,
        ...timeJson(point, first),
        imagesPerSecond: point.imagesPerSecond,
        speedup: point.speedup,
      })),
    },
  };
}

function isFirst(text: string, index: number, texts: readonly string[]): boolean {
  return texts.indexOf(text) === index;
}

/** Threads that must share cores. */
function crowded(points: readonly SweepPoint[], cores: number): string[] {
  const threads = Math.max(...points.map(({ threads }) => threads));
  return threads > cores ? [crowdedText(threads, cores)] : [];
}

/** Says that there are more threads than cores. */
export function crowdedText(threads: number, cores: number): string {
  return `${threads} threads share ${plural(cores, "core")}: more threads than cores slow a network down.`;
}
