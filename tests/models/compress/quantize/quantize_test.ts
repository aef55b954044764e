import assert from "node:assert/strict";
import { join } from "node:path";
import { invertedResidual } from "../../../../core/backbones/inverted_residual.ts";
import { bindWeights, GraphBuilder, randomWeights, toOnnx } from "../../../../core/graph/mod.ts";
import { decodeOnnx, encodeOnnx } from "../../../../core/onnx/mod.ts";
import { unitsOf } from "../../../../core/quantize/mod.ts";
import {
  type FloatModel,
  quantize,
  quantizedFile,
  type QuantizeOptions,
  type Scorer,
} from "../../../../models/compress/quantize/mod.ts";
import type { RunnableModel } from "../../../../models/entry.ts";
import type { OnnxNetwork } from "../../../../models/network.ts";
import { parseQuantization, QUANTIZATION_KEY, quantizationTexts } from "../../../../models/quantization.ts";
import { ROOT } from "../../../support/shared.ts";

const PHOTOS = join(ROOT, "models/weights/everyday-lraspp/samples");

/** A machine on which some blocks are faster in int8 and the whole network twice as fast. */
function stopwatch(isFaster: (block: string) => boolean): NonNullable<QuantizeOptions["stopwatch"]> {
  let float = true;
  return {
    blockTimes(_bytes, _label, blocks) {
      const times = blocks.map(({ name }) => [name, float ? 2 : isFaster(name) ? 1 : 3] as const);
      float = false;
      return Promise.resolve(new Map(times));
    },
    comparePair: () =>
      Promise.resolve({ float: 4, int8: 2, ratio: 2, interval: [1.9, 2.1] as const, rounds: 9 }),
  };
}

/** Three blocks and a layer before and after them. */
function smallModel(): FloatModel {
  const g = new GraphBuilder();
  const image = g.preprocess(g.image(), { resize: "antialias", mean: [127, 127, 127], std: [64, 64, 64] });
  const style = { batchNorm: { epsilon: 1e-3 }, padding: "same", gate: "h-sigmoid" } as const;
  let x = g.conv(image, { name: "net.stem", channels: 16, kernel: 3, stride: 2, activation: "h-swish" });
  for (const name of ["net.block1", "net.block2", "net.block3"]) {
    const spec = { name, kernel: 3, expanded: 48, channels: 16, stride: 1, activation: "h-swish" } as const;
    x = invertedResidual(g, x, { ...spec, squeeze: 16 }, style).output;
  }
  const graph = g.finish({ "segment.logits": g.conv(x, { name: "net.last", channels: 3, kernel: 1 }) });
  const { model: onnx } = toOnnx(graph, bindWeights(graph, randomWeights(graph, 2), "random"));
  const bytes = encodeOnnx(onnx);
  const network: OnnxNetwork = {
    onnx: bytes,
    tasks: {},
    inputSize: { kind: "exact", height: 64, width: 64 },
    sizeGrid: { height: { step: 32 }, width: { step: 32 } },
    filter: "bilinear",
  };
  const entry = { build: () => Promise.resolve(network) } as unknown as RunnableModel;
  return { name: "net", tasks: ["segment"], onnx, bytes, parts: unitsOf(onnx.graph), entry };
}

const MODEL = smallModel();
const isLate = (block: string) => /block[23]$/.test(block);
const BASE = { images: [PHOTOS], count: 4, maxDrop: 1 } as const;

/** Gives each model the next of some scores. */
function scorerOf(scores: readonly number[]): Scorer {
  let next = 0;
  return {
    metric: "top1",
    images: 2,
    score: () => Promise.resolve(scores[Math.min(next++, scores.length - 1)]),
  };
}

