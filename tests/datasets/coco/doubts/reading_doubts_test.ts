/** Detections that find nothing because of how a file is written: what is said of it. */
import assert from "node:assert/strict";
import { readAnnotations } from "../../../../datasets/coco/files/annotations.ts";
import { readDetections } from "../../../../datasets/coco/files/detections.ts";
import { evaluateCoco, evaluationWarnings } from "../../../../datasets/coco/evaluate.ts";
import { compressCounts } from "../../../../datasets/coco/masks/rle_string.ts";
import { cocoParams } from "../../../../datasets/coco/params.ts";
import { summarize } from "../../../../datasets/coco/summarize.ts";
import { json } from "../support.ts";

type Box = number[];
// deno-lint-ignore no-explicit-any
type Json = any;

const WIDTH = 240, HEIGHT = 160;
const CLASSES = ["ant", "bee", "cat", "dog", "elk", "fox"];

const corners = ([x, y, w, h]: Box) => [x, y, x + w, y, x + w, y + h, x, y + h];

/** Three images with four objects each, all found, of classes 1 to 6; whatever is `change`d. */
function evaluated(
  change: (set: { truth: Json; found: Json[] }) => void,
  { masks = false, subset }: { masks?: boolean; subset?: number[] } = {},
): { AP: number; warnings: string[] } {
  const boxes = Array.from({ length: 12 }, (_, i) => [13 + 55 * (i % 4), 20 + 7 * i, 24 + i, 30 - i]);
  const truth: Json = {
    images: [1, 2, 3].map((id) => ({ id, width: WIDTH, height: HEIGHT })),
    annotations: boxes.map((bbox, i) => ({
      id: i + 1,
      image_id: 1 + i % 3,
      category_id: 1 + i % 5,
      bbox,
      area: bbox[2] * bbox[3],
      iscrowd: 0,
      ...masks && { segmentation: [corners(bbox)] },
    })),
    categories: CLASSES.map((name, i) => ({ id: i + 1, name })),
  };
  const found = truth.annotations.map(({ image_id, category_id, bbox, segmentation }: Json, i: number) => ({
    image_id,
    category_id,
    bbox,
    ...masks && { segmentation },
    score: 0.01 + i / 20,
  }));
  change({ truth, found });
  const annotations = readAnnotations(json(truth, "gt.json"), { masks });
  const detections = readDetections(json(found, "dt.json"), annotations, { masks });
  const params = cocoParams({ iouType: masks ? "segm" : "bbox", ...subset && { imageIds: subset } });
  const result = evaluateCoco(annotations, detections, params);
  const warnings = evaluationWarnings(annotations, detections, params, result);
  assert.deepEqual(warnings, evaluationWarnings(annotations, detections, params));
  return { AP: summarize(result).AP, warnings };
}

/** Changes all boxes of the detections or the annotations. */
const boxes = (of: "found" | "truth", read: (box: Box) => Box) => (set: { truth: Json; found: Json[] }) => {
  for (const row of of === "found" ? set.found : set.truth.annotations) row.bbox = read(row.bbox);
};

Deno.test("detections that find their objects say nothing, however they are written", () => {
  assert.deepEqual(evaluated(() => {}).warnings, []);
  assert.deepEqual(evaluated(() => {}, { masks: true }).warnings, []);
  // A bad detector, whose boxes lie anywhere.
  const anywhere = boxes("found", ([x, y, w, h]) => [(7 * y) % 200, (11 * x) % 120, h / 2, w]);
  assert.deepEqual(evaluated(anywhere).warnings, []);
});

const FORMS: [string, (box: Box) => Box][] = [
  ["[x1, y1, x2, y2]", ([x, y, w, h]) => [x, y, x + w, y + h]],
  ["[centre x, centre y, width, height]", ([x, y, w, h]) => [x + w / 2, y + h / 2, w, h]],
  ["[y, x, height, width]", ([x, y, w, h]) => [y, x, h, w]],
  ["[y1, x1, y2, x2]", ([x, y, w, h]) => [y, x, y + h, x + w]],
];
const scaled = (ofX: number, ofY: number) => ([x, y, w, h]: Box) => [x * ofX, y * ofY, w * ofX, h * ofY];

