import assert from "node:assert/strict";
import fc from "fast-check";
import { BneckError } from "../../../core/errors.ts";
import { ConfusionMatrix } from "../../../datasets/segmentation/confusion_matrix.ts";
import { classIndex } from "../../../datasets/segmentation/label_index.ts";
import { drawn, labelMap, pairOf } from "./support.ts";

const LIST = {
  classes: [{ id: 0, name: "road" }, { id: 3, name: "car" }, { id: 7, name: "sky" }],
  ignore: [255, 9],
};

/** The matrix from its definition, a pixel at a time. */
function plainMatrix(
  prediction: { data: ArrayLike<number> },
  truth: { data: ArrayLike<number> },
): number[][] {
  const places = [...LIST.classes.map(({ id }) => id)];
  const placeOf = (id: number) => LIST.ignore.includes(id) ? places.length : places.indexOf(id);
  const matrix = Array.from({ length: 4 }, () => [0, 0, 0, 0]);
  for (let i = 0; i < truth.data.length; i++) matrix[placeOf(truth.data[i])][placeOf(prediction.data[i])]++;
  return matrix;
}

Deno.test("ConfusionMatrix counts what its definition says, ids in any order and width", () => {
  const values = [0, 3, 7, 9, 255];
  fc.assert(fc.property(fc.oneof(pairOf(values), pairOf(values, true)), ({ prediction, truth }) => {
    const matrix = new ConfusionMatrix(classIndex(LIST));
    matrix.add(prediction, truth);
    assert.deepEqual(matrix.result(), plainMatrix(prediction, truth));
  }));
});

Deno.test("ConfusionMatrix merged from parts, through JSON, is that of one run", () => {
  fc.assert(fc.property(fc.array(pairOf([0, 3, 7, 255]), { maxLength: 8 }), fc.nat(8), (pairs, cut) => {
    const index = classIndex(LIST);
    const [whole, first, second] = [1, 2, 3].map(() => new ConfusionMatrix(index));
    pairs.forEach(({ prediction, truth }, k) => {
      whole.add(prediction, truth);
      (k < cut ? first : second).add(prediction, truth);
    });
    second.merge(ConfusionMatrix.fromJSON(index, JSON.parse(JSON.stringify(first)), "part.json"));
    assert.deepEqual(second.result(), whole.result());
  }));
});

Deno.test("ConfusionMatrix maps pixel values of truth and predictions apart", () => {
  const index = classIndex(LIST, {
    truthMap: new Map([[26, 3], [1, 255]]),
    predictionMap: new Map([[1, 3], [2, 7]]),
  });
  const matrix = new ConfusionMatrix(index);
  matrix.add(labelMap([[0, 1, 2, 2]]), labelMap([[0, 26, 7, 1]]));
  assert.deepEqual(matrix.result(), [[1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 1, 0]]);
});

Deno.test("ConfusionMatrix keeps counts of more than 2^32 pixels", () => {
  const index = classIndex(LIST);
  const matrix = new ConfusionMatrix(index);
  matrix.addCounts(new Float64Array(16).fill(2 ** 40));
  matrix.addCounts(new Float64Array(16).fill(1));
  assert.equal(matrix.result()[2][1], 2 ** 40 + 1);
  assert.throws(() => matrix.addCounts(new Float64Array(9)), RangeError);
});

Deno.test("an image that lies on its side is refused with what may have turned it", () => {
  const matrix = new ConfusionMatrix(classIndex(LIST));
  const turned = () => matrix.add(labelMap([[0, 3, 7]]), labelMap([[0], [3], [7]]));
  assert.throws(turned, /3 × 1 pixels .*the second 1 × 3; .*; a photo may be turned by its EXIF orientation/);
  assert.throws(() => matrix.add(labelMap([[0, 3]]), labelMap([[0], [3], [7]])), /cover the same pixels$/);
});

Deno.test("a pair of two sizes is refused with both files and sizes named", () => {
  const matrix = new ConfusionMatrix(classIndex(LIST));
  assert.throws(
    () => matrix.add(drawn("000 000"), drawn("00 00"), { prediction: "p/a.png", truth: "t/a.png" }),
    (error) =>
      error instanceof BneckError && error.exitStatus === 1 &&
      /p\/a\.png/.test(error.message) && /t\/a\.png/.test(error.message) &&
      /3 × 2/.test(error.message) && /2 × 2/.test(error.message),
  );
});

Deno.test("values outside the table are named with file and pixels, and nothing is counted", () => {
  const matrix = new ConfusionMatrix(classIndex(LIST));
  const names = { prediction: "p.png", truth: "t.png" };
  const refused = (prediction: string, truth: string, message: RegExp) =>
    assert.throws(() => matrix.add(drawn(prediction), drawn(truth), names), { name: "BneckError", message });
  refused("0000", "0554", /t\.png.*values outside the label table: 5 \(2 pixels\), 4 \(1 pixel\)/);
  refused(
    "1330",
    "0000",
    /p\.png.*a value outside the label table: 1 \(1 pixel\); known are 0, 3, 7, 9 and 255/,
  );
  refused("01234568abcd", "000000000000", /1 \(1 pixel\), 2 .* and 5 more; known/);
  assert.equal(matrix.counts.reduce((a, b) => a + b), 0);
});

Deno.test("a label map to an id that is no class is refused", () => {
  assert.throws(() => classIndex(LIST, { truthMap: new Map([[1, 8]]) }), {
    message: "the label map maps 1 to 8, which is neither a class nor ignored (0, 3, 7, 9 and 255)",
  });
});

Deno.test("more classes than a matrix is made for are refused", () => {
  const classes = Array.from({ length: 1025 }, (_, id) => ({ id, name: `${id}` }));
  assert.throws(() => classIndex({ classes, ignore: [] }), /at most 1024/);
});

Deno.test("a damaged saved matrix is refused", () => {
  const index = classIndex(LIST);
  const row = [0, 0, 0, 0];
  for (
    const json of [null, {}, [row, row], [row, row, row, [0, 0, 0]], [row, row, row, [0, 0, 0, -1]], [
      row,
      row,
      row,
      [0, 0, 0, "1"],
    ]]
  ) {
    assert.throws(
      () => ConfusionMatrix.fromJSON(index, json, "saved.json"),
      /saved\.json.*4 × 4 whole pixel counts/,
    );
  }
});
