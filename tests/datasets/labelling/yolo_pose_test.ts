import assert from "node:assert/strict";
import { encodeRgbImage } from "../../../core/images/mod.ts";
import {
  cocoParams,
  cocoScores,
  evaluateCoco,
  readAnnotations,
  readDetections,
} from "../../../datasets/coco/mod.ts";
import { readLabelledDetections, readLabelledTruth } from "../../../datasets/labelling/label_files.ts";
import { readYolo } from "../../../datasets/labelling/yolo.ts";
import { withFiles } from "./with_files.ts";

const WIDTH = 200, HEIGHT = 100;

async function filesOf(truth: string, found: string, shape = "[2, 3]") {
  const data = new Uint8Array(WIDTH * HEIGHT * 3);
  return {
    "yolo/data.yaml": `path: .\nval: images\nnames: [person]\nkpt_shape: ${shape}\n`,
    "yolo/images/a.png": await encodeRgbImage({ width: WIDTH, height: HEIGHT, data }, "png"),
    "yolo/labels/a.txt": truth,
    "found/labels/a.txt": found,
  };
}

Deno.test("YOLO: keypoints of two and three numbers, with their visibility", async () => {
  const line = "0 0.5 0.5 0.2 0.4 0.45 0.5 2 0 0 0\n";
  await withFiles(await filesOf(line, ""), async (folder) => {
    const { images: [{ objects: [{ parts, keypoints }] }] } = await readYolo(`${folder}/yolo/data.yaml`);
    assert.deepEqual(parts, [{ kind: "box", box: [80, 30, 40, 40] }]);
    assert.deepEqual(keypoints, [90, 50, 2, 0, 0, 0]);
  });
  await withFiles(await filesOf("0 0.5 0.5 0.2 0.4 0.45 0.5 -1 -1\n", "", "[2, 2]"), async (folder) => {
    const { images: [{ objects: [{ keypoints }] }] } = await readYolo(`${folder}/yolo/data.yaml`);
    assert.deepEqual(keypoints, [90, 50, 2, -200, -100, 0]);
  });
  await withFiles(await filesOf("0 0.5 0.5 0.2 0.4 0.45 0.5 2\n", ""), async (folder) => {
    await assert.rejects(
      readYolo(`${folder}/yolo/data.yaml`),
      /line 1 has 8 numbers: class, box, 3 for each of 2 keypoints are 11/,
    );
  });
});

Deno.test("YOLO: keypoints score as they do in COCO's files", async () => {
  const truth = [[80, 30, 40, 40, 90, 50, 2, 110, 60, 1], [10, 10, 60, 60, 20, 20, 2, 0, 0, 0]];
  const found = [[80, 30, 40, 40, 92, 51, 0.9, 109, 64, 0.8, 0.7], [
    12,
    8,
    60,
    60,
    25,
    24,
    0.5,
    40,
    40,
    0.1,
    0.6,
  ]];
  const shares = ([x, y, w, h, ...rest]: readonly number[]) =>
    [0, (x + w / 2) / WIDTH, (y + h / 2) / HEIGHT, w / WIDTH, h / HEIGHT].concat(
      rest.map((value, i) => i >= 6 || i % 3 === 2 ? value : value / (i % 3 === 0 ? WIDTH : HEIGHT)),
    ).join(" ") + "\n";
  const coco = {
    images: [{ id: 1, file_name: "a.png", width: WIDTH, height: HEIGHT }],
    categories: [{ id: 1, name: "person" }],
    annotations: truth.map((numbers, k) => ({
      ...{ id: k + 1, image_id: 1, category_id: 1, bbox: numbers.slice(0, 4), area: numbers[2] * numbers[3] },
      ...{ keypoints: numbers.slice(4), iscrowd: 0 },
    })),
  };
  const results = found.map((numbers) => ({
    ...{ image_id: 1, category_id: 1, keypoints: numbers.slice(4, 10), score: numbers[10] },
  }));
  const options = { keypoints: 2 };
  const params = cocoParams({ iouType: "keypoints", oksSigmas: [0.05, 0.1] });
  const encode = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));
  const files = await filesOf(truth.map(shares).join(""), found.map(shares).join(""));
  await withFiles(files, async (folder) => {
    const ofCoco = readAnnotations({ name: "truth.json", bytes: encode(coco) }, options);
    const expected = cocoScores(evaluateCoco(
      ofCoco,
      readDetections({ name: "found.json", bytes: encode(results) }, ofCoco, options),
      params,
    ));
    const ofYolo = await readLabelledTruth(`${folder}/yolo/data.yaml`, undefined, options);
    const detections = await readLabelledDetections(`${folder}/found/labels`, ofYolo, options);
    assert.deepEqual(cocoScores(evaluateCoco(ofYolo, detections, params)), expected);
    assert.ok(JSON.stringify(expected).match(/0\.\d/), JSON.stringify(expected));
  });
});
