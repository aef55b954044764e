/** Refusing to measure what the machine has no memory for: the system would end the whole program. */
import { usageError } from "../../errors.ts";
import type { GraphInput } from "../../graph/mod.ts";
import { availableMemory } from "../../machine.ts";
import type { LayerCost } from "../counting/layer_cost.ts";

/**
 * The bytes that a run holds at least at some moment: the largest result of a layer, and with that of a convolution what it
 * reads. Other layers may overwrite what they read.
 */
export function minRunBytes(rows: readonly LayerCost[]): number {
  return rows.reduce(
    (max, { operator, activationBytes, movedBytes = 0 }) =>
      Math.max(max, operator === "Conv" ? movedBytes : activationBytes),
    0,
  );
}

/**
 * Checks that a network can run here.
 *
 * @param name of the network
 * @param available bytes; `undefined` where it is not known
 * @throws {BneckError} (usage) if the least that it takes is more, with the option `batch` or `size` as its hint.
 */
export function checkMemory(
  name: string,
  { shapes }: GraphInput,
  rows: readonly LayerCost[],
  available: number | undefined = availableMemory(),
): void {
  const needed = minRunBytes(rows);
  if (available === undefined || needed <= available) return;
  const inputs = Object.values(shapes);
  const option = inputs.some(([images]) => images > 1) ? "batch" : "size";
  const input = inputs.map((shape) => shape.join("×")).join(", ");
  throw usageError(
    `${name} with an input of ${input} takes at least ${gigabytes(needed)} of memory, and ${
      gigabytes(available)
    } are available`,
    undefined,
    { option, advice: "lower it" },
  );
}

function gigabytes(bytes: number): string {
  return `${(bytes / 1e9).toFixed(1)} GB`;
}
