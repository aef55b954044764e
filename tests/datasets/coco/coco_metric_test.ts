import assert from "node:assert/strict";
import type { CocoId } from "../../../datasets/coco/ids.ts";
import { takeShard } from "../../../core/files/shard.ts";
import { CocoMetric } from "../../../datasets/coco/coco_metric.ts";
import { cocoSet } from "../../../datasets/coco/coco_set.ts";
import { evaluateCoco, matchDetections } from "../../../datasets/coco/evaluate.ts";
import { matchesToJson } from "../../../datasets/coco/matching/matches_json.ts";
import { cocoParams } from "../../../datasets/coco/params.ts";
import { dataSet } from "./data_set.ts";
import { json, readBoth, refuses } from "./support.ts";

const { truth, detections } = readBoth(dataSet().truth, dataSet().detections);
const params = cocoParams();
const whole = matchDetections(truth, detections, params);

Deno.test("a metric fed image by image, on two machines, gives the result of the files", () => {
  const metrics = [new CocoMetric(truth, params), new CocoMetric(truth, params)];
  truth.images.forEach(({ id }, i) => {
    const found = dataSet().detections.filter(({ image_id }) => image_id === id);
    metrics[i % 2].add({
      imageId: id,
      detections: found.map(({ category_id, bbox, score }) => ({
        categoryId: category_id,
        box: bbox as [number, number, number, number],
        score,
      })),
    });
  });
  metrics[1].merge(metrics[0]);
  assert.deepEqual(metrics[1].result(), evaluateCoco(truth, detections, params));
  assert.equal(JSON.stringify(metrics[1]), JSON.stringify(matchesToJson(whole)));
});

Deno.test("a metric knows only the images that were added", () => {
  const metric = new CocoMetric(truth, params);
  const [{ id }] = truth.images;
  metric.add({ imageId: id, detections: [] });
  assert.equal(metric.result().images, 1);
  refuses(() => metric.add({ imageId: id, detections: [] }), /cannot evaluate image \d+ twice/);
  const box: [number, number, number, number] = [0, 0, 1, 1];
  const unknown = { imageId: 1000, detections: [{ categoryId: 1, box, score: 1 }] };
  refuses(() => metric.add(unknown), /image 1000 is not in gt\.json/);
});

Deno.test("detections added at once, in workers, in shards or through saved states are one evaluation", async () => {
  const expected = JSON.stringify(matchesToJson(whole));
  const atOnce = new CocoMetric(truth, params);
  atOnce.addDetections(detections);
  assert.equal(JSON.stringify(atOnce), expected);
  assert.equal(atOnce.images, 40);
  const counted = dataSet().truth.annotations.filter(({ iscrowd }) => iscrowd === 0);
  assert.equal(atOnce.objects, counted.length);

  const inWorkers = new CocoMetric(truth, params);
  await inWorkers.addDetectionsParallel(detections, { workers: 2 });
  assert.equal(JSON.stringify(inWorkers), expected);

  const shards = [1, 2, 3].map((number) => {
    const metric = new CocoMetric(truth, params);
    metric.addDetections(detections, takeShard(truth.images.map(({ id }) => id), { number, count: 3 }));
    return CocoMetric.fromJSON(JSON.parse(JSON.stringify(metric)), "shard.json");
  });
  for (const shard of [shards[2], shards[1]]) shards[0].merge(shard);
  assert.equal(JSON.stringify(shards[0]), expected);
  assert.deepEqual(shards[0].result(), evaluateCoco(truth, detections, params));
});

Deno.test("a set adds the detections of a results file for the images that it selects", async () => {
  const set = await cocoSet(json(dataSet().truth, "gt.json"), undefined, { limit: 10 });
  const metric = new CocoMetric(set.annotations, cocoParams({ imageIds: set.imageIds }));
  await set.addPredictions(json(dataSet().detections, "dt.json"), metric);
  assert.deepEqual([set.total, metric.images, metric.result().images], [10, 10, 10]);
});

Deno.test("metrics of other parameters or the same images do not merge, and a restored one takes nothing", () => {
  const of = (overrides: Parameters<typeof cocoParams>[0], imageIds?: readonly CocoId[]) => {
    const metric = new CocoMetric(truth, cocoParams(overrides));
    metric.addDetections(detections, imageIds);
    return metric;
  };
  const metric = of({});
  refuses(
    () => metric.merge(of({ maxDetections: [1, 2, 3] })),
    /other thresholds, classes, images or limits/,
  );
  refuses(() => metric.merge(of({}, [truth.images[4].id])), /image \d+ is in both/);
  refuses(() => metric.addDetections(detections), /cannot evaluate image \d+ twice/);
  assert.equal(metric.images, 40);
  const restored = CocoMetric.fromJSON(JSON.parse(JSON.stringify(metric)), "state.json");
  refuses(() => restored.add({ imageId: 1, detections: [] }), /restored from a saved state/);
  refuses(
    () => CocoMetric.fromJSON({}, "state.json"),
    /state\.json: it is not the state of a COCO evaluation/,
  );
});
