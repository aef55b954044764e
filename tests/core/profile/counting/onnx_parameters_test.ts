/** Which numbers of an ONNX file are parameters, and of which node. */
import assert from "node:assert/strict";
import { encodeOnnx, type OnnxModel } from "../../../../core/onnx/mod.ts";
import { countOnnx } from "../../../../core/profile/counting/onnx_costs.ts";
import { bytes, file, floats, graph, info, int, integers, ints, node } from "../small_onnx.ts";
import { refused, X, Y } from "./counted_onnx.ts";

Deno.test("weights belong to the node that uses them, whatever brings them into its form", async () => {
  const half = { ...floats("h", [2, 4]), elementType: "float16" as const, data: new Uint8Array(16) };
  const costs = await countOnnx(
    file(graph(
      [
        node("DequantizeLinear", ["w", "s", "z"], ["wd"], {}, { name: "dequantize" }),
        node("Cast", ["h"], ["hf"], { to: int(1) }, { name: "cast" }),
        node("Conv", ["x", "wd"], ["c"], {}, { name: "conv" }),
        node("ReduceMean", ["c"], ["p"], { axes: ints(2, 3), keepdims: int(0) }, { name: "pool" }),
        node("Transpose", ["hf"], ["hf2"], { perm: ints(1, 0) }, { name: "turn" }),
        node("MatMul", ["p", "hf2"], ["y"], {}, { name: "classify" }),
      ],
      [info("x", [1, 3, 8, 8])],
      [Y],
      [bytes("w", "int8", [4, 3, 3, 3]), floats("s", [], 0.1), bytes("z", "int8", [], 0), half],
    )),
    "net.onnx",
  );
  const parameters = Object.fromEntries(costs.rows.map((row) => [row.name, row.parameters]));
  assert.deepEqual([parameters.conv, parameters.dequantize, parameters.cast, parameters.turn], [
    108,
    0,
    0,
    0,
  ]);
  assert.equal(parameters.classify, 8);
  assert.equal(costs.parameters, 116);
});

Deno.test("quantized operators are counted, and only what is learned is a parameter", async () => {
  const scale = (name: string) => floats(name, [], 0.05);
  const costs = await countOnnx(
    file(graph(
      [
        node("QuantizeLinear", ["x", "s", "z"], ["xq"]),
        node("QLinearConv", ["xq", "s", "z", "w", "s", "zw", "s", "z"], ["yq"]),
        node("DequantizeLinear", ["yq", "s", "z"], ["y"]),
      ],
      [X],
      [Y],
      [
        scale("s"),
        bytes("z", "uint8", [], 128),
        bytes("zw", "int8", [], 0),
        bytes("w", "int8", [8, 3, 3, 3]),
      ],
    )),
    "net.onnx",
  );
  assert.equal(costs.madds, 8 * 14 * 14 * 27);
  assert.equal(costs.parameters, 8 * 27);
  assert.equal(costs.rows[1].activationBytes, 8 * 14 * 14);
});

Deno.test("BatchNorm's scale and shift are parameters, its statistics, clips and shapes are not", async () => {
  const costs = await countOnnx(
    file(graph(
      [
        node("Conv", ["x", "w"], ["a"]),
        node("BatchNormalization", ["a", "scale", "shift", "mean", "variance"], ["b"]),
        node("Clip", ["b", "zero", "six"], ["c"]),
        node("Reshape", ["c", "shape"], ["y"]),
      ],
      [X],
      [Y],
      [
        floats("w", [4, 3, 1, 1]),
        ...["scale", "shift", "mean", "variance"].map((name) => floats(name, [4])),
        floats("zero", [], 0),
        floats("six", [], 6),
        integers("shape", [2], 1, -1),
      ],
    )),
    "net.onnx",
  );
  assert.deepEqual(costs.rows.map((row) => row.parameters), [12, 8, 0, 0]);
  assert.deepEqual([costs.parameters, costs.parametersWithoutBatchNorm], [20, 12]);
});

Deno.test("weights that two nodes share, be it by way of an Identity, count once and at the first", async () => {
  const costs = await countOnnx(
    file(graph(
      [
        node("Identity", ["w"], ["w2"]),
        node("Conv", ["x", "w"], ["a"]),
        node("Conv", ["a", "w2"], ["y"]),
      ],
      [X],
      [Y],
      [floats("w", [3, 3, 1, 1])],
    )),
    "net.onnx",
  );
  const parameters = Object.fromEntries(costs.rows.map((row) => [row.name, row.parameters]));
  assert.deepEqual(parameters, { w2: 0, a: 9, y: 0 });
});

Deno.test("half floats run", async () => {
  const weight = {
    name: "w",
    elementType: "float16",
    shape: [4, 3, 3, 3],
    data: new Uint8Array(216),
  } as const;
  const model = file(graph(
    [node("Conv", ["x", "w"], ["y"])],
    [info("x", [1, 3, 16, 16], "float16")],
    [info("y", undefined, "float16")],
    [weight],
  ));
  assert.equal((await countOnnx(model, "net.onnx")).madds, 4 * 14 * 14 * 27);
});

Deno.test("weights may lie in a file beside the model", async () => {
  const folder = await Deno.makeTempDir();
  const external = { location: "weights.bin", offset: "0", length: String(4 * 3 * 4) };
  const model: OnnxModel = {
    irVersion: 9,
    opsets: { "": 17 },
    producer: "",
    metadata: {},
    graph: graph([node("Conv", ["x", "w"], ["y"])], [X], [Y], [{
      ...floats("w", [4, 3, 1, 1]),
      data: new Uint8Array(),
      external,
    }]),
  };
  const path = `${folder}/net.onnx`;
  await Deno.writeFile(path, encodeOnnx(model));
  await refused(path, /^cannot load net\.onnx: .*weights\.bin/);
  await Deno.writeFile(`${folder}/weights.bin`, new Uint8Array(48));
  const costs = await countOnnx(path, "net.onnx");
  assert.deepEqual([costs.madds, costs.parameters], [4 * 256 * 3, 12]);
  await Deno.remove(folder, { recursive: true });
});
