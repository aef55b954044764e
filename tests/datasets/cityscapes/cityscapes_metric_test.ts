import assert from "node:assert/strict";
import fc from "fast-check";
import type { LabelMap } from "../../../core/images/image.ts";
import { CityscapesMetric } from "../../../datasets/cityscapes/cityscapes_metric.ts";
import { EVALUATED_LABELS, PIXEL_LABELS } from "../../../datasets/cityscapes/labels.ts";
import { partialScores } from "../../../datasets/cityscapes/scores.ts";
import { drawn, pairOf } from "../segmentation/support.ts";
import { type Frame, frames } from "./support.ts";

const OPTIONS = { predictionIds: "labelIds", instances: true } as const;

/** The same prediction in trainIds; classes without one become 255. */
function inTrainIds({ width, height, data }: LabelMap): LabelMap {
  return { width, height, data: Uint8Array.from(data, (id) => PIXEL_LABELS[id].trainId) };
}

function scored(frames: readonly Frame[]): CityscapesMetric {
  const evaluation = new CityscapesMetric(OPTIONS);
  for (const frame of frames) evaluation.add(frame);
  return evaluation;
}

Deno.test("class and category IoU are those of their definition over unignored pixels", () => {
  fc.assert(fc.property(pairOf([0, 4, 7, 8, 9, 11, 26, 27, 29]), ({ prediction, truth }) => {
    const evaluation = new CityscapesMetric({ ...OPTIONS, instances: false });
    evaluation.add({ prediction, truth, instances: null });
    const { classScores, categoryScores, averageScoreClasses } = evaluation.result();
    const iou = (belongs: (id: number) => boolean) => {
      let [both, either] = [0, 0];
      truth.data.forEach((id, i) => {
        if (PIXEL_LABELS[id].ignoreInEval) return;
        const [isTrue, isPredicted] = [belongs(id), belongs(prediction.data[i])];
        if (isTrue && isPredicted) both++;
        if (isTrue || isPredicted) either++;
      });
      return either === 0 ? null : both / either;
    };
    for (const { id, name } of EVALUATED_LABELS) {
      assert.equal(
        classScores[name],
        iou((value) => value === id),
        name,
      );
    }
    for (const category of ["flat", "vehicle", "construction"]) {
      // Ignored classes belong to no category that is scored.
      const belongs = (id: number) =>
        PIXEL_LABELS[id].category === category && !PIXEL_LABELS[id].ignoreInEval;
      assert.equal(categoryScores[category], iou(belongs), category);
    }
    const present = Object.values(classScores).filter((score) => score !== null);
    const mean = present.length === 0 ? null : present.reduce((a, b) => a + b) / present.length;
    assert.equal(averageScoreClasses, mean);
  }));
});

Deno.test("predictions in trainIds score as the same ones in labelIds", () => {
  const all = frames(3);
  const byTrainIds = new CityscapesMetric({ ...OPTIONS, predictionIds: "trainIds" });
  for (const frame of all) byTrainIds.add({ ...frame, prediction: inTrainIds(frame.prediction) });
  assert.deepEqual(byTrainIds.result(), scored(all).result());
  assert.deepEqual(byTrainIds.instanceStats(), scored(all).instanceStats());
});

Deno.test("shards merged in any order, through JSON, are one run to the last bit, iIoU too", () => {
  const all = frames(9);
  const whole = scored(all);
  assert.ok(whole.result().averageScoreInstClasses! > 0);
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 5 }), fc.shuffledSubarray(all, { minLength: 9 }), (n, shuffled) => {
      const shards = Array.from({ length: n }, (_, k) => scored(shuffled.filter((_, i) => i % n === k)));
      const merged = new CityscapesMetric(OPTIONS);
      for (const shard of shards) {
        merged.merge(CityscapesMetric.fromJSON(JSON.parse(JSON.stringify(shard)), "shard.json"));
      }
      assert.equal(merged.images, 9);
      assert.deepEqual(merged.result(), whole.result());
      assert.deepEqual(merged.instanceStats(), whole.instanceStats());
    }),
    { numRuns: 30 },
  );
});

Deno.test("nothing scored gives null everywhere", () => {
  const { classScores, averageScoreClasses, priors, averageScoreInstCategories } = scored([]).result();
  assert.ok(Object.values(classScores).every((score) => score === null));
  assert.deepEqual([averageScoreClasses, averageScoreInstCategories, priors.road], [null, null, null]);
});

Deno.test("a prediction in the other numbering is refused where ids are to be checked", () => {
  // Road, sidewalk, building, car: 0, 1, 2, 13 in trainIds.
  const frame = { prediction: drawn("012d 012d"), truth: drawn("78bq 78bq"), instances: null };
  const options = { predictionIds: "labelIds", instances: false, checkIds: true } as const;
  const names = { prediction: "p.png", truth: "t.png", instances: "i.png" };
  assert.throws(
    () => new CityscapesMetric(options).add(frame, names),
    /p\.png: it looks like trainIds \(values 0 to 2 and 13\), while the set is read as labelIds/,
  );
  const unchecked = new CityscapesMetric({ ...options, checkIds: false });
  unchecked.add(frame, names);
  assert.equal(unchecked.result().averageScoreClasses, 0);
  const asTrainIds = new CityscapesMetric({ ...options, predictionIds: "trainIds" });
  asTrainIds.add(frame, names);
  assert.equal(asTrainIds.result().averageScoreClasses, 1);
  assert.throws(
    () => asTrainIds.add({ ...frame, prediction: frame.truth }, names),
    /p\.png: it looks like labelIds .* while the set is read as trainIds/,
  );
});

