/** @slow starts workers for every case */
import assert from "node:assert/strict";
import { encodeLabelPng } from "../../../core/images/mod.ts";
import {
  type CityscapesImage,
  CityscapesMetric,
  type CityscapesMetricOptions,
  cityscapesSet,
  type CityscapesTally,
  frameScore,
  PIXEL_LABELS,
} from "../../../datasets/cityscapes/mod.ts";
import { evaluate, type EvaluateOptions } from "../../../models/evaluation/mod.ts";
import { type Frame, frames, withSet } from "../../datasets/cityscapes/support.ts";

/** Scores the results in `root`; also returns what was said of them. */
async function score(
  root: string,
  given: CityscapesMetricOptions = {},
  options: EvaluateOptions<CityscapesImage, CityscapesTally> = {},
): Promise<{ metric: CityscapesMetric; notes: readonly string[] }> {
  const metric = new CityscapesMetric(given);
  const notes: string[] = [];
  await evaluate({ predictions: `${root}/results` }, await cityscapesSet(root), metric, {
    onPredictions: (found) => notes.push(...found.notes),
    ...options,
  });
  return { metric, notes };
}

/** Frames as their files are listed. */
function sorted(frames: readonly Frame[]): Frame[] {
  return frames.toSorted((a, b) => a.name < b.name ? -1 : 1);
}

function trainIds(frame: Frame): Frame {
  const data = Uint8Array.from(frame.prediction.data, (id) => PIXEL_LABELS[id].trainId);
  return { ...frame, prediction: { ...frame.prediction, data } };
}

Deno.test("files scored by one worker or several give the scores of the images in them, frame by frame", async () => {
  const all = sorted(frames(7));
  const expected = new CityscapesMetric({ predictionIds: "labelIds", instances: true });
  for (const frame of all) expected.add(frame);
  await withSet(all, async (root) => {
    for (const workers of [1, 3]) {
      const names: string[] = [];
      const { metric, notes } = await score(root, {}, {
        workers,
        onImage: ({ name }, tally) => names.push(`${name} ${expected.imageScore(tally).meanIou}`),
      });
      assert.deepEqual(metric.result(), expected.result());
      assert.deepEqual(metric.instanceStats(), expected.instanceStats());
      assert.equal(metric.options.predictionIds, "labelIds");
      assert.match(notes[0], /labelIds: the values of .*_pred\.png fit no other numbering$/);
      const alone = all.map((frame) => {
        const one = new CityscapesMetric({ predictionIds: "labelIds", instances: false });
        one.add(frame);
        return `${frame.name} ${one.result().averageScoreClasses}`;
      });
      assert.deepEqual(names, alone);
    }
  });
});

Deno.test("a frame's score is that of a set of this frame", () => {
  const [frame] = frames(1);
  const evaluation = new CityscapesMetric({ predictionIds: "labelIds", instances: false });
  evaluation.add(frame);
  const { confMatrix, averageScoreClasses } = evaluation.result();
  const { meanIou, pixelAccuracy } = frameScore(Float64Array.from(confMatrix.flat()));
  assert.equal(meanIou, averageScoreClasses);
  const counted = [...frame.truth.data].map((id, i) => [id, frame.prediction.data[i]])
    .filter(([id]) => !PIXEL_LABELS[id].ignoreInEval);
  assert.equal(pixelAccuracy, counted.filter(([id, predicted]) => id === predicted).length / counted.length);
});

Deno.test("predictions in trainIds are recognised by their names or by their values", async () => {
  const all = sorted(frames(3));
  const expected = new CityscapesMetric({ predictionIds: "labelIds", instances: true });
  for (const frame of all) expected.add(frame);
  for (const [ending, because] of [["_labelTrainIds.png", /file names/], ["_pred.png", /values/]] as const) {
    await withSet(all.map(trainIds), async (root) => {
      const { metric, notes } = await score(root, {}, { workers: 2 });
      assert.equal(metric.options.predictionIds, "trainIds");
      assert.match(notes[0], because);
      assert.deepEqual(metric.result(), expected.result());
    }, ending);
  }
});

Deno.test("a set that mixes labelIds and trainIds is refused, whichever comes first", async () => {
  const [a, b, c] = sorted(frames(3));
  for (const mix of [[a, b, trainIds(c)], [trainIds(a), b, c]]) {
    await withSet(mix, async (root) => {
      await assert.rejects(
        score(root, {}, { workers: 1 }),
        /[12] of 3 images cannot be scored, so there is no score:\n.*_pred\.png: it looks like (label|train)Ids/,
      );
    });
  }
});

Deno.test("files whose values contradict their names are refused, unless the ids are stated", async () => {
  await withSet(frames(2).map(trainIds), async (root) => {
    await assert.rejects(score(root), /2 of 2 .*\n.*it looks like trainIds/);
    const { metric, notes } = await score(root, { predictionIds: "trainIds" });
    assert.deepEqual(notes, ["the predictions are read as trainIds: as stated"]);
    assert.equal(metric.options.predictionIds, "trainIds");
  }, "_labelIds.png");
});

Deno.test("without instanceIds the instance scores are left at the official script's zeros", async () => {
  await withSet(frames(2).map((frame) => ({ ...frame, instances: null })), async (root) => {
    const { metric } = await score(root);
    assert.equal(metric.options.instances, false);
    assert.equal(metric.result().classInstScores.car, 0);
    await assert.rejects(score(root, { instances: true }), /no \*_instanceIds\.png/);
  });
});

Deno.test("16-bit predictions are read with exact ids", async () => {
  const [frame] = frames(1);
  await withSet([frame], async (root) => {
    const wide = { ...frame.prediction, data: Uint16Array.from(frame.prediction.data) };
    wide.data[0] = 300;
    await Deno.writeFile(`${root}/results/${frame.name}_pred.png`, encodeLabelPng(wide));
    await assert.rejects(score(root), /: 300 \(1 pixel\); known are 0 to 33/);
  });
});
