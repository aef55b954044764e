/** Files of anyone that are made to mislead or to harm: each is refused or read in plain words, in little time and memory. */
import assert from "node:assert/strict";
import { BneckError } from "../../../core/errors.ts";
import { decodeOnnx, encodeOnnx, type OnnxModel, standardNode as node } from "../../../core/onnx/mod.ts";
import { adopt, type Adoption, type Answers } from "../../../models/adopt/mod.ts";
import { onnxModel } from "../../../models/onnx_model.ts";
import { foreignModel, type ForeignParts, ONE_BOX, ULTRALYTICS } from "./foreign_model.ts";

async function adopted(bytes: Uint8Array, answers: Answers = {}): Promise<Adoption> {
  return await adopt(bytes, "file.onnx", decodeOnnx(bytes, "file.onnx"), answers);
}

/** The error's text; what is no error of ours is a fault. */
async function refused(bytes: Uint8Array, answers: Answers = {}): Promise<string> {
  try {
    await adopted(bytes, answers);
  } catch (error) {
    assert.ok(error instanceof BneckError, String(error));
    assert.ok([2, 3].includes(error.exitStatus), String(error.exitStatus));
    return error.message;
  }
  throw new Error("it was adopted");
}

function graphOf(parts: Partial<OnnxModel["graph"]>, metadata: Record<string, string> = {}): Uint8Array {
  return encodeOnnx({
    ...{ irVersion: 9, opsets: { "": 20 }, producer: "test", metadata },
    graph: {
      name: "g",
      nodes: [],
      initializers: [],
      inputs: [{ name: "images", elementType: "float32", shape: [1, 3, 32, 32] }],
      outputs: [{ name: "out", elementType: "float32" }],
      ...parts,
    },
  });
}

Deno.test("a graph that runs in circles is refused when it is loaded", async () => {
  const nodes = [node("Add", ["images", "b"], "a"), node("Relu", ["a"], "b"), node("Identity", ["b"], "out")];
  assert.match(await refused(graphOf({ nodes })), /cannot load file.onnx/);
});

Deno.test("an initialiser that claims more numbers than it has is refused, and no memory taken for them", async () => {
  const data = new Uint8Array(4);
  for (const shape of [[2 ** 31, 2 ** 31], [2 ** 40], [-1], [2 ** 53, 8]]) {
    const initializers = [{ name: "c", elementType: "float32" as const, shape, data }];
    const message = await refused(graphOf({ initializers, nodes: [node("Identity", ["c"], "out")] }));
    assert.ok(message.length < 400, message);
  }
});

Deno.test("outputs that a few bytes make huge are refused before they are read", async () => {
  const shape = { name: "s", elementType: "int64" as const, shape: [3], data: int64(1, 90_000, 90_000) };
  const nodes = [node("ConstantOfShape", ["s"], "out")];
  const message = await refused(graphOf({ initializers: [shape], nodes }));
  assert.match(message, /file.onnx/);
});

Deno.test("a mask that is to be huge is none that goes with an image", async () => {
  const companions = [{ name: "pixel_mask", elementType: "int64" as const, shape: [1, 16_384, 16_384] }];
  assert.match(await refused(foreignModel({ outputs: [ONE_BOX], companions })), /takes 2 inputs/);
});

Deno.test("external data is refused wherever it is said to be", async () => {
  for (const location of ["../../etc/passwd", "/etc/passwd", "weights.bin"]) {
    const bytes = withExternalData(location);
    const message = await refused(bytes);
    assert.match(message, /external data/);
    assert.doesNotMatch(message, /passwd/);
  }
});

Deno.test("shapes that depend on the image are checked for every image", async () => {
  // As many rows as there are bright pixels: none in a black image.
  const nodes = [
    node("NonZero", ["images"], "places"),
    node("Transpose", ["places"], "rows", { perm: { type: "ints", value: [1, 0] } }),
    node("Cast", ["rows"], "floats", { to: { type: "int", value: 1 } }),
    node("Unsqueeze", ["floats", "axis"], "out"),
  ];
  const axis = { name: "axis", elementType: "int64" as const, shape: [1], data: int64(0) };
  const message = await refused(graphOf({ nodes, initializers: [axis] }));
  assert.match(message, /not read as any kind of outputs/);
});