Deno.test("blocks that are faster in int8 are chosen, and others stay in float", async () => {
  const { model, blocks, time } = await quantize(MODEL, { ...BASE, stopwatch: stopwatch(isLate) });
  assert.ok(model);
  assert.equal(time.ratio, 2);
  const chosen = blocks.filter((row) => row.chosen).map(({ name }) => name);
  assert.deepEqual(chosen, ["net.block2", "net.block3"]);
});

Deno.test("where no block is faster, or none is good enough, there is no model and a reason", async () => {
  const slow = await quantize(MODEL, { ...BASE, stopwatch: stopwatch(() => false) });
  assert.equal(slow.model, undefined);
  assert.match(slow.kept!, /no block is faster in int8 on this processor/);
  const bad = await quantize(MODEL, { ...BASE, maxDrop: 0, stopwatch: stopwatch(isLate) });
  assert.match(bad.kept!, /no block can be int8 without losing more than 0/);
});

Deno.test("tuning makes the outputs better, and the file says so", async () => {
  const tune = { seconds: 600, seed: 3 };
  const result = await quantize(MODEL, { ...BASE, tune, stopwatch: stopwatch(isLate) });
  const { tuning, error } = result;
  assert.ok(tuning?.kept);
  assert.equal(tuning.layers, tuning.total);
  assert.ok(tuning.after < tuning.before);
  assert.ok(error <= tuning.after);
  const bytes = quantizedFile(MODEL, result, { processor: "CPU", runtime: "1" });
  const { metadata } = decodeOnnx(bytes, "file");
  const fail = (what: string): never => assert.fail(what);
  const record = parseQuantization(JSON.parse(metadata[QUANTIZATION_KEY]), (text) => text, fail);
  assert.deepEqual(record.tuning, { images: 4, layers: tuning.layers, seed: 3, before: tuning.before });
  assert.match(quantizationTexts(record).join("\n"), /weights of \d+ layers tuned on 4 images \(seed 3\)/);
});

Deno.test("tuned weights that score worse are not kept", async () => {
  const result = await quantize(MODEL, {
    ...BASE,
    tune: { seconds: 600 },
    // In float, in int8, tuned, with corrected biases.
    scorer: scorerOf([0.9, 0.8, 0.7, 0.8]),
    stopwatch: stopwatch(isLate),
  });
  assert.equal(result.tuning?.kept, false);
  assert.deepEqual(result.tuning?.score, { before: 0.8, after: 0.7 });
  assert.equal(result.score?.int8, 0.8);
});

Deno.test("blocks that would lose too much become int8 where tuning makes them good enough", async () => {
  const options = { ...BASE, maxDrop: 0.05, tune: { seconds: 600 } };
  const scorer = scorerOf([0.9, 0.8, 0.88, 0.89]);
  const result = await quantize(MODEL, { ...options, scorer, stopwatch: stopwatch(isLate) });
  assert.ok(result.tuning?.kept);
  assert.deepEqual(
    result.blocks.filter((row) => row.chosen).map(({ name }) => isLate(name)).includes(false),
    false,
  );
  assert.ok(result.score!.int8 >= 0.88);
});

Deno.test("a tuning that is interrupted or late leaves a model with the layers that it has tuned", async () => {
  const abort = new AbortController();
  let layers = 0;
  const result = await quantize(MODEL, {
    ...BASE,
    tune: { seconds: 600 },
    stopwatch: stopwatch(isLate),
    signal: abort.signal,
    listener: {
      onStage: (stage) => layers = stage === "tuning weights" ? 1 : 0,
      onStep: () => layers > 0 && layers++ === 2 && abort.abort(),
    },
  });
  assert.ok(result.model);
  assert.equal(result.tuning?.stopped, "interrupted");
  assert.ok(result.tuning.layers > 0 && result.tuning.layers < result.tuning.total);
  const late = await quantize(MODEL, { ...BASE, tune: { seconds: 1e-9 }, stopwatch: stopwatch(isLate) });
  assert.ok(late.model);
  assert.equal(late.tuning?.stopped, "time");
  assert.equal(late.tuning.layers, 0);
});
