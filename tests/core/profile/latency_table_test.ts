import assert from "node:assert/strict";
import fc from "fast-check";
import { GraphBuilder } from "../../../core/graph/mod.ts";
import { latencyParts } from "../../../core/profile/latency_parts.ts";
import {
  exactKey,
  latencyModel,
  type LatencySample,
  overheadSample,
} from "../../../core/profile/latency_table.ts";
import { leastSquares } from "../../../core/profile/least_squares.ts";
import { findNetwork, networkGraph, networkInput } from "../../../models/zoo/mod.ts";

const BLOCK = 16;

function partsOf(name: string, side = 224) {
  return latencyParts(networkGraph(findNetwork(name)!), networkInput([side, side]));
}

/** A machine that is known: a call costs 2 µs, a padded multiply-add 10 ps, a byte of weights 5 ps. */
function trueTime(part: Omit<LatencySample, "milliseconds" | "traffic">): number {
  const padded = (channels: number) => channels <= 3 ? channels : Math.ceil(channels / BLOCK) * BLOCK;
  const { inputChannels, outputChannels, outputCells, window, channelwise, weightBytes } = part;
  const inputs = channelwise ? 1 : padded(inputChannels);
  const madds = window * inputs * padded(outputChannels) * outputCells;
  return 0.002 + madds * 1e-8 + weightBytes * 5e-9;
}

function samplesOf(name: string, side = 224): LatencySample[] {
  const { parts, traffic } = partsOf(name, side);
  const own = parts.map(({ layers: _, ...part }) => ({ ...part, milliseconds: trueTime(part), traffic }));
  return [...own, overheadSample(parts.length, 0.05 + parts.length * 1e-3, traffic)];
}

Deno.test("additions are parts of the convolution before them, and every other layer is a part", () => {
  const graph = networkGraph(findNetwork("mobilenetv3-large-1.0")!);
  const { parts } = latencyParts(graph, networkInput([224, 224]));
  const names = parts.flatMap(({ layers }) => layers);
  assert.deepEqual(
    names.toSorted(),
    graph.layers.filter(({ operator }) => operator.kind !== "input").map(({ name }) => name).sort(),
  );
  const added = parts.filter(({ kind }) => kind === "conv 1x1 add");
  assert.equal(added.length, graph.layers.filter(({ operator }) => operator.kind === "add").length);
  assert.deepEqual(added[0].layers, ["backbone.block1.project", "backbone.block1.add"]);
});

Deno.test("an addition is a part of its own where its convolution has another reader", () => {
  const g = new GraphBuilder();
  const x = g.tensor("x", 16);
  const a = g.conv(x, { name: "a", channels: 16, kernel: 1 });
  const sum = g.add("sum", a, x);
  const other = g.conv(a, { name: "other", channels: 16, kernel: 1, activation: "relu" });
  const { parts } = latencyParts(g.finish({ sum, other }), { shapes: { x: [1, 16, 8, 8] } });
  assert.deepEqual(parts.map(({ kind }) => kind), ["conv 1x1", "add", "conv 1x1 relu"]);
});

Deno.test("a network in the table is predicted as it was measured", () => {
  const samples = samplesOf("mobilenetv3-large-1.0");
  const { milliseconds, measuredShare } = latencyModel(samples, BLOCK).predict(
    partsOf("mobilenetv3-large-1.0"),
  );
  const { parts } = partsOf("mobilenetv3-large-1.0");
  const real = parts.reduce((sum, part) => sum + trueTime(part), 0.05 + parts.length * 1e-3);
  assert.ok(Math.abs(milliseconds / real - 1) < 0.01, `${milliseconds} instead of ${real}`);
  assert.ok(measuredShare > 0.999);
});

