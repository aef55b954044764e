/** `bneck eval` and its benchmarks: one line each. */
import { importLater } from "../../core/import_later.ts";
import { type BneckCommand, commandGroup } from "../command.ts";
import type { Benchmark, MergeableMetric } from "./eval/benchmark.ts";
import { cityscapes } from "./eval/cityscapes/command.ts";
import { coco } from "./eval/coco/command.ts";
import { imagenet } from "./eval/imagenet/command.ts";
import { merge } from "./eval/merge/command.ts";
import { segmentation } from "./eval/segmentation/command.ts";

/** A benchmark, whatever its metric; methods are checked loosely enough for that. */
export type AnyBenchmark = Benchmark<MergeableMetric, unknown>;

/** A command, and what merges and presents its evaluations. */
interface Entry {
  readonly command: BneckCommand;
  readonly load: () => Promise<{ readonly benchmark: AnyBenchmark }>;
}

/** By the name of the command. */
export const BENCHMARKS: Readonly<Record<string, Entry>> = {
  coco: {
    command: coco,
    load: () =>
      importLater<typeof import("./eval/coco/presentation.ts")>(
        import.meta.resolve("./eval/coco/presentation.ts"),
      ),
  },
  cityscapes: {
    command: cityscapes,
    load: () =>
      importLater<typeof import("./eval/cityscapes/presentation.ts")>(
        import.meta.resolve("./eval/cityscapes/presentation.ts"),
      ),
  },
  segmentation: {
    command: segmentation,
    load: () =>
      importLater<typeof import("./eval/segmentation/presentation.ts")>(
        import.meta.resolve("./eval/segmentation/presentation.ts"),
      ),
  },
  imagenet: {
    command: imagenet,
    load: () =>
      importLater<typeof import("./eval/imagenet/presentation.ts")>(
        import.meta.resolve("./eval/imagenet/presentation.ts"),
      ),
  },
};

const benchmarks = Object.entries(BENCHMARKS).map(([name, { command }]) => [name, command] as const);

/** `bneck eval`. */
export const evaluation = commandGroup({
  brief: "score predictions as the benchmarks do",
  description:
    "Scores a model, or predictions that exist, against ground truth. The numbers are those of the benchmarks' own " +
    "tools. Nothing is scored on a part of a set unless it is asked for with --limit or --shard.",
  routes: { ...Object.fromEntries(benchmarks), merge },
});