Deno.test("values of no table are named with their pixels, whatever the numbering", () => {
  const names = { prediction: "p.png", truth: "t.png", instances: "i.png" };
  const refused = (
    predictionIds: "labelIds" | "trainIds",
    prediction: number[],
    truth: number[],
    message: RegExp,
  ) => {
    const map = (values: number[]) => ({ width: values.length, height: 1, data: Uint8Array.from(values) });
    const evaluation = new CityscapesMetric({ predictionIds, instances: false, checkIds: true });
    assert.throws(
      () => evaluation.add({ prediction: map(prediction), truth: map(truth), instances: null }, names),
      message,
    );
  };
  refused("labelIds", [26, 34, 34], [7, 7, 7], /p\.png.*: 34 \(2 pixels\); known are 0 to 33/);
  refused("trainIds", [0, 26, 255], [7, 7, 7], /p\.png.*: 26 \(1 pixel\); known are 0 to 18 and 255/);
  refused("labelIds", [7, 7], [7, 250], /t\.png.*: 250 \(1 pixel\); known are 0 to 33/);
  refused("labelIds", [7, 7], [7, 255], /t\.png: this ground truth looks like trainIds \(values 7 and 255\)/);
  refused("labelIds", [0, 1, 255], [7, 7, 7], /p\.png: it looks like trainIds/);
});

Deno.test("ground truth in trainIds gives the scores of the same in labelIds", () => {
  const prediction = drawn("0dd.0");
  const toTrainIds = new Map([[7, 0], [26, 13], [0, 255]]);
  const truth = { width: 5, height: 1, data: Uint8Array.of(7, 26, 7, 0, 7) };
  const inTrainIds = { ...truth, data: truth.data.map((id) => toTrainIds.get(id)!) };
  const instances = { width: 5, height: 1, data: Uint16Array.of(7, 26_001, 7, 0, 7) };
  const scores = [["labelIds", truth], ["trainIds", inTrainIds]] as const;
  const [expected, found] = scores.map(([truthIds, truth]) => {
    const metric = new CityscapesMetric({ predictionIds: "trainIds", instances: true, truthIds });
    metric.add({ prediction, truth, instances });
    return metric;
  });
  assert.deepEqual(found.toJSON(), expected.toJSON());
  assert.equal(expected.result().classScores.car, 1 / 2);
});

Deno.test("instance ids that were cut to 8 bits are refused, those without objects are not", () => {
  const names = { prediction: "p.png", truth: "t.png", instances: "i.png" };
  const truth = { width: 3, height: 1, data: Uint8Array.of(7, 26, 7) };
  const add = (...ids: number[]) => {
    const metric = new CityscapesMetric(OPTIONS);
    metric.add({ prediction: truth, truth, instances: { ...truth, data: Uint8Array.from(ids) } }, names);
    return metric;
  };
  for (const cut of [26_001 & 255, 26_123 & 255, 255, 0]) {
    assert.throws(() => add(7, cut, 7), /cannot use i\.png: its instance ids are cut to 8 bits, as it holds/);
  }
  assert.equal(add(7, 26, 7).images, 1);
});

Deno.test("instances of another size are refused by name", () => {
  const frame = { prediction: drawn("77"), truth: drawn("77"), instances: drawn("777") };
  const names = { prediction: "p.png", truth: "t.png", instances: "i.png" };
  assert.throws(
    () => new CityscapesMetric(OPTIONS).add(frame, names),
    /i\.png against t\.png.* 3 × 1 .* 2 × 1/,
  );
});

Deno.test("evaluations that were read differently do not merge, and damaged states are refused", () => {
  const evaluation = new CityscapesMetric(OPTIONS);
  assert.throws(
    () => evaluation.merge(new CityscapesMetric({ ...OPTIONS, predictionIds: "trainIds" })),
    /cannot merge predictions read as trainIds into those read as labelIds/,
  );
  assert.throws(
    () => evaluation.merge(new CityscapesMetric({ ...OPTIONS, instances: false })),
    /instance scores/,
  );
  const sound = JSON.parse(JSON.stringify(evaluation));
  for (
    const change of [{ format: "other" }, { predictionIds: "ids" }, { images: 1.5 }, { instances: 1 }, {
      confMatrix: [],
    }, {
      instanceStats: {},
    }]
  ) {
    assert.throws(
      () => CityscapesMetric.fromJSON({ ...sound, ...change }, "s.json"),
      /cannot read s\.json/,
    );
  }
});

Deno.test("partialScores() leaves the pixels of other classes out", () => {
  const evaluation = new CityscapesMetric({ ...OPTIONS, instances: false });
  // Truth: 4 road, 2 car, 2 bus. The bus pixels go to car and road.
  evaluation.add({ prediction: drawn("7777qqq7"), truth: drawn("7777qqss"), instances: null });
  const { confMatrix, classScores } = evaluation.result();
  assert.deepEqual([classScores.road, classScores.car, classScores.bus], [4 / 5, 2 / 3, 0]);
  assert.deepEqual(partialScores(confMatrix, new Set([7, 26])), {
    classScores: { road: 1, car: 1 },
    averageScoreClasses: 1,
    coverage: 6 / 8,
  });
});
