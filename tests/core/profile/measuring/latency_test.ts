import assert from "node:assert/strict";
import fc from "fast-check";
import {
  bindWeights,
  type Graph,
  type GraphInput,
  randomWeights,
  toOnnx,
} from "../../../../core/graph/mod.ts";
import type { OnnxNode } from "../../../../core/onnx/mod.ts";
import { attributeNodes } from "../../../../core/profile/measuring/attribution.ts";
import { compareLatency } from "../../../../core/profile/compare.ts";
import {
  type Latency,
  measurableGraph,
  measureLayers,
  measureOnnx,
} from "../../../../core/profile/measuring/latency.ts";
import { recordRuns, withFolder } from "../../../../core/profile/measuring/recording.ts";
import { countOnnx } from "../../../../core/profile/counting/onnx_costs.ts";
import { MB3_LARGE_075 } from "../../../../models/zoo/mb3_large_075.ts";
import { findNetwork, networkGraph, networkInput } from "../../../../models/zoo/mod.ts";
import { fittingGraph } from "../fitting_graph.ts";
import { body, file, floats, graph, info, integers, node, truth } from "../small_onnx.ts";

const MB3_INPUT: GraphInput = { shapes: { image: [1, 96, 128, 3] }, size: [96, 128] };
const FEW = { runs: 6, warmup: 1 };

function random(network: Graph) {
  return bindWeights(network, randomWeights(network, 1), "random weights");
}

/** No time is lost, and every layer either runs or says where. */
function assertComplete(latency: Latency): void {
  const sum = latency.rows.reduce((total, row) => total + row.milliseconds + row.layoutMilliseconds, 0);
  assert.equal(latency.unattributedMilliseconds, 0);
  assert.ok(Math.abs(sum + latency.overheadMilliseconds - latency.partsMilliseconds) < 1e-9);
  assert.ok(latency.overheadMilliseconds >= 0);
  const shares = latency.rows.reduce((total, row) => total + row.share, 0);
  assert.ok(Math.abs(shares - sum / latency.milliseconds) < 1e-9);
  const names = new Set(latency.rows.map((row) => row.name));
  for (const row of latency.rows) {
    if (row.fusedInto === undefined) continue;
    assert.ok(names.has(row.fusedInto), row.fusedInto);
    assert.equal(row.milliseconds, 0, row.name);
  }
}

Deno.test("all of the embedded model's time belongs to its layers", async () => {
  const { graph, weights } = await MB3_LARGE_075.build(["detect", "segment"]);
  const latency = await measureLayers("mb3", graph, weights, MB3_INPUT, FEW);
  assertComplete(latency);
  for (const row of latency.rows.filter((one) => one.operator === "Conv")) {
    assert.equal(row.fusedInto, undefined, row.name);
  }
  const block3 = latency.rows.find((row) => row.name === "backbone.block3.add")!;
  assert.equal(block3.fusedInto, "backbone.block3.project");
  assert.deepEqual([latency.runs, latency.profiledRuns, latency.threads, latency.stopped], [6, 6, 1, false]);
  assert.ok(latency.loadMilliseconds > 0 && latency.firstMilliseconds > 0 && latency.residentBytes > 0);
  assert.ok(latency.interval[0] <= latency.milliseconds && latency.milliseconds <= latency.interval[1]);
  assert.ok(latency.interval[1] <= latency.p99Milliseconds);
});

Deno.test("every layer of the embedded model either runs or is fused into one that does", async () => {
  const { graph, weights } = await MB3_LARGE_075.build(["detect", "segment"]);
  const { model, tensorLayers } = toOnnx(graph, weights);
  const recorded = await withFolder((folder) =>
    recordRuns(measurableGraph("mb3", graph, weights, MB3_INPUT), 1, {}, folder)
  );
  const { purposes, fusedInto } = attributeNodes(model.graph, recorded.graph);
  const layerOf = (one: OnnxNode) => tensorLayers.get(one.outputs[0])!.name;
  const settled = new Set([...purposes.values()].map((purpose) => layerOf(purpose.node!)));
  for (const one of fusedInto.keys()) settled.add(layerOf(one));
  for (const layer of graph.layers) {
    assert.ok(settled.has(layer.name) || layer.operator.kind === "input", layer.name);
  }
  const reordered = recorded.graph.nodes.filter((one) => one.operator === "ReorderInput");
  const places = new Set(reordered.map((one) => layerOf(purposes.get(one)!.node!)));
  assert.ok(places.has("backbone.block4.project"), "squeeze-and-excite leaves the blocked layout");
});

Deno.test("all of a classifier's time belongs to its layers", async () => {
  const network = networkGraph(findNetwork("mobilenetv3-large-1.0")!);
  const latency = await measureLayers("v3", network, random(network), networkInput([96, 96]), FEW);
  assertComplete(latency);
  assert.equal(latency.madds, 43_060_160);
});

