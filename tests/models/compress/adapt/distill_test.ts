import assert from "node:assert/strict";
import { join } from "node:path";
import { encodeRgbImage } from "../../../../core/images/mod.ts";
import { originalCandidate } from "../../../../models/compress/adapt/candidate.ts";
import { ChannelAdam } from "../../../../models/compress/adapt/channel_adam.ts";
import { distill } from "../../../../models/compress/adapt/distill.ts";
import { hintsOf } from "../../../../models/compress/adapt/distillation_graph.ts";
import { testImage } from "../../../support/test_image.ts";
import { smallNetwork } from "./small_network.ts";

Deno.test("a student whose weights were disturbed learns to be like the original", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const path = join(folder, "a.png");
    await Deno.writeFile(path, await encodeRgbImage(testImage(80, 72), "png"));
    const { tasks, ...network } = smallNetwork();
    const original = originalCandidate(network);
    const weights = new Map(
      [...original.weights].map(([scope, { weight, bias }]) =>
        [scope, { weight: weight.map((value, i) => value * (1 + 0.1 * Math.sin(i))), bias }] as const
      ),
    );
    const losses: number[] = [];
    const options = {
      tasks,
      paths: [path],
      shorter: 64,
      crop: [64, 64],
      batch: 2,
      rate: 0.002,
      seed: 1,
      threads: 1,
    } as const;
    const { student, steps } = await distill(original, { ...original, weights }, {
      ...options,
      steps: 30,
      onStep: (_, __, loss) => losses.push(loss),
    });
    assert.equal(steps, 30);
    // What is left when the student is the original: the entropy of its outputs.
    const { loss: [floor] } = await distill(original, original, { ...options, steps: 3, rate: 1e-12 });
    assert.ok(
      losses[29] - floor < 0.5 * (losses[0] - floor),
      `${losses[0]} to ${losses[29]}, at best ${floor}`,
    );
    assert.notDeepEqual(student.weights.get("backbone.stem"), weights.get("backbone.stem"));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("hints are the sums of residuals and linear outputs, each with its group", () => {
  const hints = hintsOf(originalCandidate(smallNetwork()));
  assert.deepEqual(hints.slice(0, 3).map(({ layer, group }) => [layer, group]), [
    ["backbone.block1.project", "backbone.block1.project"],
    ["backbone.block3.add", "backbone.block2.project"],
    ["backbone.block6.add", "backbone.block4.project"],
  ]);
});

Deno.test("every filter changes by the same share of its size in the first step", () => {
  const data = Float32Array.of(1, 1, 4, 4);
  const values = new Map([["a.weight", { rows: 2, data }]]);
  new ChannelAdam(values).step(() => Float32Array.of(5, -5, 0.001, -0.001), 0.01);
  assert.deepEqual(Array.from(data, (value) => Math.round(value * 1e4) / 1e4), [0.99, 1.01, 3.96, 4.04]);
});
