import assert from "node:assert/strict";
import { layAnchors, tensorflowAnchors, torchvisionAnchors } from "../../heads/mod.ts";

function near(actual: readonly number[], expected: readonly number[], tolerance = 1e-4): void {
  assert.equal(actual.length, expected.length);
  actual.forEach((value, i) =>
    assert.ok(Math.abs(value - expected[i]) <= tolerance, `${actual} is not ${expected}`)
  );
}

Deno.test("torchvision's anchors: six shapes on each of six maps", () => {
  const { shapes, relativeTo } = torchvisionAnchors();
  assert.equal(relativeTo, "sides");
  assert.deepEqual(shapes.map((map) => map.length), [6, 6, 6, 6, 6, 6]);
  const [long2, short2, long3, short3] = [2 ** 0.5, 2 ** -0.5, 3 ** 0.5, 3 ** -0.5].map((factor) =>
    0.2 * factor
  );
  const between = Math.sqrt(0.2 * 0.35);
  near(shapes[0].flat(), [
    ...[0.2, 0.2, between, between],
    ...[long2, short2, short2, long2],
    ...[long3, short3, short3, long3],
  ]);
  // The next scale after the last is 1, and nothing is larger than the image.
  near(shapes[5].slice(0, 3).flat(), [0.95, 0.95, Math.sqrt(0.95), Math.sqrt(0.95), 1, 0.95 / Math.SQRT2]);
});

Deno.test("TensorFlow's anchors: three shapes on the finest map, six elsewhere", () => {
  const { shapes, relativeTo } = tensorflowAnchors();
  assert.equal(relativeTo, "shorter side");
  assert.deepEqual(shapes.map((map) => map.length), [3, 6, 6, 6, 6, 6]);
  const [root2, root3] = [Math.SQRT2, Math.sqrt(3)];
  near(shapes[0].flat(), [0.1, 0.1, 0.2 * root2, 0.2 / root2, 0.2 / root2, 0.2 * root2]);
  const between = Math.sqrt(0.35 * 0.5);
  near(shapes[1].flat(), [
    ...[0.35, 0.35],
    ...[0.35 * root2, 0.35 / root2, 0.35 / root2, 0.35 * root2],
    ...[0.35 * root3, 0.35 / root3, 0.35 / root3, 0.35 * root3],
    ...[between, between],
  ]);
});

Deno.test("scales are spread evenly over however many maps there are", () => {
  const squares = (maps: number) =>
    torchvisionAnchors({ maps, min: 0.1, max: 0.9 }).shapes.map((map) => map[0][0]);
  near(squares(3), [0.1, 0.5, 0.9]);
  near(squares(1), [0.1]);
});

Deno.test("anchors are centred on their cells, row after row", () => {
  const anchors = { shapes: [[[0.5, 0.25]], [[1, 1], [0.1, 0.1]]], relativeTo: "sides" } as const;
  const boxes = layAnchors(anchors, [[2, 3], [1, 1]], [40, 60]);
  assert.equal(boxes.length, (2 * 3 + 2) * 4);
  const centres = Array.from({ length: 6 }, (_, row) => [boxes[row * 4], boxes[row * 4 + 1]]);
  near(centres.flat(), [10, 10, 30, 10, 50, 10, 10, 30, 30, 30, 50, 30]);
  near([...boxes.subarray(2, 4)], [30, 10]);
  near([...boxes.subarray(24)], [30, 20, 60, 40, 30, 20, 6, 4]);
});

Deno.test("TensorFlow's anchors stay square on an image that is not", () => {
  const boxes = layAnchors({ ...tensorflowAnchors(), shapes: [[[0.1, 0.1]]] }, [[1, 1]], [100, 300]);
  near([...boxes], [150, 50, 10, 10]);
});

Deno.test("320 pixels give torchvision's 3234 anchors and the paper's 2034", () => {
  const grids = [20, 10, 5, 3, 2, 1].map((cells) => [cells, cells] as const);
  assert.equal(layAnchors(torchvisionAnchors(), grids, [320, 320]).length, 3234 * 4);
  assert.equal(layAnchors(tensorflowAnchors(), grids, [320, 320]).length, 2034 * 4);
});
