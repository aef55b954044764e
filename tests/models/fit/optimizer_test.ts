import assert from "node:assert/strict";
import { adamW, gradientNorm, type Moments, oneCycle } from "../../../models/fit/optimizer.ts";

function near(found: number, expected: number, tolerance = 1e-6): void {
  assert.ok(Math.abs(found - expected) <= tolerance, `${found}, not ${expected}`);
}

function momentsOf(length: number): Moments {
  return { first: new Float32Array(length), second: new Float32Array(length) };
}

Deno.test("AdamW's steps are those of torch.optim.AdamW", () => {
  // torch.optim.AdamW([p], lr=0.1, weight_decay=0.01), p = [1, -2], gradients [0.5, -1], then [0.1, 2].
  const values = new Map([["p", Float32Array.of(1, -2)]]);
  const moments = new Map([["p", momentsOf(2)]]);
  const groups = [{ names: ["p"], learningRate: 0.1, weightDecay: 0.01 }];
  adamW(values, new Map([["p", Float32Array.of(0.5, -1)]]), moments, groups, 1, 1);
  near(values.get("p")![0], 0.899);
  near(values.get("p")![1], -1.898);
  adamW(values, new Map([["p", Float32Array.of(0.1, 2)]]), moments, groups, 2, 1);
  // Adam's own formulas, in double precision.
  const [m, v] = [0.9 * 0.05 + 0.1 * 0.1, 0.999 * 0.00025 + 0.001 * 0.01];
  const step = 0.1 * (m / (1 - 0.81)) / (Math.sqrt(v / (1 - 0.999 ** 2)) + 1e-8);
  near(values.get("p")![0], 0.899 * (1 - 0.001) - step);
});

Deno.test("a group's gradients are scaled to its largest norm together", () => {
  const values = new Map([["a", Float32Array.of(0)], ["b", Float32Array.of(0)]]);
  const moments = new Map([["a", momentsOf(1)], ["b", momentsOf(1)]]);
  const gradients = new Map([["a", Float32Array.of(3)], ["b", Float32Array.of(4)]]);
  near(gradientNorm(gradients, ["a", "b"]), 5);
  const group = { names: ["a", "b"], learningRate: 1, weightDecay: 0, maxGradientNorm: 1 };
  adamW(values, gradients, moments, [group], 1, 1);
  near(moments.get("a")!.first[0], 0.1 * 0.6);
  near(moments.get("b")!.first[0], 0.1 * 0.8);
});

Deno.test("the schedule is that of torch's OneCycleLR with pct_start 0.05", () => {
  // torch: initial = max / 25; up until step 0.05 · 100 − 1 = 4; at the end initial / 10,000.
  near(oneCycle(0, 100), 1 / 25);
  near(oneCycle(2, 100), (1 + 1 / 25) / 2);
  near(oneCycle(4, 100), 1);
  near(oneCycle(99, 100), 1 / 25e4, 1e-9);
  for (let step = 5; step < 99; step++) assert.ok(oneCycle(step, 100) > oneCycle(step + 1, 100));
  for (const steps of [1, 2, 3, 19]) {
    for (let step = 0; step < steps; step++) {
      const factor = oneCycle(step, steps);
      assert.ok(factor > 0 && factor <= 1, `${step} of ${steps}: ${factor}`);
    }
  }
});
