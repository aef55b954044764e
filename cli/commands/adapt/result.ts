/** What `bneck adapt` prints at its end. */
import { ExitStatus } from "../../../core/errors.ts";
import {
  type Adapted,
  type AdaptPlan,
  baseGraph,
  type Baseline,
  type CandidateScorer,
  channelRows,
} from "../../../models/compress/adapt/mod.ts";
import { formatBytes, formatClock, formatPercent, plural } from "../../console/format.ts";
import { type Column, formatTable } from "../../console/table.ts";
import type { Context } from "../../context.ts";

/** Prints the channels that are left, latencies, scores and what they have to beat. */
export function printResult(
  context: Context,
  out: string,
  bytes: number,
  plan: AdaptPlan,
  adapted: Adapted,
  scorer: CandidateScorer | undefined,
): void {
  const { latency, records, distilled, scores, stopped, seconds } = adapted;
  const { colors } = context;
  const { kept } = adapted.candidate;
  const now = Object.fromEntries([...kept].map(([group, { length }]) => [group, length]));
  const rows = channelRows(baseGraph(plan.base), now).filter((row) => row.adapted < row.original);
  if (rows.length > 0) {
    context.print(
      formatTable(
        rows,
        [
          { title: "channels of", value: (row) => row.title },
          { title: "original", value: (row) => row.original, align: "right" },
          { title: "adapted", value: (row) => row.adapted, align: "right" },
        ],
        "table",
        { colors },
      ).trimEnd(),
    );
  }
  const part = latency.measured / latency.beside;
  context.print(
    `${latency.measured.toFixed(2)} ms at ${plan.size.join("×")}, the original ${
      latency.beside.toFixed(2)
    } ms beside it ` +
      `(${formatPercent(part)}); predicted ${latency.predicted.toFixed(2)} ms`,
  );
  if (scores && scorer) {
    context.print(
      `${scorer.metric} ${scores.adapted.toFixed(4)} on ${plural(scorer.images, "image")}, the original ` +
        `${scores.original.toFixed(4)}${
          distilled.steps > 0 ? `, before the distillation ${scores.before.toFixed(4)}` : ""
        }`,
    );
  }
  if (distilled.steps > 0) {
    context.print(
      `distance ${distilled.before.toFixed(4)}, after ${plural(distilled.steps, "step")} of distillation ${
        distilled.after.toFixed(4)
      }`,
    );
  }
  if (adapted.baselines.length > 0 && scorer) {
    context.print(
      formatTable(adapted.baselines, baselineColumns(scorer.metric), "table", { colors }).trimEnd(),
    );
  }
  context.print(
    `${out}: ${formatBytes(bytes)}, ${plural(records.length, "step")} in ${formatClock(seconds)}`,
  );
  if (stopped === "exhausted") {
    context.exitStatus = ExitStatus.someInputsFailed;
    context.log.warn(
      "the target was not reached: no group can be narrowed any more by as much as a step must save",
    );
  } else if (stopped !== undefined) {
    context.log.warn(
      `ended before the target was reached (${
        stopped === "time" ? "--time-limit" : "interrupted"
      }); the same command continues`,
    );
  }
}

/** The columns of what an adaptation has to beat; the last is the metric. */
export function baselineColumns(metric: string): Column<Baseline>[] {
  return [
    {
      title: "to compare",
      value: ({ kind }) => kind === "uniform" ? "narrowed uniformly" : "smaller images",
    },
    { title: "how", value: ({ text }) => text },
    { title: "ms", value: ({ measured }) => measured.candidate.toFixed(2), align: "right" },
    {
      title: "of the original",
      value: ({ measured }) => formatPercent(measured.candidate / measured.original),
      align: "right",
    },
    { title: metric, value: ({ score }) => score.toFixed(4), align: "right" },
  ];
}
