import assert from "node:assert/strict";
import fc from "fast-check";
import {
  absoluteLoss,
  distributionLoss,
  gradientGraph,
  GraphBuilder,
  heatMapLoss,
  squaredLoss,
  type Tape,
  type Value,
} from "../../../core/graph/mod.ts";
import { assertGradients, noise, runGradients } from "./finite_differences.ts";

const SHAPE = [2, 3, 2, 3];

function graph() {
  const g = new GraphBuilder();
  return g.finish({ out: g.scale("same", g.tensor("x", 3), 1) });
}

function optionsOf(loss: (tape: Tape, out: Value, teacher: Value) => Value) {
  return {
    shapes: { x: SHAPE },
    learns: () => true,
    loss: (tape: Tape, { out }: Readonly<Record<string, Value>>) =>
      loss(tape, out, tape.input("teacher", "float32", SHAPE)),
  };
}

const WEIGHT = noise(6, 5).map(Math.abs);

/** On both sides of what the student may have, so that no difference is taken across a kink. */
function farAway(tape: Tape, teacher: Value): Value {
  const shifts = Float32Array.from({ length: 36 }, (_, i) => i % 2 === 0 ? 9 : -9);
  return tape.primitive("Add", [teacher, tape.constant(shifts, SHAPE)], SHAPE);
}

const LOSSES = {
  heatMapLoss,
  distributionLoss,
  absoluteLoss: (tape: Tape, out: Value, teacher: Value) =>
    absoluteLoss(tape, out, farAway(tape, teacher), tape.constant(0.3), tape.constant(WEIGHT, [1, 1, 2, 3])),
  squaredLoss: (tape: Tape, out: Value, teacher: Value) =>
    squaredLoss(tape, out, teacher, 0.3, tape.constant(WEIGHT, [1, 1, 2, 3])),
};

for (const [name, loss] of Object.entries(LOSSES)) {
  Deno.test(`${name} has the gradients that differences show`, async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 1e6 }), async (seed) => {
        const teacher = { shape: SHAPE, data: noise(36, seed + 1).map((value) => value * 3) };
        await assertGradients(graph(), optionsOf(loss), { seed, step: 0.1, feeds: { teacher } });
      }),
      { numRuns: 20 },
    );
  });
}

async function lossOf(name: keyof typeof LOSSES, x: Float32Array, teacher: Float32Array): Promise<number> {
  const { graph: gradients } = gradientGraph(graph(), optionsOf(LOSSES[name]));
  const outputs = await runGradients({ graph: gradients }, {
    x: { shape: SHAPE, data: x },
    teacher: { shape: SHAPE, data: teacher },
  });
  return Number(outputs.loss.data[0]);
}

Deno.test("a student that is the teacher has the lowest loss: entropy, or 0", async () => {
  const teacher = noise(36, 3);
  for (const name of ["heatMapLoss", "distributionLoss", "squaredLoss"] as const) {
    const lowest = await lossOf(name, teacher, teacher);
    assert.ok(await lossOf(name, teacher.map((value) => value * 1.5 + 0.1), teacher) > lowest);
    if (name === "squaredLoss") assert.equal(lowest, 0);
  }
});

Deno.test("a distribution's loss with equal logits is the logarithm of the classes", async () => {
  const zeros = new Float32Array(36);
  assert.ok(Math.abs(await lossOf("distributionLoss", zeros, zeros) - Math.log(3)) < 1e-6);
  // Σ (log 2 − 1/2) / Σ 1/4
  assert.ok(Math.abs(await lossOf("heatMapLoss", zeros, zeros) - 4 * (Math.LN2 - 0.5)) < 1e-5);
});
