/** `bneck eval coco --compare A.json B.json`: two results files side by side. */
import { ensureWritableFile, writeFileAtomic } from "../../../../core/files/mod.ts";
import {
  type Annotations,
  categoryLabels,
  categoryTable,
  type CocoParams,
  type CocoResult,
  type ComparedDetections,
  compareDetections,
  evaluateCoco,
  evaluationWarnings,
  measured,
  type PairedDifference,
  statisticNames,
  summarize,
  threeDecimals,
} from "../../../../datasets/coco/mod.ts";
import { formatPercent } from "../../../console/format.ts";
import { fittedTable } from "../../../console/fit_columns.ts";
import { wrap } from "../../../console/output.ts";
import { type Column } from "../../../console/table.ts";
import type { Context } from "../../../context.ts";
import { evaluationProvenance } from "../provenance.ts";
import { type ComparedCategory, comparePage, signed } from "./compare_report.ts";
import { readFound } from "./read_files.ts";
import type { CocoFlags } from "./flags.ts";

/** One of the twelve numbers in both. */
interface Row {
  readonly metric: string;
  readonly first: number | null;
  readonly second: number | null;
  readonly difference: number | null;
  /** Where images were drawn to find out how sure the difference is. */
  readonly sure: PairedDifference | undefined;
}

const CONFIDENCE = 0.95;

/**
 * Evaluates both files and prints the difference of each number, and of AP and AP50 the interval in which it lies
 * with a probability of 95 %, were the images others of the same kind.
 *
 * @throws {BneckError} One of the files cannot be used.
 */
export async function compareResults(
  context: Context,
  truth: Annotations,
  params: CocoParams,
  paths: readonly [first: string, second: string],
  flags: Pick<CocoFlags, "samples" | "seed" | "json" | "format" | "wide" | "report" | "annotations">,
): Promise<void> {
  if (flags.report !== undefined) await ensureWritableFile(flags.report);
  const { iouType, oksSigmas, lvis, pycocotoolsCompat } = params;
  const options = { masks: iouType === "segm", keypoints: oksSigmas?.length, lvis, pycocotoolsCompat };
  const [first, second] = await Promise.all(paths.map((path) => readFound(path, truth, options)));
  const results = [first, second].map((detections) => evaluateCoco(truth, detections, params));
  const [a, b] = results.map((result) => summarize(result));

  const progress = context.progress({ total: flags.samples, unit: "samples", label: "comparing" });
  let compared: ComparedDetections;
  try {
    compared = await compareDetections(truth, first, second, params, {
      samples: flags.samples,
      seed: flags.seed,
      confidence: CONFIDENCE,
      onSample: () => progress.add(),
      signal: context.signal,
    });
  } finally {
    progress.stop();
  }
  const rows = statisticNames(params).map((metric): Row => {
    const [x, y] = [measured(a[metric]), measured(b[metric])];
    const sure = metric === "AP" || metric === "AP50" ? compared[metric] : undefined;
    return { metric, first: x, second: y, difference: x === null || y === null ? null : y - x, sure };
  });
  const warnings = new Set(
    [first, second].flatMap((detections) => evaluationWarnings(truth, detections, params)),
  );

  if (flags.report !== undefined) {
    const page = comparePage({
      names: namesOf(paths),
      facts: [
        ["annotations", truth.name],
        ["images", String(results[0].images)],
        ["overlap of", { bbox: "boxes", segm: "masks", keypoints: "keypoints" }[params.iouType]],
      ],
      rows,
      columns: columnsFor(paths, false),
      verdict: verdict(compared.AP, paths, flags.samples),
      categories: compareCategories(results[0], results[1]),
      warnings: [...warnings],
      provenance: await evaluationProvenance({
        model: null,
        files: { annotations: flags.annotations, first: paths[0], second: paths[1] },
      }),
    });
    await writeFileAtomic(flags.report, page);
  }
  const format = flags.json ? "json" : flags.format ?? "table";
  if (format === "json") context.printJson(asJson(rows, paths, flags));
  else {
    const width = context.tableWidth(flags.wide);
    const fit = width === undefined ? undefined : { width, givingWay: [["95 % from", "to"]] };
    const columns = columnsFor(paths, format === "csv");
    const table = fittedTable(rows, columns, format, { colors: context.colors, fit });
    const text = verdict(compared.AP, paths, flags.samples);
    const sentence = width === undefined ? text : wrap(text, width).join("\n");
    context.stdout.write(format === "table" ? `${table}\n${sentence}\n` : table);
  }
  for (const warning of warnings) context.log.warn(warning);
}

/** What the two files are called: by as few folders as tell them apart. */
function namesOf(paths: readonly [string, string]): readonly [string, string] {
  const [first, second] = paths.map((path) => path.split("/"));
  for (let count = 1; count <= Math.max(first.length, second.length); count++) {
    const [one, other] = [first, second].map((parts) => parts.slice(-count).join("/"));
    if (one !== other) return [one, other];
  }
  return [first.at(-1)!, second.at(-1)!];
}

/** The AP of each category that has objects or detections in the files. */
function compareCategories(first: CocoResult, second: CocoResult): ComparedCategory[] {
  const others = categoryTable(second);
  const labels = categoryLabels(first.categories);
  return categoryTable(first).map(({ truths, statistics }, k) => ({
    name: labels[k],
    objects: truths,
    first: measured(statistics.AP),
    second: measured(others[k].statistics.AP),
  })).filter(({ objects }) => objects > 0);
}

function columnsFor(paths: readonly [string, string], csv: boolean): Column<Row>[] {
  const names = namesOf(paths);
  const score = (value: number) => threeDecimals(value);
  return [
    { title: "metric", value: ({ metric }) => metric },
    { title: csv ? "first" : names[0], value: ({ first }) => first, format: score, align: "right" },
    { title: csv ? "second" : names[1], value: ({ second }) => second, format: score, align: "right" },
    { title: "difference", value: ({ difference }) => difference, format: signed, align: "right" },
    { title: csv ? "low" : "95 % from", value: ({ sure }) => sure?.low, format: signed, align: "right" },
    { title: csv ? "high" : "to", value: ({ sure }) => sure?.high, format: signed, align: "right" },
  ];
}

function verdict(
  { low, high, secondBetter }: PairedDifference,
  paths: readonly [string, string],
  samples: number,
): string {
  const share = `${paths[1]} has the higher AP in ${
    formatPercent(secondBetter)
  } of ${samples} draws of the images`;
  if (low === 0 && high === 0) return "Both have the same AP, whichever images are drawn.";
  return low <= 0 && high >= 0
    ? `${share}: the difference may be chance.`
    : `${share}: the difference is more than chance.`;
}

function asJson(
  rows: readonly Row[],
  [first, second]: readonly [string, string],
  { samples, seed }: Pick<CocoFlags, "samples" | "seed">,
) {
  return {
    first,
    second,
    samples,
    seed,
    confidence: CONFIDENCE,
    metrics: Object.fromEntries(rows.map(({ metric, sure, ...values }) => [metric, {
      ...values,
      ...(sure && { low: sure.low, high: sure.high, secondBetter: sure.secondBetter }),
    }])),
  };
}
