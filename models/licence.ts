import type { RunnableModel, WeightsFile } from "./entry.ts";
import type { Task } from "./network.ts";

/** The files of weights that some tasks of a model need. */
export function weightsOf(weights: readonly WeightsFile[], tasks: readonly Task[]): WeightsFile[] {
  return weights.filter((file) => !file.tasks || file.tasks.some((task) => tasks.includes(task)));
}

/**
 * What a user must be told before running tasks of a model whose weights are not for commercial use; `undefined` where
 * there is nothing to tell.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { licenceNotice } from "./licence.ts";
 * import { findModel } from "./registry.ts";
 * assert.match(licenceNotice(findModel("street"), ["segment"])!, /non-commercial use only \(CC BY-NC 4\.0\)/);
 * assert.equal(licenceNotice(findModel("street"), ["detect"]), undefined);
 * assert.equal(licenceNotice(findModel("everyday"), ["segment"]), undefined);
 * ```
 */
export function licenceNotice(
  { name, weights }: Pick<RunnableModel, "name" | "weights">,
  tasks: readonly Task[],
): string | undefined {
  const bound = weightsOf(weights, tasks).flatMap(({ licence }) => licence.split("; ")).filter((licence) =>
    /\bNC\b/.test(licence)
  );
  return bound.length === 0
    ? undefined
    : `the weights of ${name} are for non-commercial use only (${[...new Set(bound)].join(", ")})`;
}
