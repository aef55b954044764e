import assert from "node:assert/strict";
import { externalData, hasExternalData, type OnnxGraph, type OnnxTensor } from "../../../core/onnx/mod.ts";

function tensor(external?: Record<string, string>): OnnxTensor {
  return { name: "w", elementType: "float32", shape: [2], data: new Uint8Array(external ? 0 : 8), external };
}

Deno.test("external data lie in a file of the model's folder, from an offset, of a length", () => {
  assert.deepEqual(externalData(tensor({ location: "a.bin" }), "x"), { file: "a.bin", offset: 0 });
  assert.deepEqual(
    externalData(tensor({ location: "a b.onnx_data", offset: "4096", length: "8", checksum: "?" }), "x"),
    { file: "a b.onnx_data", offset: 4096, length: 8 },
  );
});

Deno.test("a file that may lie elsewhere is refused by name", () => {
  for (
    const location of [
      "../a.bin",
      "/etc/passwd",
      "sub/a.bin",
      "sub\\a.bin",
      "C:a.bin",
      "..",
      ".",
      "",
      "a\0.bin",
      "\u001b[2J",
    ]
  ) {
    assert.throws(() => externalData(tensor({ location }), "x.onnx"), {
      name: "BneckError",
      exitStatus: 3,
      message:
        /^cannot read x\.onnx: its data lie in ".*", which is not the name of a file in the model's folder$/,
    });
  }
  assert.throws(() => externalData(tensor({ offset: "0" }), "x"), { name: "BneckError" });
});

Deno.test("an offset or length that is no number is refused", () => {
  for (const value of ["-1", "1e3", "0x10", "", " 1", "9".repeat(16), "NaN"]) {
    for (const key of ["offset", "length"]) {
      assert.throws(() => externalData(tensor({ location: "a.bin", [key]: value }), "x"), {
        message: /the place of its data in "a\.bin" is invalid/,
      });
    }
  }
});

Deno.test("external data are found in initialisers, in attributes and in sub-graphs", () => {
  const graph = (parts: Partial<OnnxGraph>): OnnxGraph => ({
    name: "g",
    nodes: [],
    initializers: [],
    inputs: [],
    outputs: [],
    ...parts,
  });
  const node = (attributes: OnnxGraph["nodes"][number]["attributes"]) =>
    graph({ nodes: [{ name: "", operator: "If", domain: "", inputs: [], outputs: [], attributes }] });
  const outside = graph({ initializers: [tensor({ location: "a" })] });
  assert.equal(hasExternalData(graph({ initializers: [tensor()] })), false);
  assert.equal(hasExternalData(outside), true);
  assert.equal(hasExternalData(node({ value: { type: "tensor", value: tensor({ location: "a" }) } })), true);
  assert.equal(hasExternalData(node({ body: { type: "graph", value: outside } })), true);
  assert.equal(hasExternalData(node({ body: { type: "graph", value: graph({}) } })), false);
});
