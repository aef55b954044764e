/** Gradients checked against differences of the loss itself. */
import assert from "node:assert/strict";
import {
  type GradientGraph,
  gradientGraph,
  type GradientOptions,
  type Graph,
  toOnnx,
} from "../../../core/graph/mod.ts";
import { reduced, reshaped } from "../../../core/graph/gradient_arithmetic.ts";
import { multiply } from "../../../core/graph/gradient_arithmetic.ts";
import { fixedShape, type Tape } from "../../../core/graph/gradient_tape.ts";
import type { Value } from "../../../core/graph/mod.ts";
import { encodeOnnx } from "../../../core/onnx/mod.ts";
import { type NamedTensor, Session } from "../../../core/session/mod.ts";
import { elementCount } from "../../../core/weights/tensor.ts";

/** Numbers in −1…1 that follow from a seed. */
export function noise(length: number, seed: number): Float32Array {
  let state = seed * 2654435761 + 1;
  return Float32Array.from({ length }, () => {
    state = Math.imul(state ^ (state >>> 15), 2246822519) + 374761393 | 0;
    return ((state ^ (state >>> 13)) >>> 0) / 2 ** 31 - 1;
  });
}

/** A loss that looks at every element of every output: their sum with weights that follow from a seed. */
export function weightedSum(seed: number): GradientOptions["loss"] {
  return (tape: Tape, outputs) => {
    const sums = Object.values(outputs).map((value, i) => {
      const shape = fixedShape(value);
      const weights = tape.constant(noise(elementCount(shape), seed + i), shape);
      return total(tape, multiply(tape, value, weights));
    });
    assert.equal(sums.length, 1);
    return sums[0];
  };
}

function total(tape: Tape, value: Value): Value {
  const shape = fixedShape(value);
  const sum = reduced(tape, "ReduceSum", value, shape.map((_, axis) => axis));
  return tape.record(reshaped(tape, sum, []), [value], (gradient) => [gradient]);
}

/** Runs a graph of gradients. */
export async function runGradients(
  { graph }: Pick<GradientGraph, "graph">,
  feeds: Readonly<Record<string, NamedTensor>>,
): Promise<Record<string, NamedTensor>> {
  const session = await Session.open(encodeOnnx(toOnnx(graph, new Map()).model), "gradients");
  try {
    return await session.run(feeds);
  } finally {
    await session.close();
  }
}

/**
 * Compares the gradient of every learned tensor with central differences along a random direction, extrapolated from
 * two widths (Richardson), and asserts that they agree to 1e-4 of the gradient's size and what float32 rounds of the loss.
 *
 * @param step the wider of the two; what is linear may take a large one.
 */
export async function assertGradients(
  graph: Graph,
  options: Omit<GradientOptions, "loss" | "learns"> & Partial<Pick<GradientOptions, "loss" | "learns">>,
  { seed, step, feeds = {} }: {
    readonly seed: number;
    readonly step: number;
    readonly feeds?: Readonly<Record<string, NamedTensor>>;
  },
): Promise<void> {
  const gradients = gradientGraph(graph, { loss: weightedSum(seed), learns: () => true, ...options });
  const given: Record<string, NamedTensor> = { ...feeds };
  for (const { name, shape } of [...gradients.parameters, ...gradients.learned]) {
    given[name] ??= { shape, data: noise(elementCount(shape), seed + name.length) };
  }
  const session = await Session.open(encodeOnnx(toOnnx(gradients.graph, new Map()).model), "gradients");
  try {
    const found = await session.run(given);
    assert.ok(gradients.learned.length > 0);
    for (const { name, shape } of gradients.learned) {
      const base = given[name].data as Float32Array;
      const direction = noise(base.length, seed + 77);
      const lossAt = async (width: number) => {
        const data = base.map((value, i) => value + width * direction[i]);
        const { loss } = await session.run({ ...given, [name]: { shape, data } });
        return Number(loss.data[0]);
      };
      const slope = async (width: number) => (await lossAt(width) - await lossAt(-width)) / (2 * width);
      const extrapolated = async (width: number) => (4 * await slope(width / 2) - await slope(width)) / 3;
      const gradient = found[`gradient.${name}`].data as Float32Array;
      assert.deepEqual([...found[`gradient.${name}`].shape], [...shape], name);
      let [along, size] = [0, 0];
      gradient.forEach((value, i) => {
        along += value * direction[i];
        size += Math.abs(value * direction[i]);
      });
      const agrees = async (width: number) => {
        // Two losses are subtracted, each a sum that is known to some units in its last place.
        const rounding = 16 * 2 ** -23 * Math.max(1, Math.abs(Number(found.loss.data[0]))) / width;
        const expected = await extrapolated(width);
        const error = Math.abs(along - expected);
        return error <= 1e-4 * Math.max(size, 0.05) + rounding ||
          `${name}: ${along}, differences give ${expected}`;
      };
      // Where the loss bends sharply only a narrower difference is good enough.
      const wide = await agrees(step);
      const verdict = wide === true ? true : await agrees(step / 4);
      assert.ok(verdict === true, `${verdict}`);
    }
  } finally {
    await session.close();
  }
}
