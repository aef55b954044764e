/** What is said of files that read well and score badly. */
import assert from "node:assert/strict";
import { after, type Json, SOUND } from "../odd_files.ts";

Deno.test("what probably went wrong is said, and changes no number", () => {
  const corners = ([x, y, width, height]: number[]) => [x, y, x + width, y + height];
  const far = ({ truth, found }: { truth: Json; found: Json[] }, of: "truth" | "found") => {
    const rows = of === "found" ? found : truth.annotations;
    rows.forEach((row: Json, i: number) => row.bbox = corners([100 + 5 * i, 30, 40, 20]));
  };
  const cases: [(set: { truth: Json; found: Json[] }) => void, RegExp, ("bbox" | "segm")?][] = [
    [
      (set) => far(set, "found"),
      /dt\.json: the boxes of \d of 4 detections leave .* probably \[x1, y1, x2, y2\]/,
    ],
    [
      (set) => far(set, "truth"),
      /gt\.json: the boxes of \d of 4 annotations leave .* probably \[x1, y1, x2, y2\]/,
    ],
    [
      ({ found }) => found.forEach((row) => row.bbox = row.bbox.map((v: number) => v / 200)),
      /dt\.json: no box reaches beyond 1 pixel: .* fractions/,
    ],
    [
      ({ found }) => found.forEach((row) => row.bbox = row.bbox.map((v: number) => 4 * v)),
      /dt\.json: the boxes of 4 of 4 detections leave their images/,
    ],
    [
      ({ found }) => found.forEach((row) => row.segmentation = { size: [200, 100], counts: [20000] }),
      /masks of 4 of 4 detections have another size .* \[width, height\], and has to be \[height, width\]/,
      "segm",
    ],
    [
      ({ found }) => found[2].segmentation = { size: [50, 60], counts: [3000] },
      /masks of 1 of 4 detections have another size .*the first is 50×60 .* image 2 is 100×200/,
      "segm",
    ],
    [
      ({ truth }) => truth.annotations[0].segmentation = [[-5, -5, -1, -5, -1, -1]],
      /gt\.json: the masks of 1 of 4 annotations lie outside/,
      "segm",
    ],
    [
      ({ truth }) => truth.annotations.forEach((row: Json) => row.area = -1),
      /areas of 4 of 4 objects .* negative/,
    ],
    [({ truth }) => truth.annotations = [], /there are no annotations in it/],
    [
      ({ truth }) => truth.annotations.forEach((one: Json) => one.iscrowd = 1),
      /all 4 annotations are of crowds, ignored, or .* nothing to find/,
    ],
    [({ truth }) => truth.annotations[3].area = 1e11, /areas of 1 of 4 objects .* too large/],
    [
      ({ truth }) => truth.annotations.forEach((row: Json) => row.area /= 1e4),
      /no object has an area above 1 pixel/,
    ],
    [({ truth }) => truth.images[0].neg_category_ids = [1], /gt\.json: it is an LVIS file/],
    [({ found }) => found.splice(2, 1), /dt\.json: no score is below 0\.5: .* AP falls/],
    [
      ({ found }) => found[0].file_name = "images/0002.jpg",
      /1 detection has a "file_name" that contradicts the image_id: .*"0001\.jpg", but names "images\/0002\.jpg", which/,
    ],
  ];
  for (const [change, pattern, iouType = "bbox"] of cases) {
    const { AP, warnings } = after(change, { iouType });
    assert.match(warnings, pattern);
    assert.equal(warnings.split("\n").length, 1, warnings);
    // pycocotools needs what is missing in none of them, and has the same number.
    assert.equal(after(change, { iouType, pycocotoolsCompat: true }).AP, AP);
  }
  assert.deepEqual(
    after(({ found }) => found.forEach((row) => row.file_name = `x/000${row.image_id}.png`)),
    SOUND,
  );
});
