import assert from "node:assert/strict";
import { bindWeights, type Graph, GraphBuilder, randomWeights, toOnnx } from "../../../core/graph/mod.ts";
import { encodeOnnx } from "../../../core/onnx/mod.ts";
import { namedSeed, randomIntegers } from "../../../core/random.ts";
import { Session } from "../../../core/session/mod.ts";
import { networkTableGraph } from "../../../models/networks/network_table.ts";
import { encodeNetworkFile, parseNetworkFile } from "../../../models/networks/network_file.ts";
import { logDeterminant, naswot } from "../../../models/search/naswot.ts";
import { gaussianImages, gaussianNumbers } from "../../../models/search/noise.ts";
import { candidateTable, randomCandidate, SEARCH_SPACES } from "../../../models/search/space.ts";
import { zenScore } from "../../../models/search/zen.ts";
import { findNetwork, networkGraph } from "../../../models/zoo/mod.ts";

const BATCH_NORM = { epsilon: 1e-3 };

/** Two blocks with everything that the scores treat apart: gates, residuals, both rectifiers. */
function small(): Graph {
  return networkTableGraph({
    name: "small",
    summary: "",
    size: [32, 32],
    backbone: {
      stem: { channels: 8, activation: "h-swish" },
      blocks: [
        { kernel: 3, expanded: 16, channels: 8, stride: 1, activation: "relu", squeeze: 8 },
        { kernel: 5, expanded: 24, channels: 16, stride: 2, activation: "h-swish" },
      ],
      head: { channels: 32, activation: "h-swish" },
      style: { convention: "paper", padding: "same", batchNorm: BATCH_NORM },
    },
    heads: [{ kind: "classifier", classes: 10 }],
  });
}

Deno.test("NASWOT is that of the activations themselves, counted one by one", async () => {
  const [batch, seed] = [6, 3];
  const graph = small();
  const rectifiers = graph.layers.filter(({ operator }) =>
    operator.kind === "conv" && ["relu", "h-swish"].includes(operator.activation ?? "")
  );
  const outputs = Object.fromEntries(
    rectifiers.map((layer) => [`out.${layer.name}`, { layer, channels: 1 }]),
  );
  const weights = bindWeights(graph, randomWeights(graph, seed), "random");
  const session = await Session.open(encodeOnnx(toOnnx({ ...graph, outputs }, weights).model), "network");
  const data = gaussianImages(batch * 3 * 32 * 32, seed);
  const results = await session.run({ input: { shape: [batch, 3, 32, 32], data } });
  await session.close();
  const kernel = new Float64Array(batch * batch);
  for (const { data } of Object.values(results)) {
    const values = data as Float32Array;
    const units = values.length / batch;
    for (let i = 0; i < batch; i++) {
      for (let j = 0; j < batch; j++) {
        for (let u = 0; u < units; u++) {
          kernel[i * batch + j] += (values[i * units + u] > 0) === (values[j * units + u] > 0) ? 1 : 0;
        }
      }
    }
  }
  const expected = logDeterminant(kernel, batch);
  assert.ok(Math.abs(await naswot(graph, { batch, seed, size: [32, 32] }) - expected) < 1e-9);
});

Deno.test("the determinant is that of the expansion by minors; two equal inputs have none", () => {
  const matrix = [4, 2, 0.6, 2, 5, 1, 0.6, 1, 3];
  const [a, b, c, d, e, f, g, h, i] = matrix;
  const determinant = a * (e * i - f * h) - b * (d * i - f * g) + c * (d * h - e * g);
  assert.ok(Math.abs(logDeterminant(Float64Array.from(matrix), 3) - Math.log(determinant)) < 1e-12);
  assert.equal(logDeterminant(Float64Array.of(2, 2, 2, 2), 2), -Infinity);
});

/** y = BatchNorm of the batch (W · x), by hand: `[batch, out, cells]`, and what it divides by. */
function normalised(x: Float64Array, weight: Float32Array, batch: number, cells: number) {
  const inputs = x.length / batch / cells;
  const outputs = weight.length / inputs;
  const y = new Float64Array(batch * outputs * cells);
  let variances = 0;
  for (let o = 0; o < outputs; o++) {
    const at = (n: number, p: number) => (n * outputs + o) * cells + p;
    let [sum, squares] = [0, 0];
    for (let n = 0; n < batch; n++) {
      for (let p = 0; p < cells; p++) {
        let value = 0;
        for (let i = 0; i < inputs; i++) value += weight[o * inputs + i] * x[(n * inputs + i) * cells + p];
        y[at(n, p)] = value;
        sum += value;
      }
    }
    const mean = sum / batch / cells;
    for (let n = 0; n < batch; n++) for (let p = 0; p < cells; p++) squares += (y[at(n, p)] - mean) ** 2;
    const variance = squares / batch / cells;
    for (let n = 0; n < batch; n++) {
      for (let p = 0; p < cells; p++) y[at(n, p)] = (y[at(n, p)] - mean) / Math.sqrt(variance + 1e-5);
    }
    variances += variance / outputs;
  }
  return { y, deviation: Math.sqrt(variances) };
}

