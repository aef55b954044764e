import assert from "node:assert/strict";
import fc from "fast-check";
import { AccuracyMetric, outputOffset } from "../../../datasets/imagenet/accuracy_metric.ts";

/** Class indices by score, the highest first, equal ones in their order. */
function ranking(scores: readonly number[]): number[] {
  return scores.map((score, index) => ({ score, index })).sort((a, b) =>
    b.score - a.score || a.index - b.index
  )
    .map(({ index }) => index);
}

/** Images of a data set of `classes` classes: few different scores, so that many are equal. */
function images(classes: number) {
  const scores = fc.array(fc.integer({ min: -3, max: 3 }), { minLength: classes, maxLength: classes });
  return fc.array(fc.record({ scores, truth: fc.nat(classes - 1) }), { maxLength: 30 });
}

Deno.test("top-1 and top-5 are those of the sorted scores, over all and by class", () => {
  fc.assert(fc.property(images(8), (images) => {
    const evaluation = new AccuracyMetric(8);
    for (const { scores, truth } of images) evaluation.add(Float32Array.from(scores), truth);
    const { top1, top5, classes, confusions, images: count } = evaluation.result();
    const share = (some: typeof images, places: number) => {
      const hits = some.filter(({ scores, truth }) =>
        ranking(scores).slice(0, places).includes(truth)
      ).length;
      return some.length === 0 ? null : hits / some.length;
    };
    assert.equal(count, images.length);
    assert.deepEqual([top1, top5], [share(images, 1), share(images, 5)]);
    for (const { index, ...own } of classes) {
      const some = images.filter(({ truth }) => truth === index);
      assert.deepEqual(own, { images: some.length, top1: share(some, 1), top5: share(some, 5) });
    }
    for (const { truth, predicted, images: times } of confusions) {
      const some = images.filter((image) => image.truth === truth && ranking(image.scores)[0] === predicted);
      assert.equal(times, some.length);
    }
    const mistakes = images.filter(({ scores, truth }) => ranking(scores)[0] !== truth).length;
    assert.equal(confusions.reduce((sum, { images }) => sum + images, 0), mistakes);
  }));
});

Deno.test("ranked classes give the same as their scores", () => {
  fc.assert(fc.property(images(8), (images) => {
    const [byScores, byRank] = [new AccuracyMetric(8), new AccuracyMetric(8)];
    for (const { scores, truth } of images) {
      byScores.add(scores, truth);
      byRank.addRanked(ranking(scores).slice(0, 5), truth);
    }
    assert.deepEqual(byRank.result(), byScores.result());
  }));
});

Deno.test("a background output at the first place moves the classes by one and competes with them", () => {
  assert.equal(outputOffset(1000, 1000), 0);
  assert.equal(outputOffset(1001, 1000), 1);
  assert.throws(() => outputOffset(999, 1000), /the model has 999 outputs and the data set 1000 classes/);
  const evaluation = new AccuracyMetric(1000);
  const scores = new Float32Array(1001);
  scores[4 + 1] = 2;
  evaluation.add(scores, 4);
  scores[0] = 3;
  evaluation.add(scores, 4);
  const { top1, top5, confusions } = evaluation.result();
  assert.deepEqual([top1, top5], [0.5, 1]);
  assert.deepEqual(confusions, [{ truth: 4, predicted: -1, images: 1 }]);
});

Deno.test("confusions come with the most frequent first", () => {
  const evaluation = new AccuracyMetric(3);
  for (const [truth, predicted] of [[2, 0], [0, 1], [2, 1], [2, 1], [0, 2], [1, 1]]) {
    evaluation.addRanked([predicted, ...[0, 1, 2].filter((k) => k !== predicted)], truth);
  }
  assert.deepEqual(
    evaluation.result().confusions.map(({ truth, predicted, images }) => [truth, predicted, images]),
    [
      [2, 1, 2],
      [0, 1, 1],
      [0, 2, 1],
      [2, 0, 1],
    ],
  );
});

Deno.test("shards merged in any order, through JSON, are one run", () => {
  fc.assert(fc.property(images(8), fc.integer({ min: 1, max: 4 }), (images, n) => {
    const whole = new AccuracyMetric(8);
    const shards = Array.from({ length: n }, () => new AccuracyMetric(8));
    images.forEach(({ scores, truth }, k) => {
      // Every third image by a network with a background class.
      const output = k % 3 === 0 ? [2, ...scores] : scores;
      whole.add(output, truth);
      shards[k % n].add(output, truth);
    });
    const merged = new AccuracyMetric(8);
    for (const shard of shards.toReversed()) {
      merged.merge(AccuracyMetric.fromJSON(JSON.parse(JSON.stringify(shard)), "shard.json"));
    }
    assert.deepEqual(merged.result(), whole.result());
    assert.equal(JSON.stringify(merged), JSON.stringify(whole));
  }));
});

Deno.test("scores that cannot be ranked, and classes that do not exist, are refused and not counted", () => {
  const evaluation = new AccuracyMetric(6);
  assert.throws(() => evaluation.add([0, NaN, 0, 0, 0, 0], 0), /NaN/);
  assert.throws(() => evaluation.add([0, 0, 0, 0, 0, 0], 6), /there is no class 6: the 6 classes are 0 to 5/);
  assert.throws(() => evaluation.add([0, 0, 0], 0), /3 outputs/);
  assert.throws(() => evaluation.addRanked([0, 1], 0), /2 ranked classes, top-5 needs five/);
  assert.throws(() => evaluation.addRanked([0, 1, 2, 3, 9], 0), /no class 9/);
  assert.throws(() => evaluation.merge(new AccuracyMetric(7)), /7 classes into one of 6/);
  assert.equal(evaluation.result().images, 0);
  assert.equal(evaluation.result().top1, null);
});

Deno.test("damaged saved accuracies are refused", () => {
  const evaluation = new AccuracyMetric(3);
  evaluation.add([1, 0, 0], 0);
  evaluation.add([1, 0, 0], 2);
  const sound = JSON.parse(JSON.stringify(evaluation));
  assert.deepEqual(AccuracyMetric.fromJSON(sound, "s.json").result(), evaluation.result());
  const changes = [
    { format: "x" },
    { images: [1, 2, -1] },
    { top1: [1] },
    { top1: [9, 0, 0] },
    { top5: undefined },
    { confusions: {} },
    { confusions: [[0, 3, 1]] },
    { confusions: [[3, 0, 1]] },
    { confusions: [7] },
    { confusions: [[0, 1, 0.5]] },
  ];
  for (const change of changes) {
    assert.throws(
      () => AccuracyMetric.fromJSON({ ...sound, ...change }, "s.json"),
      /cannot read s\.json/,
    );
  }
});
