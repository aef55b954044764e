import assert from "node:assert/strict";
import fc from "fast-check";
import { BoundaryFScore, boundaryScoresOfImage } from "../../../datasets/segmentation/boundary_f_score.ts";
import { boundaryTally } from "../../../datasets/segmentation/boundary_tally.ts";
import { classIndex } from "../../../datasets/segmentation/label_index.ts";
import { drawn, pairOf } from "./support.ts";

const INDEX = classIndex({
  classes: [0, 1, 2].map((id) => ({ id, name: `class ${id}` })),
  ignore: [255],
});

Deno.test("equal images score 1, and a class in one of them alone scores 0", () => {
  const picture = drawn("0011 0011 2222");
  assert.deepEqual(boundaryScoresOfImage(boundaryTally(picture, picture, INDEX, 0)), [1, 1, 1]);
  const other = drawn("0011 0011 0011");
  assert.equal(boundaryScoresOfImage(boundaryTally(other, picture, INDEX, 5))[2], 0);
});

Deno.test("an image of one class has no outline and no score", () => {
  const score = new BoundaryFScore(INDEX, 2);
  score.add(drawn("111 111"), drawn("111 111"));
  assert.deepEqual(score.result(), {
    tolerance: 2,
    meanF: null,
    images: 0,
    classes: [0, 1, 2].map(() => ({ f: null, images: 0 })),
  });
});

Deno.test("the set's score is the mean of its images', a class's the mean where it occurs", () => {
  const score = new BoundaryFScore(INDEX, 0);
  score.add(drawn("0011"), drawn("0011")); // 1 for both classes
  score.add(drawn("0022"), drawn("0222")); // outlines: 0 at 1 and 0; 2 at 2 and 1: none meet
  assert.deepEqual(score.result(), {
    tolerance: 0,
    meanF: 0.5,
    images: 2,
    classes: [{ f: 0.5, images: 2 }, { f: 1, images: 1 }, { f: 0, images: 1 }],
  });
});

Deno.test("BoundaryFScore merged from parts in any order, through JSON, is that of one run", () => {
  fc.assert(fc.property(fc.array(pairOf([0, 1, 2, 255]), { maxLength: 8 }), fc.nat(8), (pairs, cut) => {
    const [whole, first, second] = [1, 2, 3].map(() => new BoundaryFScore(INDEX, 1.5));
    pairs.forEach(({ prediction, truth }, k) => {
      whole.add(prediction, truth);
      (k < cut ? first : second).add(prediction, truth);
    });
    second.merge(BoundaryFScore.fromJSON(INDEX, JSON.parse(JSON.stringify(first)), "part.json"));
    assert.deepEqual(second.result(), whole.result());
  }));
});

Deno.test("tolerances that cannot be used, and damaged states, are refused", () => {
  for (const tolerance of [-1, NaN, 201]) {
    assert.throws(() => new BoundaryFScore(INDEX, tolerance), /from 0 to 200/);
  }
  const sound = JSON.parse(JSON.stringify(new BoundaryFScore(INDEX, 1)));
  for (
    const change of [
      { tolerance: "1" },
      { classes: [] },
      { all: null },
      { all: { images: -1, sum: [] } },
      { all: { images: 1, sum: [null] } },
    ]
  ) {
    assert.throws(() => BoundaryFScore.fromJSON(INDEX, { ...sound, ...change }, "saved.json"), /saved\.json/);
  }
  assert.throws(() => new BoundaryFScore(INDEX, 1).merge(new BoundaryFScore(INDEX, 2)), /cannot merge/);
});
