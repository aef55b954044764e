import assert from "node:assert/strict";
import fc from "fast-check";
import {
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

const LOSSES = {
  heatMapLoss,
  distributionLoss,
  squaredLoss: (tape: Tape, out: Value, teacher: Value) =>
    squaredLoss(tape, out, teacher, 0.3, tape.constant(noise(6, 5).map(Math.abs), [1, 1, 2, 3])),
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
  for (const name of Object.keys(LOSSES) as (keyof typeof LOSSES)[]) {
    const lowest = await lossOf(name, teacher, teacher);
    assert.ok(await lossOf(name, teacher.map((value) => value * 1.5 + 0.1), teacher) > lowest);
    if (name === "squaredLoss") assert.equal(lowest, 0);
  }
});

Deno.test("a distribution's loss with equal logits is the logarithm of the classes", async () => {
  const zeros = new Float32Array(36);
  assert.ok(Math.abs(await lossOf("distributionLoss", zeros, zeros) - Math.log(3)) < 1e-6);
  // Σ log 2 / Σ 1/2
  assert.ok(Math.abs(await lossOf("heatMapLoss", zeros, zeros) - 2 * Math.LN2) < 1e-6);
});