Deno.test("names with control characters are printed as spaces, or not at all", async () => {
  const escapes = "a\u001b[2J\u0007b";
  const { findings, bytes } = await adopted(
    foreignModel({
      outputs: [{ name: escapes, shape: [1, 2, 4, 4], values: [0.5] }, {
        name: "c",
        shape: [1, 2, 4, 4],
        values: [1],
      }],
      metadata: { ...ULTRALYTICS, task: "detect", names: `{0: 'x${escapes}', 1: 'y'}`, stride: "no" },
    }),
    { task: "segment" },
  );
  // deno-lint-ignore no-control-regex
  for (const { text } of findings) assert.doesNotMatch(text, /[\x00-\x1f\x7f]/, text);
  const { summary, labels } = onnxModel(bytes, "file.onnx");
  // deno-lint-ignore no-control-regex
  assert.doesNotMatch(JSON.stringify([summary, labels]), /[\x00-\x1f\x7f]/);
});

Deno.test("names that are Python's code are not read, and nothing is run", async () => {
  for (
    const names of [
      "__import__('os').system('touch /tmp/harm')",
      "{0: __import__('os').getcwd()}",
      "{0: 'a' if True else 'b'}",
      "[chr(97) for _ in range(9**9)]",
      `{${"'a',".repeat(300_000)}`,
      `{0: '${"\\\\".repeat(400_000)}`,
      "{0: f'{exit()}'}",
    ]
  ) {
    const start = performance.now();
    const { findings } = await adopted(
      foreignModel({ outputs: [ONE_BOX], metadata: { ...ULTRALYTICS, names } }),
    );
    const labels = findings.find(({ topic }) => topic === "classes")!;
    assert.match(labels.text, /^2, without names/);
    assert.ok(performance.now() - start < 60_000, "reading takes no time that grows with the square");
  }
});

Deno.test("sizes in the metadata that no input has are not believed", async () => {
  for (
    const imgsz of ["[1000000000, 1000000000]", "[999999, 999999]", "[0, 0]", "[-1, 640]", "1e9", "[640]"]
  ) {
    const open: ForeignParts = {
      input: { shape: [1, 3, "height", "width"] },
      outputs: [ONE_BOX],
      metadata: { ...ULTRALYTICS, imgsz },
    };
    assert.match(await refused(foreignModel(open)), /takes images of any size, and nothing says at which/);
  }
  for (const stride of ["1000000000", "-32", "NaN", "0.5"]) {
    const adoption = await adopted(
      foreignModel({ outputs: [ONE_BOX], metadata: { ...ULTRALYTICS, stride } }),
    );
    assert.equal(adoption.model.tasks[0], "detect");
  }
});

Deno.test("inputs of sides that overflow are refused by their numbers", async () => {
  for (
    const shape of [
      [1, 3, 2 ** 31, 32],
      [1, 3, 2 ** 53, 2 ** 53],
      [1, 3, -1, 32],
      [1, 3, 16_384, 16_384],
      [2 ** 31, 3, 32, 32],
      [64, 3, 16_384, 16_384],
    ]
  ) {
    const message = await refused(
      foreignModel({ input: { shape }, outputs: [ONE_BOX], metadata: ULTRALYTICS }),
    );
    assert.match(message, /takes/, shape.join());
  }
});

Deno.test("answers that would take gigabytes are refused", async () => {
  const open: ForeignParts = {
    input: { shape: [64, 3, "height", "width"] },
    outputs: [ONE_BOX],
    metadata: ULTRALYTICS,
  };
  const size = { kind: "exact", height: 16_384, width: 16_384 } as const;
  assert.match(await refused(foreignModel(open), { size }), /pixels/);
});

function int64(...values: readonly number[]): Uint8Array<ArrayBuffer> {
  return new Uint8Array(BigInt64Array.from(values, BigInt).buffer);
}

/** A file whose only weight lies elsewhere. */
function withExternalData(location: string): Uint8Array {
  const initializers = [{
    name: "c",
    elementType: "float32" as const,
    shape: [1],
    data: new Uint8Array(),
    external: { location },
  }];
  return graphOf({ initializers, nodes: [node("Identity", ["c"], "out")] });
}
