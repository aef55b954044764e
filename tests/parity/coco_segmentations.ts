/**
 * Compares segmentations of every odd kind with pycocotools: areas, boxes, matches and the twelve numbers must be equal;
 * what pycocotools refuses must be no mask here, or the mask of the parts that enclose something.
 *
 *     python tests/parity/coco_segmentations.py FOLDER 10000
 *     deno run --allow-read tests/parity/coco_segmentations.ts FOLDER
 */
import { readAnnotations } from "../../datasets/coco/files/annotations.ts";
import { readDetections } from "../../datasets/coco/files/detections.ts";
import { matchDetections } from "../../datasets/coco/evaluate.ts";
import { accumulate } from "../../datasets/coco/accumulate.ts";
import { cocoParams } from "../../datasets/coco/params.ts";
import { rleArea, rleBox } from "../../datasets/coco/masks/rle.ts";
import { maskOf } from "../../datasets/coco/masks/segmentations.ts";
import { summarize } from "../../datasets/coco/summarize.ts";

interface Measured {
  readonly area?: number;
  readonly bbox?: readonly number[];
  readonly error?: string;
}

interface Case {
  readonly truth: Measured;
  readonly found: Measured;
  readonly image: { readonly id: number; readonly height: number; readonly width: number };
  readonly annotation: { readonly segmentation: unknown };
  readonly result: { readonly segmentation: unknown };
  readonly matched: readonly number[] | null;
}

const [folder] = Deno.args;
const { stats, cases } = JSON.parse(Deno.readTextFileSync(`${folder}/expected.json`)) as {
  stats: number[];
  cases: Case[];
};
const file = (name: string, value: unknown) => ({
  name,
  bytes: new TextEncoder().encode(JSON.stringify(value)),
});
const counts = { equal: 0, refused: 0, "of these no mask": 0, different: 0 };
const differ = (what: string, one: unknown) => {
  if (counts.different++ < 10) console.log(`DIFFERENT: ${what}`, JSON.stringify(one));
};

/** The parts that enclose something. */
function enclosing(segmentation: unknown): unknown {
  return Array.isArray(segmentation) ? segmentation.filter((part) => part.length >= 5) : segmentation;
}

function read(segmentation: unknown, { image, annotation }: Case, pycocotoolsCompat: boolean) {
  const annotations = [{ ...annotation, segmentation }], categories = [1, 2, 3].map((id) => ({ id }));
  const truth = readAnnotations(file("case", { images: [image], annotations, categories }), {
    masks: true,
    pycocotoolsCompat,
  });
  const mask = maskOf(truth.segmentations!, 0, image);
  if (mask === undefined) return undefined;
  const box = new Float64Array(4);
  rleBox(mask.counts, 0, mask.counts.length, mask.height, mask.width, box, 0);
  return { area: rleArea(mask.counts), bbox: [...box] };
}

for (const one of cases) {
  for (
    const [segmentation, expected] of [
      [one.annotation.segmentation, one.truth],
      [one.result.segmentation, one.found],
    ] as const
  ) {
    const mask = read(segmentation, one, false);
    if (expected.error === undefined) {
      const same = JSON.stringify(mask) === JSON.stringify(expected) &&
        JSON.stringify(read(segmentation, one, true)) === JSON.stringify(expected);
      if (same) counts.equal++;
      else differ("mask", { segmentation, mask, expected, image: one.image });
      continue;
    }
    counts.refused++;
    let refused = false;
    try {
      read(segmentation, one, true);
    } catch {
      refused = true;
    }
    const parts = enclosing(segmentation) as unknown[];
    if (parts.length === 0) counts["of these no mask"]++;
    const rule = parts.length === 0 ? undefined : read(parts, one, false);
    if (!refused || JSON.stringify(mask) !== JSON.stringify(rule)) {
      differ("rule", { segmentation, expected, mask, rule, refused });
    }
  }
}

const truth = readAnnotations(`${folder}/truth.json`, { masks: true });
const found = readDetections(`${folder}/results.json`, truth, { masks: true });
const params = cocoParams({ iouType: "segm" });
const matches = matchDetections(truth, found, params);
const T = params.iouThresholds.length, A = params.areaRanges.length;
const outcomes = new Map<unknown, number[]>();
matches.image.forEach((image, row) => {
  const at = matches.outcomeRow[row];
  const outcome = Array.from({ length: T }, (_, t) => at < 0 ? 0 : matches.outcomes[at * A * T + t]);
  outcomes.set(matches.imageIds[image], outcome);
});
let images = 0;
for (const { matched, image, annotation, result } of cases) {
  if (matched === null) continue;
  images++;
  // An unmatched detection is never ignored for its area in the range of all.
  if (JSON.stringify(outcomes.get(image.id)) !== JSON.stringify(matched)) {
    differ("matches", { annotation, result, matched, here: outcomes.get(image.id) });
  }
}
Object.entries(summarize(accumulate(matches))).forEach(([name, value], i) => {
  if (Math.abs(value - stats[i]) > 1e-12) differ(name, [value, stats[i]]);
});
console.log(`${cases.length} cases, ${images} images matched`, counts);
if (counts.different > 0) Deno.exit(1);