Deno.test("all of any graph's time belongs to its layers", async () => {
  await fc.assert(
    fc.asyncProperty(fittingGraph, async ({ graph, input }) => {
      assertComplete(await measureLayers("random", graph, random(graph), input, { runs: 1, warmup: 0 }));
    }),
    { numRuns: 25 },
  );
});

Deno.test("all of a file's time belongs to its nodes, those of loops and branches too", async () => {
  const matrix = info("v", [8, 8]);
  const step = graph(
    [node("Identity", ["c"], ["c2"]), node("MatMul", ["v", "m"], ["v1"]), node("Relu", ["v1"], ["v2"])],
    [info("i", [], "int64"), info("c", [], "bool"), matrix],
    [info("c2", [], "bool"), info("v2", [8, 8])],
  );
  const branch = (name: string) =>
    graph([node("MatMul", ["x", "m"], [name], {}, { name })], [], [info(name)]);
  const content = graph(
    [
      node("If", ["which"], ["z"], { then_branch: body(branch("then")), else_branch: body(branch("else")) }),
      node("Loop", ["five", "go", "z"], ["y"], { body: body(step) }),
    ],
    [info("x", [8, 8]), info("which", [], "bool")],
    [info("y")],
    [floats("m", [8, 8]), integers("five", [], 5), truth("go")],
  );
  const costs = await countOnnx(file(content), "loop.onnx");
  const latency = await measureOnnx(costs, FEW);
  assertComplete(latency);
  assert.ok(latency.rows.every((row) => row.name !== "else"), "it has not run");
  assert.equal(latency.madds, 6 * 512);
});

Deno.test("a rate counts the layers that run inside another", async () => {
  const content = graph(
    [
      node("MatMul", ["x", "a"], ["m"], {}, { name: "product" }),
      node("Add", ["m", "b"], ["y"], {}, { name: "bias" }),
    ],
    [info("x", [64, 128])],
    [info("y")],
    [floats("a", [128, 64]), floats("b", [64])],
  );
  const latency = await measureOnnx(await countOnnx(file(content), "linear.onnx"), FEW);
  assertComplete(latency);
  const [product, bias] = latency.rows;
  assert.deepEqual([bias.name, bias.fusedInto, bias.gmaddsPerSecond], ["bias", "product", undefined]);
  const expected = 64 * 128 * 64 / product.milliseconds / 1e6;
  assert.ok(Math.abs(product.gmaddsPerSecond! - expected) < 1e-9 * expected);
});

Deno.test("networks are compared in turns, each against the first", async () => {
  const measurable = (name: string, size: number) => {
    const network = networkGraph(findNetwork(name)!);
    return measurableGraph(name, network, random(network), networkInput([size, size]));
  };
  let done = 0;
  const times = await compareLatency(
    [measurable("mobilenetv3-small-1.0", 64), measurable("mobilenetv3-large-1.0", 64)],
    { runs: 3, warmup: 1, onRun: () => done++ },
  );
  assert.deepEqual(times.map((time) => time.label), ["mobilenetv3-small-1.0", "mobilenetv3-large-1.0"]);
  assert.equal(times[0].ratio, 1);
  for (const { milliseconds, quietMilliseconds, quartiles: [lower, upper] } of times) {
    assert.ok(lower > 0 && lower <= milliseconds && milliseconds <= upper);
    assert.ok(quietMilliseconds > 0 && quietMilliseconds <= milliseconds);
  }
  assert.equal(done, 8);
});

Deno.test("networks that are loaded anew for every turn are run twice, and the second run counts", async () => {
  const network = networkGraph(findNetwork("mobilenetv3-small-0.35")!);
  const one = measurableGraph("small", network, random(network), networkInput([32, 32]));
  let done = 0;
  const times = await compareLatency([one, one], { runs: 3, reload: true, onRun: () => done++ });
  assert.equal(done, 12);
  assert.equal(times.length, 2);
  for (const { milliseconds } of times) assert.ok(milliseconds > 0);
});

Deno.test("what is thrown after a run ends the measurement", async () => {
  const network = networkGraph(findNetwork("mobilenetv3-small-0.35")!);
  const stop = () => {
    throw new Error("stopped");
  };
  const input = networkInput([32, 32]);
  const one = measurableGraph("small", network, random(network), input);
  await assert.rejects(compareLatency([one], { onRun: stop }), /^Error: stopped$/);
  await assert.rejects(measureLayers("small", network, random(network), input, { onRun: stop }), /stopped/);
});

Deno.test("a network that cannot be loaded ends a comparison", async () => {
  const broken = { label: "broken.onnx", model: new Uint8Array([1, 2, 3]), feeds: {} };
  await assert.rejects(compareLatency([broken]), /cannot load broken\.onnx/);
});
