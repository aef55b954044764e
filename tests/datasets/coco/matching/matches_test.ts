import assert from "node:assert/strict";
import { accumulate } from "../../../../datasets/coco/accumulate.ts";
import { evaluateCoco, matchDetections } from "../../../../datasets/coco/evaluate.ts";
import {
  evaluateCocoParallel,
  startMatchPool,
  usefulWorkers,
} from "../../../../datasets/coco/evaluate_parallel.ts";
import { mergeMatches } from "../../../../datasets/coco/matching/matches.ts";
import {
  matchesFromJson,
  type MatchesJson,
  matchesToJson,
} from "../../../../datasets/coco/matching/matches_json.ts";
import { cocoParams } from "../../../../datasets/coco/params.ts";
import { takeShard } from "../../../../core/files/shard.ts";
import { dataSet } from "../data_set.ts";
import { readBoth, refuses } from "../support.ts";

const { truth, detections } = readBoth(dataSet().truth, dataSet().detections);
const params = cocoParams();
const whole = matchDetections(truth, detections, params);
const shards = [1, 2, 3].map((number) => {
  const ids = takeShard(truth.images.map(({ id }) => id), { number, count: 3 });
  return matchDetections(truth, detections, params, ids);
});

Deno.test("shards merge to the bytes of one run, in any order", () => {
  const expected = JSON.stringify(matchesToJson(whole));
  for (const order of [[0, 1, 2], [2, 0, 1], [1, 2, 0]]) {
    assert.equal(JSON.stringify(matchesToJson(mergeMatches(order.map((i) => shards[i])))), expected);
  }
  const stepwise = mergeMatches([mergeMatches([shards[2], shards[0]]), shards[1]]);
  assert.equal(JSON.stringify(matchesToJson(stepwise)), expected);
});

Deno.test("merged shards that went through files give the tensors of one run", () => {
  const read = shards.map((shard, i) =>
    matchesFromJson(JSON.parse(JSON.stringify(matchesToJson(shard))), `${i}.json`)
  );
  assert.deepEqual(accumulate(mergeMatches(read)), evaluateCoco(truth, detections, params));
});

Deno.test("shards that do not belong together are refused", () => {
  refuses(() => mergeMatches([]), /none given/);
  refuses(() => mergeMatches([shards[0], shards[0]]), /image \d+ is in more than one/);
  const other = matchDetections(truth, detections, cocoParams({ maxDetections: [1, 10, 50] }));
  refuses(() => mergeMatches([shards[0], other]), /number 2 has other parameters/);
});

Deno.test("a file that is no state of an evaluation is refused", () => {
  const good = matchesToJson(whole);
  const changed = (change: Partial<Record<keyof MatchesJson, unknown>>) => () =>
    matchesFromJson({ ...good, ...change }, "shard.json");
  const zeros = (bytes: number) => new Uint8Array(bytes).toBase64();
  for (const value of [null, 7, [], {}, { format: "something" }]) {
    refuses(
      () => matchesFromJson(value, "shard.json"),
      /cannot read shard\.json: it is not the state of a COCO/,
    );
  }
  refuses(changed({ version: 99 }), /its version is 99, this program reads version 1/);
  refuses(changed({ score: undefined }), /no score in it/);
  refuses(changed({ score: "§" }), /no score in it/);
  refuses(changed({ score: zeros(7) }), /no score in it/);
  refuses(changed({ categories: 3 }), /it is incomplete/);
  refuses(changed({ params: { maxDetections: [-1] } }), /its parameters are not those of an evaluation/);
  refuses(changed({ params: { areaRanges: 7 } }), /its parameters are not those of an evaluation/);
  refuses(changed({ score: zeros(8) }), /its parts do not fit together/);
  refuses(changed({ imageIds: zeros(8) }), /its parts do not fit together/);
  refuses(changed({ outcomes: zeros(40) }), /its parts do not fit together/);
  refuses(changed({ positives: zeros(8) }), /its parts do not fit together/);
  // All detections with the same outcomes, though there are fewer outcomes than detections.
  refuses(changed({ outcomeRow: zeros(4 * whole.outcomeRow.length) }), /its parts do not fit together/);
  refuses(changed({ outcomes: `${good.outcomes.slice(0, -4)}` }), /its parts do not fit together/);
});

Deno.test("threads give the bits of one thread, for boxes and for masks", async () => {
  const files = dataSet();
  const annotations = files.truth.annotations.map((one) => ({ ...one, segmentation: [one.bbox] }));
  await using pool = await startMatchPool(2);
  for (const iouType of ["bbox", "segm"] as const) {
    const read = readBoth({ ...files.truth, annotations }, files.detections, { masks: iouType === "segm" });
    const params = cocoParams({ iouType });
    const expected = evaluateCoco(read.truth, read.detections, params);
    const spread = evaluateCocoParallel(read.truth, read.detections, params, { workers: 2, pool });
    assert.deepEqual(await spread, expected);
  }
});

Deno.test("threads are started and closed where none are given, and only where there are several", async () => {
  const expected = evaluateCoco(truth, detections, params);
  for (const workers of [0, 1, 2]) {
    assert.deepEqual(await evaluateCocoParallel(truth, detections, params, { workers }), expected);
  }
});

Deno.test("threads are useful only for much work", () => {
  const of = (length: number) => ({ ...detections, length });
  assert.equal(usefulWorkers(of(400_000), params, 8), 0);
  assert.equal(usefulWorkers(of(8_000_000), params, 8), 4);
  assert.equal(usefulWorkers(of(10_000_000), cocoParams({ iouType: "segm" }), 8), 8);
});
