import assert from "node:assert/strict";
import { CityscapesMetric, frameScore, partialScores, tallyFrame } from "../../../datasets/cityscapes/mod.ts";
import { streetScene } from "../../bench/street_scene.ts";

Deno.test("the score of a frame is that of a set which holds it alone", () => {
  const options = { predictionIds: "labelIds", instances: false } as const;
  const { counts } = tallyFrame({ ...streetScene(96, 48, 3), instances: null }, options);
  const evaluation = new CityscapesMetric(options);
  evaluation.addTally({ counts, instances: new Float64Array() });
  const { averageScoreClasses, confMatrix } = evaluation.result();
  assert.equal(frameScore(counts).meanIou, averageScoreClasses);

  const kept = new Set([7, 26]);
  assert.equal(frameScore(counts, kept).meanIou, partialScores(confMatrix, kept).averageScoreClasses);
  const [road, car] = [7, 26].map((id) => confMatrix[id]);
  const pixels = [...road, ...car].reduce((sum, count) => sum + count, 0);
  assert.equal(frameScore(counts, kept).pixelAccuracy, (road[7] + car[26]) / pixels);
  assert.deepEqual(frameScore(counts, new Set()), { meanIou: null, pixelAccuracy: null });
});
