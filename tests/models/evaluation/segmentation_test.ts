import assert from "node:assert/strict";
import { BneckError } from "../../../core/errors.ts";
import { encodeLabelPng, encodeRgbImage, type LabelMap } from "../../../core/images/mod.ts";
import { randomNumbers } from "../../../core/random.ts";
import {
  type FolderPair,
  SegmentationMetric,
  segmentationSet,
  type SegmentationTally,
} from "../../../datasets/segmentation/mod.ts";
import { evaluate, type EvaluateOptions } from "../../../models/evaluation/mod.ts";

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

/** Runs `test` in a folder with eleven pairs of files, in `gt` and `found`, and what they hold. */
async function withPairs(
  test: (folder: string, maps: [LabelMap, LabelMap][]) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    for (const name of ["gt", "found"]) Deno.mkdirSync(`${folder}/${name}`);
    const maps = Array.from(
      { length: 11 },
      (_, k): [LabelMap, LabelMap] => [picture(k + 1), picture(k + 101)],
    );
    maps.forEach(([truth, prediction], k) => {
      const name = String(k).padStart(2, "0");
      Deno.writeFileSync(`${folder}/gt/${name}_gt.png`, encodeLabelPng(truth));
      Deno.writeFileSync(`${folder}/found/${name}.png`, encodeLabelPng(prediction));
    });
    await test(folder, maps);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Scores the pairs in `folder`. */
async function score(
  folder: string,
  options: EvaluateOptions<FolderPair, SegmentationTally> = {},
  boundaryTolerance?: number,
): Promise<SegmentationMetric> {
  const metric = new SegmentationMetric({ list: LIST, boundaryTolerance });
  const set = await segmentationSet({ labels: `${folder}/gt` });
  await evaluate({ predictions: `${folder}/found` }, set, metric, options);
  return metric;
}

Deno.test("files scored by one worker or several give the scores of the images in them, in order", async () => {
  await withPairs(async (folder, maps) => {
    const options = { list: LIST, boundaryTolerance: 1 };
    const plain = new SegmentationMetric(options);
    for (const [truth, prediction] of maps) plain.add(prediction, truth);
    for (const workers of [1, 3]) {
      const order: string[] = [];
      const accuracies: (number | null)[] = [];
      const onImage = ({ name }: FolderPair, tally: SegmentationTally) => {
        order.push(name);
        accuracies.push(plain.imageScore(tally).pixelAccuracy);
      };
      const metric = await score(folder, { workers, onImage }, 1);
      assert.deepEqual(metric.result(), plain.result());
      assert.deepEqual(order, maps.map((_, k) => String(k).padStart(2, "0")));
      const alone = new SegmentationMetric(options);
      alone.add(maps[4][1], maps[4][0]);
      assert.equal(accuracies[4], alone.result().pixelAccuracy);
    }
  });
});

Deno.test("pairs that cannot be scored are listed together, and there is no score", async () => {
  await withPairs(async (folder) => {
    const [label, prediction] = ["gt/0#_gt.png", "found/0#.png"]
      .map((path) => (k: number) => `${folder}/${path.replace("#", String(k))}`);
    Deno.writeFileSync(
      prediction(1),
      await encodeRgbImage({
        width: 40,
        height: 30,
        data: Uint8Array.from({ length: 3600 }, (_, i) => i % 251),
      }, "png"),
    );
    Deno.writeTextFileSync(label(3), "not a PNG");
    Deno.writeFileSync(prediction(5), encodeLabelPng(picture(2, 41, 30)));
    // Gone between the listing and the reading.
    const onPredictions = () => Deno.removeSync(prediction(7));
    Deno.writeFileSync(
      prediction(8),
      encodeLabelPng({ width: 40, height: 30, data: new Uint8Array(1200).fill(9) }),
    );
    await assert.rejects(score(folder, { workers: 2, onPredictions }), (error) => {
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
    Deno.writeFileSync(prediction(7), encodeLabelPng(picture(108)));
    const onFailure = ({ name }: FolderPair) => failed.push(name);
    const metric = await score(folder, { workers: 2, onPredictions, onFailure });
    assert.deepEqual(failed, ["01", "03", "05", "07", "08"]);
    assert.equal(metric.result().images, 6);
  });
});

Deno.test("no images give a metric without images, and an aborted scoring none", async () => {
  await withPairs(async (folder) => {
    const set = await segmentationSet({ labels: `${folder}/gt`, limit: 0 });
    const metric = new SegmentationMetric({ list: LIST });
    await evaluate({ predictions: `${folder}/found` }, set, metric);
    assert.equal(metric.result().images, 0);
    const signal = AbortSignal.abort(new Error("enough"));
    await assert.rejects(score(folder, { signal }), /enough/);
  });
});