Deno.test("channels in between are interpolated, within a few percent of the machine", () => {
  const samples = [0.35, 0.5, 0.75, 1, 1.25, 1.5].flatMap((width) => samplesOf(`mobilenetv3-large-${width}`));
  const model = latencyModel(samples, BLOCK);
  for (const width of [0.4, 0.6, 0.9, 1.1, 1.4]) {
    const network = partsOf(`mobilenetv3-large-${width}`);
    const real = network.parts.reduce(
      (sum, part) => sum + trueTime(part),
      0.05 + network.parts.length * 1e-3,
    );
    const { milliseconds, parts, measuredShare } = model.predict(network);
    assert.ok(Math.abs(milliseconds / real - 1) < 0.03, `${width}: ${milliseconds} instead of ${real}`);
    assert.ok(measuredShare < 0.9);
    assert.ok(parts.every(({ source }) => source !== "guessed"));
  }
});

Deno.test("weights that are evicted between runs cost what equal parts in larger networks cost", () => {
  const sample = (traffic: number, channels: number): LatencySample => ({
    kind: "linear h-swish",
    inputChannels: channels,
    outputChannels: 1280,
    inputCells: 1,
    outputCells: 1,
    window: 1,
    channelwise: false,
    weightBytes: 4 * channels * 1280,
    milliseconds: channels * 1e-4 * traffic ** 0.3 / 100,
    traffic,
  });
  const traffics = [4e6, 8e6, 16e6, 32e6, 64e6];
  const channels = [480, 576, 720, 960, 1024, 1152, 1280, 320, 160, 640];
  const model = latencyModel(traffics.flatMap((t) => channels.map((c) => sample(t, c))), BLOCK);
  const predicted = (traffic: number) =>
    model.predict({ parts: [{ ...sample(traffic, 800), layers: ["x"] }], traffic }).milliseconds;
  const ratio = predicted(50e6) / predicted(5e6);
  assert.ok(Math.abs(ratio / 10 ** 0.3 - 1) < 0.15, `${ratio}`);
});

Deno.test("a kind that was never measured is guessed from the most similar one, and says so", () => {
  const model = latencyModel(samplesOf("mobilenetv3-large-1.0"), BLOCK);
  const { parts, milliseconds } = model.predict(partsOf("proxylessnas-mobile"));
  assert.ok(parts.some(({ source }) => source === "guessed"));
  assert.ok(milliseconds > 0 && Number.isFinite(milliseconds));
});

Deno.test("an empty table predicts nothing", () => {
  const { milliseconds, parts, measuredShare } = latencyModel([], BLOCK).predict(partsOf("mobilenetv2-0.35"));
  assert.deepEqual([milliseconds, measuredShare], [0, 0]);
  assert.ok(parts.every(({ source }) => source === "guessed"));
});

Deno.test("equal parts share a key, and only they", () => {
  const { parts } = partsOf("mobilenetv3-large-1.0");
  const [a, b] = parts.filter(({ layers }) => /block(5|6)\.expand/.test(layers[0]));
  assert.equal(exactKey(a), exactKey(b));
  assert.notEqual(exactKey(a), exactKey({ ...a, outputChannels: 128 }));
});

Deno.test("least squares are never negative, and as near as any other non-negative values", () => {
  const number = fc.double({ min: 0, max: 10, noNaN: true });
  const row = fc.array(number, { minLength: 3, maxLength: 3 });
  fc.assert(fc.property(
    fc.array(fc.tuple(row, fc.double({ min: 0.1, max: 10, noNaN: true })), { minLength: 3, maxLength: 12 }),
    row,
    (pairs, other) => {
      const [rows, values] = [pairs.map(([row]) => row), pairs.map(([, value]) => value)];
      const found = leastSquares(rows, values);
      const error = (x: readonly number[]) =>
        rows.reduce(
          (sum, row, i) => sum + (row.reduce((dot, value, j) => dot + value * x[j], 0) / values[i] - 1) ** 2,
          0,
        );
      assert.ok(found.every((value) => value >= 0 && Number.isFinite(value)));
      assert.ok(error(found) <= error(other) * (1 + 1e-6) + 1e-6);
    },
  ));
});
