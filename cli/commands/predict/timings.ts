/** `--timings`: where the time of a run went. */
import type { Network, OnnxNetwork } from "../../../models/network.ts";
import type { ImageReport, Stage, StageTimes } from "../../../models/pipeline/job.ts";
import {
  measureNetworkParts,
  type NetworkPart,
  PREPARATION,
} from "../../../models/pipeline/network_parts.ts";
import { formatMilliseconds, formatPercent, plural } from "../../console/format.ts";
import { type Column, formatTable, type TableOptions } from "../../console/table.ts";
import type { Context } from "../../context.ts";
import type { RunTotals } from "./totals.ts";

/** What a run took, from its first image to its last. */
export interface RunTimes {
  readonly images: number;
  readonly workers: number;
  /** From the first image handed out to the last done. */
  readonly milliseconds: number;
  /** All images together. */
  readonly stages: StageTimes;
}

/** A row of the table. */
export interface TimingRow {
  readonly stage: string;
  /** All workers together. */
  readonly milliseconds: number;
}

const NAMES: Readonly<Record<Exclude<Stage, "resize" | "infer">, string>> = {
  read: "read",
  decode: "decode",
  post: "decode outputs",
  encode: "encode",
  write: "write",
};

/** The stages in their order, the network's split into its parts; what is left of the workers' time is waiting. */
export function timingRows(
  { workers, milliseconds, stages }: RunTimes,
  parts: readonly NetworkPart[],
): TimingRow[] {
  const row = (stage: keyof typeof NAMES) => ({ stage: NAMES[stage], milliseconds: stages[stage] });
  const network = parts.map(({ name, share }) => ({
    stage: name,
    milliseconds: stages.infer * share + (name === PREPARATION ? stages.resize : 0),
  }));
  if (!parts.some(({ name }) => name === PREPARATION)) {
    network.unshift({ stage: PREPARATION, milliseconds: stages.resize });
  }
  const rows = [row("read"), row("decode"), ...network, row("post"), row("encode"), row("write")];
  const total = workers * milliseconds;
  const worked = rows.reduce((sum, { milliseconds }) => sum + milliseconds, 0);
  return [
    ...rows,
    { stage: "waiting", milliseconds: Math.max(0, total - worked) },
    { stage: plural(workers, "worker"), milliseconds: total },
  ];
}

/** The table, and what the run could have reached at most. */
export function formatTimings(
  times: RunTimes,
  parts: readonly NetworkPart[],
  options: TableOptions<TimingRow> = {},
): string {
  const { images, workers, milliseconds, stages } = times;
  const rows = timingRows(times, parts);
  const total = rows.at(-1)!;
  const columns: Column<TimingRow>[] = [
    { title: "stage", value: ({ stage }) => stage },
    {
      title: "seconds",
      value: ({ milliseconds }) => milliseconds / 1000,
      format: (value) => value.toFixed(2),
    },
    {
      title: "ms/image",
      value: ({ milliseconds }) => milliseconds / images,
      format: (value) => value.toFixed(2),
    },
    { title: "share", value: ({ milliseconds }) => milliseconds / total.milliseconds, format: formatPercent },
  ];
  const table = formatTable(rows, columns, "table", { ...options, ruleAbove: (row) => row === total });
  const speed = images / milliseconds * 1000;
  const bound = workers * images / stages.infer * 1000;
  return `${table}${speed.toFixed(1)} images/s; the network alone would do ${
    bound.toFixed(1)
  } on ${workers} ` +
    `${workers === 1 ? "core" : "cores"}, and this is ${(speed / bound).toFixed(2)} of it\n`;
}

/** How many images' sizes are remembered. */
const SIZES = 1000;

/** Follows a run for {@linkcode formatTimings}. Make it when the workers are ready. */
export class RunTimer {
  readonly #start = performance.now();
  readonly #sizes: ImageSize[] = [];
  #firstResult = 0;
  #end = this.#start;

  constructor(readonly workers: number) {}

  /** An image is done. */
  done({ width, height }: ImageReport): void {
    this.#end = performance.now();
    this.#firstResult ||= this.#end;
    if (this.#sizes.length < SIZES) this.#sizes.push({ width, height });
  }

  /** Measures the parts of the network and prints the table on stderr. */
  async print(context: Context, totals: RunTotals, network: Network | OnnxNetwork): Promise<void> {
    if (this.#sizes.length === 0) return;
    const size = this.#typicalSize();
    const parts = "graph" in network
      ? await measureNetworkParts(network, size)
      : [{ name: "network", share: 1 }];
    const { images, sums } = totals;
    const times = { images, workers: this.workers, milliseconds: this.#end - this.#start, stages: sums };
    context.log.raw(`\n${formatTimings(times, parts, { colors: context.log.colors })}`);
    context.log.info(
      `${formatMilliseconds(this.#firstResult)} from the start of the program to the first result`,
    );
  }

  /** The size of which as many of the first thousand images are larger as smaller. */
  #typicalSize(): ImageSize {
    const sorted = this.#sizes.toSorted((a, b) => a.width * a.height - b.width * b.height);
    return sorted[sorted.length >> 1];
  }
}

interface ImageSize {
  readonly width: number;
  readonly height: number;
}
