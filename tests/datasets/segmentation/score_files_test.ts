/** @slow starts workers for every case */
import assert from "node:assert/strict";
import { BneckError } from "../../../core/errors.ts";
import { encodeLabelPng, encodeRgbImage, type LabelMap } from "../../../core/images/mod.ts";
import { SegmentationEvaluation } from "../../../datasets/segmentation/evaluate.ts";
import { scoreFolderPairs } from "../../../datasets/segmentation/score_files.ts";
import { randomNumbers } from "../../../core/random.ts";

const LIST = {
  classes: [{ id: 0, name: "road" }, { id: 1, name: "car" }, { id: 300, name: "wide" }],
  ignore: [255],
};

function picture(seed: number, width = 40, height = 30): LabelMap {
  const random = randomNumbers(seed);
  const values = seed % 2 === 0 ? [0, 1, 255] : [0, 1, 300, 255];
  const data = Uint16Array.from(
    { length: width * height },
    () => values[Math.floor(random() * values.length)],
  );
  return { width, height, data };
}

/** Runs `test` with eleven pairs of files, and what they hold. */
async function withPairs(
  test: (pairs: { label: string; prediction: string }[], maps: [LabelMap, LabelMap][]) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    const maps = Array.from(
      { length: 11 },
      (_, k): [LabelMap, LabelMap] => [picture(k + 1), picture(k + 101)],
    );
    const pairs = maps.map(([truth, prediction], k) => {
      const pair = { label: `${folder}/${k}_gt.png`, prediction: `${folder}/${k}.png` };
      Deno.writeFileSync(pair.label, encodeLabelPng(truth));
      Deno.writeFileSync(pair.prediction, encodeLabelPng(prediction));
      return pair;
    });
    await test(pairs, maps);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("files scored by one worker or several give the scores of the images in them, in order", async () => {
  await withPairs(async (pairs, maps) => {
    const options = { list: LIST, boundaryTolerance: 1 };
    const plain = new SegmentationEvaluation(options);
    for (const [truth, prediction] of maps) plain.add(prediction, truth);
    for (const workers of [1, 3]) {
      const order: string[] = [];
      const accuracies: (number | null)[] = [];
      const evaluation = await scoreFolderPairs(pairs, {
        ...options,
        workers,
        onScored: ({ prediction }, { pixelAccuracy }) => {
          order.push(prediction);
          accuracies.push(pixelAccuracy);
        },
      });
      assert.deepEqual(evaluation.result(), plain.result());
      assert.deepEqual(order, pairs.map(({ prediction }) => prediction));
      const alone = new SegmentationEvaluation(options);
      alone.add(maps[4][1], maps[4][0]);
      assert.equal(accuracies[4], alone.result().pixelAccuracy);
    }
  });
});

Deno.test("pairs that cannot be scored are listed together, and there is no score", async () => {
  await withPairs(async (pairs) => {
    Deno.writeFileSync(
      pairs[1].prediction,
      await encodeRgbImage({ width: 40, height: 30, data: new Uint8Array(3600) }, "png"),
    );
    Deno.writeTextFileSync(pairs[3].label, "not a PNG");
    Deno.writeFileSync(pairs[5].prediction, encodeLabelPng(picture(2, 41, 30)));
    Deno.removeSync(pairs[7].prediction);
    Deno.writeFileSync(
      pairs[8].prediction,
      encodeLabelPng({ width: 40, height: 30, data: new Uint8Array(1200).fill(9) }),
    );
    await assert.rejects(scoreFolderPairs(pairs, { list: LIST, workers: 2 }), (error) => {
      assert.ok(error instanceof BneckError);
      assert.equal(error.exitStatus, 1);
      const [head, ...lines] = error.message.split("\n  ");
      assert.equal(head, "5 of 11 images cannot be scored, so there is no score:");
      assert.match(lines[0], /1\.png: it is a colour image/);
      assert.match(lines[1], /3_gt\.png: a label map must be a PNG/);
      assert.match(lines[2], /5\.png against .*5_gt\.png: the first has 41 × 30 .* the second 40 × 30/);
      assert.match(lines[3], /7\.png: no such file/);
      assert.match(lines[4], /8\.png: .*9 \(1,200 pixels\); known are 0, 1, 255 and 300/);
      return true;
    });

    const failed: string[] = [];
    const evaluation = await scoreFolderPairs(pairs, {
      list: LIST,
      workers: 2,
      onFailure: ({ prediction }) => failed.push(prediction),
    });
    assert.deepEqual(failed, [1, 3, 5, 7, 8].map((k) => pairs[k].prediction));
    assert.equal(evaluation.result().images, 6);
  });
});

Deno.test("no pairs give an evaluation without images, and an aborted scoring none", async () => {
  assert.equal((await scoreFolderPairs([], { list: LIST })).result().images, 0);
  await withPairs(async (pairs) => {
    const signal = AbortSignal.abort(new Error("enough"));
    await assert.rejects(scoreFolderPairs(pairs, { list: LIST, signal }), /enough/);
  });
});
