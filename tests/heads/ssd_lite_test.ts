import assert from "node:assert/strict";
import fc from "fast-check";
import { GraphBuilder, graphParameters, inferShapes, type Padding, shapeOf } from "../../core/graph/mod.ts";
import {
  featureGrids,
  ssdLite,
  type SsdLiteOptions,
  tensorflowAnchors,
  torchvisionAnchors,
} from "../../heads/mod.ts";

/** The head on two maps of 24 and 40 channels. */
function headGraph(options: Partial<SsdLiteOptions> = {}) {
  const g = new GraphBuilder();
  const head = ssdLite({ classes: 4, anchors: torchvisionAnchors(), ...options });
  const taps = { "C4.expand": g.tensor("fine", 24), "C5": g.tensor("coarse", 40) };
  return { head, graph: g.finish(head.build(g, taps)) };
}

/** What two maps at strides 16 and 32 look like for an image. */
function mapsOf(height: number, width: number) {
  const at = (stride: number) => [Math.ceil(height / stride), Math.ceil(width / stride)];
  return { fine: [1, 24, ...at(16)], coarse: [1, 40, ...at(32)] };
}

Deno.test("there is one row of predictions for each anchor, at every size", () => {
  const sides = fc.integer({ min: 1, max: 900 });
  fc.assert(
    fc.property(
      sides,
      sides,
      fc.constantFrom<Padding>("same", "symmetric"),
      fc.boolean(),
      (h, w, padding, paper) => {
        const anchors = paper ? tensorflowAnchors() : torchvisionAnchors();
        const { graph } = headGraph({ padding, anchors });
        const shapes = inferShapes(graph, { shapes: mapsOf(h, w) });
        const rows = featureGrids([h, w], 6).reduce(
          (sum, [y, x], map) => sum + y * x * anchors.shapes[map].length,
          0,
        );
        assert.deepEqual(shapeOf(shapes, graph.outputs.boxes), [1, rows, 4]);
        assert.deepEqual(shapeOf(shapes, graph.outputs.scores), [1, rows, 5]);
      },
    ),
    { numRuns: 60 },
  );
});

Deno.test("an anchor is decoded from the cell that predicted it", () => {
  const { head } = headGraph();
  const rows = 3234;
  const scores = new Float32Array(rows * 5);
  // The square of the first map in row 7, column 11: its third class, certainly.
  const row = (7 * 20 + 11) * 6;
  scores[row * 5 + 3] = 1;
  const { count, boxes, classes } = head.decode(
    {
      scores: { shape: [1, rows, 5], data: scores },
      boxes: { shape: [1, rows, 4], data: new Float32Array(rows * 4) },
    },
    { width: 640, height: 480, inputWidth: 320, inputHeight: 320 },
    { score: 0.5, max: 10 },
  );
  assert.deepEqual([count, classes[0]], [1, 2]);
  const [x, y] = [(11 + 0.5) * 16, (7 + 0.5) * 16];
  const expected = [(x - 32) * 2, (y - 32) * 1.5, (x + 32) * 2, (y + 32) * 1.5];
  expected.forEach((value, i) => assert.ok(Math.abs(boxes[i] - value) < 1e-3, `${boxes} is not ${expected}`));
});

Deno.test("one head decodes images of different sizes", () => {
  const { head } = headGraph();
  const decode = (side: number) => {
    const rows = featureGrids([side, side], 6).reduce((sum, [h, w]) => sum + h * w * 6, 0);
    const scores = new Float32Array(rows * 5);
    scores[1] = 1;
    return head.decode(
      {
        scores: { shape: [1, rows, 5], data: scores },
        boxes: { shape: [1, rows, 4], data: new Float32Array(rows * 4) },
      },
      { width: side, height: side, inputWidth: side, inputHeight: side },
      { score: 0.5, max: 1 },
    ).boxes;
  };
  assert.deepEqual(decode(320), decode(320));
  // A fifth of the image around the first cell's centre, cut at the border.
  assert.ok(Math.abs(decode(320)[2] - 40) < 1e-3);
  assert.ok(Math.abs(decode(640)[2] - 72) < 1e-3);
});

Deno.test("parameters have the shapes of torchvision's, without bias where BatchNorm follows", () => {
  const { graph } = headGraph();
  const shapes = new Map(graphParameters(graph).map(({ name, shape }) => [name, shape]));
  const expected: Record<string, readonly number[] | undefined> = {
    "detect.extra1.reduce.weight": [256, 40, 1, 1],
    "detect.extra1.reduce.bias": undefined,
    "detect.extra1.depthwise.weight": [256, 1, 3, 3],
    "detect.extra1.expand.weight": [512, 256, 1, 1],
    "detect.extra2.reduce.weight": [128, 512, 1, 1],
    "detect.extra4.expand.weight": [128, 64, 1, 1],
    "detect.map1.scores.depthwise.weight": [24, 1, 3, 3],
    "detect.map1.scores.depthwise.batch_norm.running_var": [24],
    "detect.map1.scores.predict.weight": [30, 24, 1, 1],
    "detect.map1.scores.predict.bias": [30],
    "detect.map6.boxes.predict.weight": [24, 128, 1, 1],
  };
  for (const [name, shape] of Object.entries(expected)) assert.deepEqual(shapes.get(name), shape, name);
});

Deno.test("a multiplier narrows the head's own maps by truncation, down to sixteen channels", () => {
  const depths = (width: number) => {
    const { graph } = headGraph({ width });
    const shapes = new Map(graphParameters(graph).map(({ name, shape }) => [name, shape]));
    return [1, 2, 3, 4].map((map) => shapes.get(`detect.extra${map}.expand.weight`)!.slice(0, 2));
  };
  assert.deepEqual(depths(0.35), [[179, 89], [89, 44], [89, 44], [44, 22]]);
  assert.deepEqual(depths(0.1), [[51, 25], [25, 16], [25, 16], [16, 16]]);
});

Deno.test("scores are softmax over the classes of an anchor, or sigmoid", () => {
  const operator = (scores?: "softmax" | "sigmoid") =>
    headGraph({ scores }).graph.outputs.scores.layer.operator;
  assert.deepEqual(operator(), { kind: "softmax", axis: 2 });
  assert.deepEqual(operator("sigmoid"), { kind: "activation", activation: "sigmoid" });
});

Deno.test("anchors for another number of maps are refused", () => {
  assert.throws(
    () => headGraph({ anchors: torchvisionAnchors({ maps: 5 }) }),
    /6 feature maps, but anchors for 5/,
  );
});

Deno.test("an IoU that is left undefined is the head's own", () => {
  const { head } = headGraph({ iou: 0.1 });
  const rows = 3234;
  const scores = new Float32Array(rows * 5);
  // Two squares of neighbouring cells, which overlap by nine tenths.
  for (const column of [10, 11]) scores[((7 * 20 + column) * 6) * 5 + 1] = 0.5;
  const outputs = {
    scores: { shape: [1, rows, 5], data: scores },
    boxes: { shape: [1, rows, 4], data: new Float32Array(rows * 4) },
  };
  const view = { width: 320, height: 320, inputWidth: 320, inputHeight: 320 };
  assert.equal(head.decode(outputs, view, { score: 0.1, max: 10, iou: undefined }).count, 1);
  assert.equal(head.decode(outputs, view, { score: 0.1, max: 10, iou: 0.95 }).count, 2);
});
