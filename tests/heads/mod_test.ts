import assert from "node:assert/strict";
import {
  centerNet,
  classifier,
  type Decoder,
  deepLabV3,
  lrAspp,
  OUTPUT_KINDS,
  outputShapes,
  parseDecoder,
  rAspp,
  ssdLite,
  tensorflowAnchors,
  torchvisionAnchors,
} from "../../heads/mod.ts";

const fail = (problem: string): never => {
  throw new Error(problem);
};

const HEADS = {
  classify: [classifier({ classes: 3 })],
  segment: [
    lrAspp({ classes: 3, high: "high", low: "low" }),
    rAspp({ classes: 3, features: "high" }),
    deepLabV3({ classes: 3, features: "high" }),
  ],
  detect: [
    centerNet({ classes: 3, coarse: "C5", neck: 8, laterals: [] }),
    ssdLite({ classes: 3, anchors: torchvisionAnchors() }),
    ssdLite({ classes: 3, anchors: tensorflowAnchors({ maps: 6 }), candidates: 100, iou: 0.6 }),
  ],
} as const;

Deno.test("the spec of every head survives JSON and gives its decoder again", () => {
  for (const [task, heads] of Object.entries(HEADS)) {
    for (const head of heads) {
      const json: unknown = JSON.parse(JSON.stringify(head.spec));
      const decoder: Pick<Decoder<never, unknown>, "spec"> = parseDecoder(
        task as keyof typeof HEADS,
        json,
        fail,
      );
      assert.deepEqual(decoder.spec, head.spec);
    }
  }
});

Deno.test("every kind of outputs belongs to one task and names its outputs", () => {
  const kinds = Object.values(OUTPUT_KINDS).flat();
  assert.equal(new Set(kinds.map(({ kind }) => kind)).size, kinds.length);
  for (const kind of kinds) {
    const spec = { ...kind, order: "box-score-class" };
    assert.deepEqual(outputShapes(spec), kind.outputs(spec));
  }
  assert.deepEqual(outputShapes({ kind: "other" }), {});
});

Deno.test("specs as earlier versions exported them are read", () => {
  const written =
    '{"kind":"anchors","anchors":{"shapes":[[[0.2,0.2]]],"relativeTo":"sides"},"candidates":300,' +
    '"iou":0.55}';
  assert.deepEqual(parseDecoder("detect", JSON.parse(written), fail).spec, JSON.parse(written));
  assert.deepEqual(parseDecoder("detect", { kind: "peaks" }, fail).spec, { kind: "peaks" });
  assert.deepEqual(parseDecoder("segment", { kind: "labels" }, fail).spec, { kind: "labels" });
  assert.deepEqual(parseDecoder("classify", { kind: "classes" }, fail).spec, { kind: "classes" });
  const columns = { kind: "final-columns", firstClass: 1 };
  assert.deepEqual(parseDecoder("detect", columns, fail).spec, {
    ...columns,
    ...{ format: "corners", unit: "pixels", counted: false },
  });
});

Deno.test("a spec that is invalid, or of another task, is refused with the reason", () => {
  const ssd = { ...ssdLite({ classes: 1, anchors: torchvisionAnchors() }).spec };
  const anchors = (changes: object) => ({ ...ssd, anchors: { ...torchvisionAnchors(), ...changes } });
  const cases: [keyof typeof HEADS, unknown, RegExp][] = [
    ["segment", null, /output spec of segment is not an object/],
    ["segment", ["labels"], /not an object/],
    ["segment", { kind: "classes" }, /unknown kind of outputs for segment/],
    ["classify", { kind: "labels" }, /unknown kind of outputs for classify/],
    ["detect", { kind: "__proto__" }, /unknown kind of outputs for detect/],
    ["detect", { ...ssd, candidates: 0 }, /candidates is invalid/],
    ["detect", { ...ssd, iou: "0.5" }, /iou must be between 0 and 1/],
    ["detect", { ...ssd, anchors: [] }, /anchors are not an object/],
    ["detect", anchors({ relativeTo: "height" }), /relativeTo is invalid/],
    ...[[], [[]], [[[1]]], [[["1", "1"]]], [[[-1, 1]]], [[[101, 1]]], new Array(17).fill([[1, 1]])].map((
      shapes,
    ): [keyof typeof HEADS, unknown, RegExp] => [
      "detect",
      anchors({ shapes }),
      /shapes of the anchors are invalid/,
    ]),
  ];
  for (const [task, json, message] of cases) assert.throws(() => parseDecoder(task, json, fail), message);
});
