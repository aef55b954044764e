import { commandGroup } from "../command.ts";
import { BENCHMARKS } from "./eval/benchmarks.ts";
import { merge } from "./eval/merge/command.ts";

const benchmarks = Object.entries(BENCHMARKS).map(([name, { command }]) => [name, command] as const);

/** `bneck eval`. */
export const evaluation = commandGroup({
  brief: "score predictions as the benchmarks do",
  description:
    "Scores a model, or predictions that exist, against ground truth. The numbers are those of the benchmarks' own " +
    "tools. Nothing is scored on a part of a set unless it is asked for with --limit or --shard.",
  routes: { ...Object.fromEntries(benchmarks), merge },
});
