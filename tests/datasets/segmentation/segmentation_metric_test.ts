import assert from "node:assert/strict";
import fc from "fast-check";
import { readLabelMap } from "../../../core/images/mod.ts";
import { SegmentationMetric } from "../../../datasets/segmentation/segmentation_metric.ts";
import { shared, testWithShared } from "../../support/shared.ts";
import { drawn, pairOf } from "./support.ts";

const LIST = {
  classes: [{ id: 0, name: "background" }, { id: 1, name: "aeroplane" }, { id: 20, name: "tvmonitor" }],
  ignore: [255],
};

/** IoU of a class from its definition: pixels in both over pixels in either, ignored truth left out. */
function plainIou(
  pairs: readonly { prediction: { data: ArrayLike<number> }; truth: { data: ArrayLike<number> } }[],
  id: number,
) {
  let [both, either] = [0, 0];
  for (const { prediction, truth } of pairs) {
    for (let i = 0; i < truth.data.length; i++) {
      if (truth.data[i] === 255) continue;
      const [isTrue, isPredicted] = [truth.data[i] === id, prediction.data[i] === id];
      if (isTrue && isPredicted) both++;
      if (isTrue || isPredicted) either++;
    }
  }
  return either === 0 ? null : both / either;
}

Deno.test("SegmentationMetric gives each class's IoU as defined, over a whole set", () => {
  fc.assert(fc.property(fc.array(pairOf([0, 1, 20, 255]), { maxLength: 5 }), (pairs) => {
    const evaluation = new SegmentationMetric({ list: LIST });
    for (const { prediction, truth } of pairs) evaluation.add(prediction, truth);
    const { classes, images, pixels, ignoredPixels, confusionMatrix } = evaluation.result();
    assert.deepEqual(classes.map(({ iou }) => iou), [0, 1, 20].map((id) => plainIou(pairs, id)));
    assert.equal(images, pairs.length);
    const all = pairs.reduce((sum, { truth }) => sum + truth.data.length, 0);
    assert.equal(pixels + ignoredPixels, all);
    assert.equal(confusionMatrix.flat().reduce((sum, count) => sum + count, 0), all);
  }));
});

Deno.test("SegmentationMetric merged from shards, through JSON, is one run to the last bit", () => {
  const options = { list: LIST, boundaryTolerance: 1 };
  fc.assert(
    fc.property(
      fc.array(pairOf([0, 1, 20, 255]), { maxLength: 7 }),
      fc.integer({ min: 1, max: 4 }),
      (pairs, n) => {
        const whole = new SegmentationMetric(options);
        const shards = Array.from({ length: n }, () => new SegmentationMetric(options));
        pairs.forEach(({ prediction, truth }, k) => {
          whole.add(prediction, truth);
          shards[k % n].add(prediction, truth);
        });
        const merged = new SegmentationMetric(options);
        for (const shard of shards.toReversed()) {
          merged.merge(
            SegmentationMetric.fromJSON(options, JSON.parse(JSON.stringify(shard)), "shard.json"),
          );
        }
        assert.deepEqual(merged.result(), whole.result());
      },
    ),
  );
});

Deno.test("a pair that cannot be scored leaves the evaluation as it was", () => {
  const evaluation = new SegmentationMetric({ list: LIST, boundaryTolerance: 1 });
  evaluation.add(drawn("01 01"), drawn("01 11"));
  const before = JSON.stringify(evaluation);
  assert.throws(() => evaluation.add(drawn("01 05"), drawn("01 11")), /outside the label table/);
  assert.throws(() => evaluation.add(drawn("01"), drawn("01 11")), /same pixels/);
  assert.equal(JSON.stringify(evaluation), before);
});

Deno.test("evaluations of different classes, ignored ids or boundary scores do not merge", () => {
  const evaluation = new SegmentationMetric({ list: LIST });
  const others = [
    { list: { ...LIST, ignore: [] } },
    { list: { ...LIST, classes: LIST.classes.slice(1) } },
    { list: LIST, boundaryTolerance: 2 },
  ];
  for (const options of others) {
    assert.throws(() => evaluation.merge(new SegmentationMetric(options)), /cannot merge/);
    const json = JSON.parse(JSON.stringify(new SegmentationMetric(options)));
    assert.throws(
      () => SegmentationMetric.fromJSON({ list: LIST }, json, "s.json"),
      /cannot read s\.json/,
    );
  }
  for (const json of [null, {}, { format: "bneck cityscapes 1" }]) {
    assert.throws(
      () => SegmentationMetric.fromJSON({ list: LIST }, json, "s.json"),
      /not a saved segmentation/,
    );
  }
  const sound = JSON.parse(JSON.stringify(evaluation));
  assert.throws(
    () => SegmentationMetric.fromJSON({ list: LIST }, { ...sound, images: -1 }, "s.json"),
    /number of images/,
  );
});

const PARITY = "weights/street-lraspp/shared/parity";
testWithShared(PARITY, "the embedded model's reference mask is counted as its histogram says", async () => {
  const { histogram } = JSON.parse(await Deno.readTextFile(shared(`${PARITY}/parity.json`)));
  const classes = Object.keys(histogram).map((name, id) => ({ id, name }));
  const evaluation = new SegmentationMetric({ list: { classes, ignore: [11] } });
  evaluation.add(
    await readLabelMap(shared(`${PARITY}/mask.png`)),
    await readLabelMap(shared(`${PARITY}/truth.png`)),
  );
  const { confusionMatrix } = evaluation.result();
  const columns = classes.map(({ id }) => confusionMatrix.reduce((sum, row) => sum + row[id], 0));
  assert.deepEqual(columns, Object.values(histogram));
});