Deno.test("boxes of another form, or of fractions, are named as what they are", () => {
  for (
    const [unit, size] of [["", 0], [" in fractions of the image's size", 1], [
      " in thousandths of",
      1000,
    ]] as const
  ) {
    const toUnit = size === 0 ? scaled(1, 1) : scaled(size / WIDTH, size / HEIGHT);
    for (const [form, write] of [...FORMS, ["[x, y, width, height]", (box: Box) => box] as typeof FORMS[0]]) {
      if (size === 0 && form === "[x, y, width, height]") continue;
      const { AP, warnings } = evaluated(boxes("found", (box) => write(toUnit(box))));
      const said = warnings.filter((warning) => warning.includes("of 12 objects in 3 images are found, and"));
      assert.equal(said.length, 1, warnings.join("\n"));
      if (unit === "" || !form.startsWith("[y")) {
        assert.ok(
          said[0].startsWith("dt.json: ") && said[0].includes(`the boxes are probably ${form}${unit}`),
          said[0],
        );
      }
      assert.ok(AP < 0.15);
      assert.equal(warnings.filter((warning) => /leave their images|beyond 1 pixel/.test(warning)).length, 0);
    }
  }
  const { warnings } = evaluated(boxes("truth", FORMS[1][1]));
  assert.match(
    warnings.join(),
    /^gt\.json: the boxes are probably \[centre x.*: read so, 12 of 12 objects in 3 images are found, and/,
  );
});

Deno.test("boxes in pixels of a network's input are named with its size", () => {
  const side = 640, ratio = side / WIDTH, top = (side - HEIGHT * ratio) / 2;
  const cases: [(box: Box) => Box, RegExp][] = [
    [scaled(side / WIDTH, side / HEIGHT), /an input of 640×640 to which the image was stretched/],
    [scaled(ratio, ratio), /an input of 640×640 in whose upper left the image lies/],
    [(box) => {
      const [x, y, w, h] = scaled(ratio, ratio)(box);
      return [x, y + top, w, h];
    }, /an input of 640×640 in whose middle the image lies/],
  ];
  for (const [read, pattern] of cases) assert.match(evaluated(boxes("found", read)).warnings.join(), pattern);
});

Deno.test("categories that are numbered in another way are named by how they differ", () => {
  const renumber = (to: (id: number) => number) => ({ found }: { found: Json[] }) =>
    found.forEach((row) => row.category_id = to(row.category_id));
  const said = (change: (set: { truth: Json; found: Json[] }) => void) =>
    evaluated(change).warnings.join("\n");
  assert.match(
    said(renumber((id) => id + 1)),
    /dt\.json: the category_id is probably too large by 1: read so, 12 of 12 objects in 3 images are found, and as they are 0/,
  );
  const from0 = ({ truth, found }: { truth: Json; found: Json[] }) => {
    truth.categories.unshift({ id: 0, name: "none" });
    renumber((id) => id - 1)({ found });
  };
  assert.match(said(from0), /the category_id is probably too small by 1/);
  // As in COCO, whose 80 categories have ids up to 90.
  const gaps = ({ truth, found }: { truth: Json; found: Json[] }) => {
    const places = [1, 2, 3, 4, 7, 8, 9];
    truth.categories = places.map((id) => ({ id, name: `class ${id}` }));
    truth.annotations.forEach((row: Json, i: number) => {
      row.category_id = places[2 + i % 3];
      found[i].category_id = places.indexOf(row.category_id);
    });
  };
  assert.match(said(gaps), /the category_id is probably the place in the list of categories, counted from 0/);
  const shuffled = [0, 4, 1, 5, 2, 3];
  assert.match(
    said(renumber((id) => shuffled[id])),
    /the categories are probably numbered in another way, as \w+ \(\d\) is found where \w+ \(\d\) is:/,
  );
});

Deno.test("masks of other corners or orders are named as what they are", () => {
  const said = (change: (set: { truth: Json; found: Json[] }) => void) => {
    const { AP, warnings } = evaluated(change, { masks: true });
    assert.ok(AP < 0.15);
    return warnings.join("\n");
  };
  const fractions = (row: Json) =>
    row.segmentation = row.segmentation.map((part: number[]) =>
      part.map((v, i) => v / (i % 2 ? HEIGHT : WIDTH))
    );
  assert.match(
    said(({ truth }) => truth.annotations.forEach(fractions)),
    /gt\.json: the corners are probably fractions of the image's size, and have to be \[x, y, …\] in pixels .* 12 of 12/,
  );
  assert.match(
    said(({ found }) => found.forEach((row) => row.segmentation = [row.segmentation[0].toReversed()])),
    /dt\.json: the corners are probably \[y, x, …\]/,
  );
  const counts = (inside: (at: number) => [x: number, y: number], [x, y, w, h]: Box, background = 0) => {
    const runs: number[] = [];
    let value = background, run = 0;
    for (let at = 0; at < WIDTH * HEIGHT; at++) {
      const [column, row] = inside(at);
      const here = column >= x && column < x + w && row >= y && row < y + h ? 1 : 0;
      if (here !== value) {
        runs.push(run);
        [value, run] = [here, 0];
      }
      run++;
    }
    return { size: [HEIGHT, WIDTH], counts: compressCounts([...runs, run]) };
  };
  const byColumns = (at: number): [number, number] => [Math.floor(at / HEIGHT), at % HEIGHT];
  const byRows = (at: number): [number, number] => [at % WIDTH, Math.floor(at / WIDTH)];
  const write = (write: (box: Box) => Json) => ({ found }: { found: Json[] }) =>
    found.forEach((row) => row.segmentation = write(row.bbox));
  assert.deepEqual(evaluated(write((box) => counts(byColumns, box)), { masks: true }).warnings, []);
  assert.match(
    said(write((box) => counts(byRows, box))),
    /the run lengths probably go row by row, and have to go column by column/,
  );
  assert.match(
    said(write((box) => counts(byColumns, box, 1))),
    /the run lengths probably begin with the mask, and have/,
  );
});

Deno.test("only images that are evaluated are looked at", () => {
  const first = ({ found }: { found: Json[] }) =>
    found.forEach((row) => row.image_id !== 1 && (row.bbox = FORMS[1][1](row.bbox)));
  assert.deepEqual(evaluated(first, { subset: [1] }).warnings, []);
  assert.match(
    evaluated(first, { subset: [2, 3] }).warnings.join(),
    /read so, 8 of 8 objects in 2 images are found/,
  );
});
