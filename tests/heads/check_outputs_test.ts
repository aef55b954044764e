import assert from "node:assert/strict";
import { checkDeclaredOutputs, checkOutputs, outputShapes } from "../../heads/mod.ts";

const fail = (output: string, problem: string): never => {
  throw new Error(`${output} is ${problem}`);
};
const floats = (...shape: number[]) => ({
  shape,
  data: new Float32Array(shape.reduce((product, size) => product * size, 1)),
});

Deno.test("outputs of every kind are taken as they are", () => {
  const kinds = {
    classes: { logits: floats(1, 3) },
    labels: { logits: floats(1, 3, 5, 7) },
    peaks: { heatmap: floats(1, 3, 5, 7), distances: floats(1, 4, 5, 7) },
    anchors: { scores: floats(1, 9, 4), boxes: floats(1, 9, 4) },
  };
  for (const [kind, outputs] of Object.entries(kinds)) {
    assert.deepEqual(checkOutputs(outputShapes({ kind }), outputs, 3, fail), outputs);
  }
});

Deno.test("a shape that contradicts the labels, or another output, is refused", () => {
  const check = (kind: string, outputs: Record<string, ReturnType<typeof floats>>) => () =>
    checkOutputs(outputShapes({ kind }), outputs, 3, fail);
  assert.throws(check("classes", { logits: floats(1, 4) }), /logits is of shape \[1, 4\], not \[1, 3\]/);
  assert.throws(
    check("labels", { logits: floats(1, 3, 5) }),
    /not \[1, 3, height, width\] \(it has 3 labels\)/,
  );
  assert.throws(check("labels", { logits: floats(1, 3, 0, 5) }), /of shape \[1, 3, 0, 5\]/);
  assert.throws(check("labels", { logits: floats(2, 3, 5, 5) }), /of shape \[2, 3, 5, 5\]/);
  assert.throws(
    check("peaks", { heatmap: floats(1, 3, 5, 7), distances: floats(1, 4, 5, 6) }),
    /distances is of shape \[1, 4, 5, 6\], not \[1, 4, 5, 7\]/,
  );
  assert.throws(
    check("anchors", { scores: floats(1, 9, 3), boxes: floats(1, 9, 4) }),
    /not \[1, 9, 4\] \(it has 3 labels\)/,
  );
  assert.throws(check("anchors", { scores: floats(1, 9, 4), boxes: floats(1, 8, 4) }), /not \[1, 9, 4\]/);
  assert.throws(check("anchors", { scores: floats(1, 9, 4) }), /boxes is missing/);
});

Deno.test("other element types are refused by name", () => {
  for (
    const [data, name] of [
      [new BigInt64Array(3), "int64"],
      [new Int32Array(3), "int32"],
      [new Uint8Array(3), "uint8"],
      [new Float64Array(3), "float64"],
      [["a", "b", "c"], "string"],
    ] as const
  ) {
    const outputs = { logits: { shape: [1, 3], data } };
    assert.throws(
      () => checkOutputs(outputShapes({ kind: "classes" }), outputs, 3, fail),
      new RegExp(`not of type float32 but ${name}`),
    );
  }
});

Deno.test("NaN and infinity are found wherever they are, and the largest finite numbers are fine", () => {
  for (const size of [1, 2, 3, 4, 5, 11, 64]) {
    for (const bad of [NaN, Infinity, -Infinity]) {
      for (let at = 0; at < size; at++) {
        const logits = floats(1, size);
        logits.data[at] = bad;
        assert.throws(
          () => checkOutputs(outputShapes({ kind: "classes" }), { logits }, size, fail),
          /logits is not a number \(NaN\) or infinite in places/,
        );
      }
    }
    const logits = { shape: [1, size], data: new Float32Array(size).fill(3.4e38) };
    checkOutputs(outputShapes({ kind: "classes" }), { logits }, size, fail);
  }
});

Deno.test("declared outputs are checked as far as they are known", () => {
  const check = (elementType: string, shape?: (number | string)[]) => () =>
    checkDeclaredOutputs(outputShapes({ kind: "labels" }), { logits: { elementType, shape } }, 3, fail);
  for (const shape of [undefined, [1, 3, "h", "w"], ["", "", "", ""], [1, 3, 45, 60]]) {
    check("float32", shape)();
  }
  assert.throws(check("int64", [1, 3, "h", "w"]), /of type int64, not float32/);
  assert.throws(check("float16"), /of type float16/);
  assert.throws(check("float32", [1, 4, "h", "w"]), /of shape \[1, 4, h, w\], not \[1, 3, height, width\]/);
  assert.throws(check("float32", [1, 3, -8, "w"]), /of shape \[1, 3, -8, w\]/);
  assert.throws(check("float32", [1, 3, 60_000, 60_000]), /at most 268435456 numbers/);
  assert.throws(
    () => checkDeclaredOutputs(outputShapes({ kind: "labels" }), {}, 3, fail),
    /logits is missing/,
  );
});
