/** Inputs made after public reports, and what each must give. */
import assert from "node:assert/strict";
import { readAnnotations } from "../../../datasets/coco/files/annotations.ts";
import { readDetections } from "../../../datasets/coco/files/detections.ts";
import { evaluateCoco, evaluationWarnings } from "../../../datasets/coco/evaluate.ts";
import { cocoParams } from "../../../datasets/coco/params.ts";
import { summarize } from "../../../datasets/coco/summarize.ts";
import { shared, testWithShared } from "../../support/shared.ts";

const BASE = 0.5518269684111268;

interface Expected {
  readonly AP?: number;
  readonly warns?: RegExp;
  readonly refused?: RegExp;
  readonly segm?: boolean;
  readonly maxDetections?: readonly number[];
  /** AP with `pycocotoolsCompat`. */
  readonly compat?: number;
}

const CASES: Readonly<Record<string, Expected>> = {
  "00-base": { AP: BASE, compat: BASE },
  "01-string-image-ids": { AP: BASE, compat: BASE },
  "02-64bit-image-ids": { AP: BASE, compat: BASE },
  "05-no-area": { AP: BASE, warns: /12 annotations have no "area"/ },
  "07-results-empty-segmentation": { AP: BASE, compat: BASE },
  "09-image-size-strings": { AP: BASE },
  "102-annotations-as-object": { refused: /annotations is an object, not a list/ },
  "105-gt-bbox-empty-list": { refused: /bbox is an empty list/ },
  "112-duplicate-key-annotations": { AP: 0.1932, warns: /"annotations" is there more than once/ },
  "114-areas-above-1e10": { AP: -1, warns: /too large/ },
  "115-image-width-fraction": { AP: BASE },
  "12-names-are-numbers": { AP: BASE },
  "140-results-id-from-file-number": { AP: 0, warns: /contradicts the image_id/ },
  "145-only-first-has-mask": { AP: BASE },
  "20-annotation-ids-unique-per-image-only": { AP: BASE, warns: /used before/, compat: 0.1599 },
  "23-duplicate-category-names": { AP: BASE },
  "25-results-xyxy": { AP: 0, warns: /probably \[x1, y1, x2, y2\]/ },
  "27-results-negative-width": { refused: /detections\[0\]\.bbox has the negative size/, compat: 0.4751 },
  "28-gt-negative-width": { refused: /annotations\[0\]\.bbox has the negative size/, compat: 0.46 },
  "35-utf16": { AP: BASE },
  "44-segm-size-swapped": { segm: true, AP: 0, warns: /probably given as \[width, height\]/ },
  "46-segm-gt-empty-polygons": { segm: true, AP: 0.5638, warns: /3 annotations have no mask: not evaluated/ },
  "48-segm-gt-polygon-of-4-numbers": {
    segm: true,
    AP: -1,
    warns: /12 annotations have no mask: not evaluated/,
  },
  "55-segm-counts-unicode-escapes": { segm: true, AP: BASE, compat: BASE },
  "57-segm-one-gt-without-mask": { segm: true, AP: 0.5252, warns: /1 annotation has no mask: not evaluated/ },
  "59-segm-negative-corners": { segm: true, AP: 0, warns: /lie outside their images/ },
  "62-maxdets-300": { AP: BASE, maxDetections: [1, 10, 300], warns: /AP is at 300/, compat: -1 },
  "69-odd-names": { AP: BASE },
  "71-negative-areas": { AP: -1, warns: /negative/ },
  "80-category-ids-text": { AP: BASE, compat: BASE },
  "86-lvis-format": { AP: 0.5108, warns: /LVIS/ },
  "91-odd-part-then-another-part": { segm: true, AP: 1, compat: 1 },
  "92-odd-part-then-another-part-minimal": { segm: true, AP: 1, compat: 1 },
  "93-same-with-even-part": { segm: true, AP: 0.9, compat: 0.9 },
};

function evaluated(name: string, { segm = false, maxDetections }: Expected, pycocotoolsCompat: boolean) {
  const reading = { masks: segm, pycocotoolsCompat };
  const truth = readAnnotations(shared(`cases/coco/${name}/gt.json`), reading);
  const found = readDetections(shared(`cases/coco/${name}/dt.json`), truth, reading);
  const iouType = segm ? "segm" as const : "bbox" as const;
  const params = cocoParams({ iouType, pycocotoolsCompat, ...maxDetections && { maxDetections } });
  const { AP } = summarize(evaluateCoco(truth, found, params));
  return { AP, warnings: evaluationWarnings(truth, found, params).join("\n") };
}

const near = (value: number, expected: number, name: string) =>
  assert.ok(Math.abs(value - expected) < (expected === BASE ? 1e-12 : 5e-5), `${name}: ${value}`);

testWithShared("cases/coco", "the reported inputs give what they must", () => {
  for (const [name, expected] of Object.entries(CASES)) {
    const run = () => evaluated(name, expected, false);
    if (expected.refused) assert.throws(run, expected.refused, name);
    else {
      const { AP, warnings } = run();
      near(AP, expected.AP!, name);
      if (expected.warns) assert.match(warnings, expected.warns, name);
      else if (!expected.segm) assert.doesNotMatch(warnings, /probably|lie/, name);
    }
    if (expected.compat !== undefined) near(evaluated(name, expected, true).AP, expected.compat, name);
  }
});
