/**
 * Compares the masks that bneck reads from exported detectors with those of their own predictor, which
 * exported_detectors.py wrote, both as large as photos and as large as the network's input:
 *
 *     deno run --allow-read --allow-env --allow-ffi --allow-sys tests/parity/exported_masks.ts OUT
 */
import { type ImageSize, type PlacedMask, readImage } from "../../core/images/mod.ts";
import { encodeMask, type Rle, rleArea, rleIou } from "../../datasets/coco/masks/rle.ts";
import { decodeMask, encodeRegion } from "../../datasets/coco/mod.ts";
import {
  boxAt,
  clipDetections,
  type Detections,
  type ImageView,
  maskAt,
  prototypeMask,
} from "../../heads/mod.ts";
import { adoptFile } from "../../models/adopt/mod.ts";
import { Model } from "../../models/model.ts";

interface Found {
  readonly boxes: readonly (readonly number[])[];
  readonly scores: readonly number[];
  readonly classes: readonly number[];
  readonly maskSize: readonly [height: number, width: number];
  readonly masks: readonly (readonly number[])[];
}

/** How far masks are from those of the predictor. */
class Tally {
  masks = 0;
  pixels = 0;
  different = 0;
  worst = 1;
  below = 0;
  readonly small: number[] = [];

  add(ours: Rle, theirs: Rle): void {
    const area = rleArea(theirs.counts);
    const iou = area + rleArea(ours.counts) === 0 ? 1 : rleIou(ours, theirs, false);
    this.masks++;
    this.pixels += area;
    this.different += Math.round((rleArea(ours.counts) + area) * (1 - iou) / (1 + iou));
    if (iou < 0.99) {
      this.below++;
      this.small.push(area);
    }
    this.worst = Math.min(this.worst, iou);
  }

  get text(): string {
    const { masks, below, worst, different, pixels, small } = this;
    return `${masks} masks, ${below} with an IoU below 0.99, the worst ${worst.toFixed(5)}; ` +
      `${different} of ${pixels} pixels differ` +
      (below > 0 ? `; these have ${Math.min(...small)} to ${Math.max(...small)} pixels` : "");
  }
}

/** The mask in the network's input. */
function inputMask(found: Detections, row: number, size: ImageSize): PlacedMask | undefined {
  const masks = found.masks!;
  const { view } = masks;
  const { left, top, width, height } = view.placement!;
  const [sx, sy] = [width / view.width, height / view.height];
  const { x1, y1, x2, y2 } = boxAt(found, row);
  // As the network returned them, before they became those of the photo, and not a rounding error beyond the image.
  const back = (side: number, end = Infinity) => Math.fround(Math.min(side, end));
  const box = {
    x1: back(x1 * sx + left),
    y1: back(y1 * sy + top),
    x2: back(x2 * sx + left, left + width),
    y2: back(y2 * sy + top, top + height),
  };
  return prototypeMask({ ...masks, view: { ...view, placement: undefined } }, masks.rows[row], box, size);
}

/** Boxes of the predictor, and masks with them, reach into the padding; those of bneck end with the image. */
function withoutPadding(mask: Rle, { placement }: ImageView): Rle {
  const { left, top, width, height } = placement!;
  const data = decodeMask(mask).map((value, at) => {
    const [x, y] = [Math.floor(at / mask.height), at % mask.height];
    return x >= left && x < left + width && y >= top && y < top + height ? value : 0;
  });
  return encodeMask(data, mask.height, mask.width);
}

const [folder] = Deno.args;
for (const { name } of [...Deno.readDirSync(folder)]) {
  if (!/-seg.*(?<!\.input)\.json$/.test(name)) continue;
  const read = (file: string): Record<string, Found> =>
    JSON.parse(Deno.readTextFileSync(`${folder}/${file}`));
  const references = read(name);
  const small = read(name.replace(".json", ".input.json"));
  const { model: entry } = await adoptFile(`${folder}/${name.replace(/json$/, "onnx")}`);
  const model = await Model.open(entry);
  const [full, input] = [new Tally(), new Tally()];
  let [missing, extra] = [0, 0];
  for (const [path, reference] of Object.entries(references)) {
    const image = await readImage(path);
    const { width, height } = image;
    const { detect } = await model.predict(image, { detect: { score: 0.25, max: 300 } });
    const found = clipDetections(detect!, width, height);
    const all = new Set(Array.from({ length: found.count }, (_, row) => row));
    const rowOf = (box: readonly number[], score: number, label: number) => {
      let [best, least] = [-1, 1e-3];
      for (let row = 0; row < found.count; row++) {
        if (found.classes[row] !== label) continue;
        const off = Math.max(...box.map((side, k) => Math.abs(side - found.boxes[row * 4 + k])));
        const difference = Math.abs(found.scores[row] - score);
        if (off < 0.5 && difference < least) [best, least] = [row, difference];
      }
      return best;
    };
    for (
      const [target, { boxes, scores, classes, masks = [], maskSize }] of [
        [full, reference],
        [input, small[path]],
      ] as const
    ) {
      boxes.forEach((box, k) => {
        const row = rowOf(box, scores[k], classes[k]);
        if (row < 0) return void (target === full && missing++);
        all.delete(row);
        const [h, w] = maskSize;
        const theirs = { height: h, width: w, counts: Uint32Array.from(masks[k]) };
        const isInput = target === input;
        const mask = isInput ? inputMask(found, row, { width: w, height: h }) : maskAt(found, row);
        const region = mask ?? { x: 0, y: 0, width: 0, height: 0, data: new Uint8Array() };
        target.add(
          encodeRegion(region, h, w),
          isInput ? withoutPadding(theirs, found.masks!.view) : theirs,
        );
      });
    }
    // The predictor leaves out objects without a mask.
    for (const row of all) if (maskAt(found, row)) extra++;
  }
  console.log(`${name}: ${missing} missing, ${extra} others\n  photos: ${full.text}\n  input: ${input.text}`);
  await model.close();
}
