/** The benchmarks of `bneck eval`: one line each. */
import type { BneckCommand } from "../../command.ts";
import type { Benchmark, MergeableMetric } from "./benchmark.ts";
import { cityscapes } from "./cityscapes/command.ts";
import { coco } from "./coco/command.ts";
import { imagenet } from "./imagenet/command.ts";
import { segmentation } from "./segmentation/command.ts";

/** A benchmark, whatever its metric; methods are checked loosely enough for that. */
export type AnyBenchmark = Benchmark<MergeableMetric, unknown>;

/** A command, and what merges and presents its evaluations. */
interface Entry {
  readonly command: BneckCommand;
  readonly load: () => Promise<{ readonly benchmark: AnyBenchmark }>;
}

/** By the name of the command. */
export const BENCHMARKS: Readonly<Record<string, Entry>> = {
  coco: { command: coco, load: () => import("./coco/presentation.ts") },
  cityscapes: { command: cityscapes, load: () => import("./cityscapes/presentation.ts") },
  segmentation: { command: segmentation, load: () => import("./segmentation/presentation.ts") },
  imagenet: { command: imagenet, load: () => import("./imagenet/presentation.ts") },
};
