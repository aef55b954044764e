/** The model of an evaluation. */
import type { EvaluationRun } from "../../../models/evaluation/mod.ts";
import { plural } from "../../console/format.ts";
import { usageError } from "../../../core/errors.ts";
import { importLater } from "../../../core/import_later.ts";
import type { RunnableModel } from "../../../models/entry.ts";
import type { Network, OnnxNetwork, Task } from "../../../models/network.ts";
import { announceModel } from "../../requested_model.ts";
import type { Context } from "../../context.ts";
import { formatSize } from "../../flags/mod.ts";
import { scoredModel, type SourceFlags } from "./flags.ts";
import type { PredictionOrigin } from "./origin.ts";

/**
 * The model that `--model` or `--weights` names; `null` where predictions are given instead.
 *
 * @param standard the model that is run when none is named
 * @throws {BneckError} There is no such model, or it does not have this task.
 */
export async function chooseModel(
  context: Context,
  flags: SourceFlags,
  task: Task,
  standard?: string,
): Promise<RunnableModel | null> {
  if (flags.predictions !== undefined) return null;
  // Scoring files starts without the code of models.
  const entry = await (await importLater<typeof import("../../../models/open.ts")>(
    import.meta.resolve("../../../models/open.ts"),
  )).resolveModel(
    scoredModel(flags, standard),
  );
  if (entry.labels[task] === undefined) {
    throw usageError(`${entry.name} cannot ${task}; it can ${entry.tasks.join(" and ")}`);
  }
  announceModel(context, entry, [task]);
  return entry;
}

/** Builds the network that is run for a task, to measure its parts. */
export function networkOf(
  entry: RunnableModel,
  { size }: SourceFlags,
  task: Task,
): () => Promise<Network | OnnxNetwork> {
  return () => entry.build([task], size);
}

/** The origin that flags describe. */
export function originOf(
  entry: RunnableModel | null,
  { size, tta }: SourceFlags & { readonly tta?: string },
): PredictionOrigin {
  const parts = [...(size === undefined ? [] : [formatSize(size)]), ...(tta === undefined ? [] : [tta])];
  return { model: entry?.name ?? null, size: parts.length === 0 ? null : parts.join(" ") };
}

/** What an evaluation ran on, for people: `network input 360×480`, `3 photos decoded at a reduced size`. */
export function describeSizes({ inputSizes, reduced }: Omit<EvaluationRun, "worker">): string[] {
  if (inputSizes.length === 0) return [];
  const names = inputSizes.map(([height, width]) => `${height}×${width}`);
  const shown = names.length <= 3
    ? names.join(", ")
    : `${names.slice(0, 2).join(", ")} and ${names.length - 2} more`;
  return [`network input ${shown}`, ...describeReduced(reduced)];
}

/** Photos of which not everything was decoded, for people. */
export function describeReduced(photos: number): string[] {
  return photos === 0 ? [] : [`${plural(photos, "photo")} decoded at a reduced size`];
}
