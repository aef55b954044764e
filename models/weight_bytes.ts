/** How large the weights of a model are, where no file of them is here. */
import { countParameters, graphParameters } from "../core/graph/mod.ts";
import type { ModelEntry } from "./entry.ts";
import { findArchitecture, networkGraph } from "./zoo/mod.ts";

/** Bytes of a number in single precision. */
const BYTES = 4;

/**
 * The bytes of a model's weights in single precision, counted from its network; `undefined` for a model that comes with
 * bneck. Files are a little larger, by running statistics and names.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { findModel } from "./registry.ts";
 * import { weightBytes } from "./weight_bytes.ts";
 * assert.equal(weightBytes(findModel("mobilenet_v3_large")), 4 * 5_483_032);
 * ```
 */
export function weightBytes({ architecture, tasks: [task], labels }: ModelEntry): number | undefined {
  if (architecture === undefined) return undefined;
  const { network } = findArchitecture(architecture);
  const classes = labels[task]!.length;
  return BYTES * countParameters(graphParameters(networkGraph(network, classes)));
}