Deno.test("the Zen-score of two convolutions is what algorithm 1 gives by hand", async () => {
  const g = new GraphBuilder();
  const first = g.conv(g.tensor("input", 3), {
    name: "a",
    channels: 5,
    kernel: 1,
    batchNorm: BATCH_NORM,
    activation: "relu",
  });
  const second = g.conv(first, { name: "b", channels: 4, kernel: 1, batchNorm: BATCH_NORM });
  const pooled = g.globalAveragePool("pool", second);
  const graph = g.finish({ logits: g.conv(pooled, { name: "linear", channels: 2, kernel: 1 }) });

  const [batch, seed, side] = [2, 5, 4];
  const count = batch * 3 * side * side;
  const image = gaussianImages(count, seed);
  const change = gaussianImages(count, seed + 1);
  const forward = (x: Float64Array) => {
    const a = normalised(x, gaussianNumbers(15, namedSeed("a.weight", seed)), batch, side * side);
    const relu = a.y.map((value) => Math.max(0, value));
    const b = normalised(relu, gaussianNumbers(20, namedSeed("b.weight", seed)), batch, side * side);
    return { features: b.y, deviations: [a.deviation, b.deviation] };
  };
  const before = forward(Float64Array.from(image));
  const after = forward(
    Float64Array.from(image, (value, index) => Math.fround(value + 0.01 * change[index])),
  );
  const difference = before.features.reduce((sum, value, i) => sum + Math.abs(value - after.features[i]), 0);
  const expected = Math.log(difference / batch) +
    before.deviations.reduce((sum, deviation) => sum + Math.log(deviation), 0);
  const score = await zenScore(graph, { batch, seed, size: [side, side] });
  assert.ok(Math.abs(score - expected) < 1e-3, `${score} instead of ${expected}`);
});

Deno.test("gates and residuals do not count in the Zen-score, widths and depths do", async () => {
  const options = { batch: 2, seed: 1, size: [32, 32] } as const;
  const table = (blocks: number, squeeze: boolean) =>
    networkTableGraph({
      name: "x",
      summary: "",
      size: [32, 32],
      backbone: {
        stem: { channels: 16, activation: "relu" },
        blocks: Array.from({ length: blocks }, () => ({
          kernel: 3,
          expanded: 32,
          channels: 16,
          stride: 1,
          activation: "relu" as const,
          ...(squeeze ? { squeeze: 8 } : {}),
        })),
        head: { channels: 32, activation: "relu" },
        style: { convention: "paper", padding: "same", batchNorm: BATCH_NORM },
      },
      heads: [{ kind: "classifier", classes: 10 }],
    });
  const [plain, gated, deep] = [table(1, false), table(1, true), table(4, false)];
  assert.equal(await zenScore(plain, options), await zenScore(gated, options));
  assert.ok(await zenScore(deep, options) > await zenScore(plain, options));
});

Deno.test("a network that pools nothing has no Zen-score", async () => {
  const g = new GraphBuilder();
  const graph = g.finish({ out: g.conv(g.tensor("input", 3), { name: "a", channels: 4, kernel: 1 }) });
  await assert.rejects(zenScore(graph, { seed: 0, size: [8, 8] }), /pools nothing/);
});

Deno.test("scores are the same with more threads, and others with another seed", async () => {
  const graph = networkGraph(findNetwork("mobilenetv3-small-0.35")!);
  for (const score of [naswot, zenScore]) {
    const [one, two, other] = [
      await score(graph, { seed: 1, size: [64, 64], batch: 4 }),
      await score(graph, { seed: 1, size: [64, 64], batch: 4, threads: 2 }),
      await score(graph, { seed: 2, size: [64, 64], batch: 4 }),
    ];
    assert.ok(Math.abs(one - two) < 1e-3, score.name);
    assert.ok(one !== other, score.name);
  }
});

Deno.test("noise has mean 0 and variance 1", () => {
  const values = gaussianNumbers(100_000, 1);
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const variance = values.reduce((sum, value) => sum + value ** 2, 0) / values.length;
  assert.ok(Math.abs(mean) < 0.02 && Math.abs(variance - 1) < 0.02, `${mean} ${variance}`);
});

Deno.test("every candidate is a valid network, at any size", () => {
  const space = SEARCH_SPACES.mobilenetv3;
  const roll = randomIntegers(7);
  for (let k = 0; k < 30; k++) {
    const table = candidateTable(space, randomCandidate(space, roll), { name: `c${k}`, size: [32, 96] });
    const text = encodeNetworkFile({ table, origin: {} });
    assert.deepEqual(
      JSON.parse(JSON.stringify(parseNetworkFile(JSON.parse(text), "c.json").table)),
      JSON.parse(JSON.stringify(table)),
    );
  }
});
