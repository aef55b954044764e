/** @slow starts workers for every case */
import assert from "node:assert/strict";
import { encodeLabelPng } from "../../../core/images/mod.ts";
import { CityscapesEvaluation } from "../../../datasets/cityscapes/evaluate.ts";
import { pairPredictions, readCityscapes } from "../../../datasets/cityscapes/layout.ts";
import { PIXEL_LABELS } from "../../../datasets/cityscapes/labels.ts";
import { scoreCityscapesFiles } from "../../../datasets/cityscapes/score_files.ts";
import { frameScore } from "../../../datasets/cityscapes/scores.ts";
import { type Frame, frames, withSet } from "./support.ts";

async function pairsIn(root: string) {
  return await pairPredictions(await readCityscapes(root, "val"), `${root}/results`);
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
  const expected = new CityscapesEvaluation({ predictionIds: "labelIds", instances: true });
  for (const frame of all) expected.add(frame);
  await withSet(all, async (root) => {
    for (const workers of [1, 3]) {
      const names: string[] = [];
      const { evaluation, predictionIds } = await scoreCityscapesFiles(await pairsIn(root), {
        workers,
        onScored: ({ name }, { meanIou }) => names.push(`${name} ${meanIou}`),
      });
      assert.deepEqual(evaluation.result(), expected.result());
      assert.deepEqual(evaluation.instanceStats(), expected.instanceStats());
      assert.equal(predictionIds.ids, "labelIds");
      assert.match(predictionIds.because, /^the values of .*_pred\.png fit no other numbering$/);
      const alone = all.map((frame) => {
        const one = new CityscapesEvaluation({ predictionIds: "labelIds", instances: false });
        one.add(frame);
        return `${frame.name} ${one.result().averageScoreClasses}`;
      });
      assert.deepEqual(names, alone);
    }
  });
});

Deno.test("a frame's score is that of a set of this frame", () => {
  const [frame] = frames(1);
  const evaluation = new CityscapesEvaluation({ predictionIds: "labelIds", instances: false });
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
  const expected = new CityscapesEvaluation({ predictionIds: "labelIds", instances: true });
  for (const frame of all) expected.add(frame);
  for (const [ending, because] of [["_labelTrainIds.png", /file names/], ["_pred.png", /values/]] as const) {
    await withSet(all.map(trainIds), async (root) => {
      const { evaluation, predictionIds } = await scoreCityscapesFiles(await pairsIn(root), { workers: 2 });
      assert.equal(predictionIds.ids, "trainIds");
      assert.match(predictionIds.because, because);
      assert.deepEqual(evaluation.result(), expected.result());
    }, ending);
  }
});

Deno.test("a set that mixes labelIds and trainIds is refused, whichever comes first", async () => {
  const [a, b, c] = sorted(frames(3));
  for (const mix of [[a, b, trainIds(c)], [trainIds(a), b, c]]) {
    await withSet(mix, async (root) => {
      await assert.rejects(
        scoreCityscapesFiles(await pairsIn(root), { workers: 1 }),
        /[12] of 3 images cannot be scored, so there is no score:\n.*_pred\.png: it looks like (label|train)Ids/,
      );
    });
  }
});

Deno.test("files whose values contradict their names are refused, unless the ids are stated", async () => {
  await withSet(frames(2).map(trainIds), async (root) => {
    const pairs = await pairsIn(root);
    await assert.rejects(scoreCityscapesFiles(pairs), /2 of 2 .*\n.*it looks like trainIds/);
    const { predictionIds } = await scoreCityscapesFiles(pairs, { predictionIds: "trainIds" });
    assert.deepEqual(predictionIds, { ids: "trainIds", because: "it was stated" });
  }, "_labelIds.png");
});

Deno.test("without instanceIds the instance scores are left at the official script's zeros", async () => {
  await withSet(frames(2).map((frame) => ({ ...frame, instances: null })), async (root) => {
    const { evaluation } = await scoreCityscapesFiles(await pairsIn(root));
    assert.equal(evaluation.options.instances, false);
    assert.equal(evaluation.result().classInstScores.car, 0);
    await assert.rejects(
      scoreCityscapesFiles(await pairsIn(root), { instances: true }),
      /no \*_instanceIds\.png/,
    );
  });
});

Deno.test("16-bit predictions are read with exact ids", async () => {
  const [frame] = frames(1);
  await withSet([frame], async (root) => {
    const wide = { ...frame.prediction, data: Uint16Array.from(frame.prediction.data) };
    wide.data[0] = 300;
    await Deno.writeFile(`${root}/results/${frame.name}_pred.png`, encodeLabelPng(wide));
    await assert.rejects(scoreCityscapesFiles(await pairsIn(root)), /: 300 \(1 pixel\); known are 0 to 33/);
  });
});
