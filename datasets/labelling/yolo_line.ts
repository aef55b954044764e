/**
 * Lines of YOLO's label files.
 *
 * @module
 */
import type { BneckError } from "../../core/errors.ts";
import { inputError } from "../../core/errors.ts";
import { readUserText } from "../../core/files/mod.ts";
import type { ImageSize } from "../../core/images/image.ts";
import type { LabelledPart } from "./labelled_image.ts";
import type { KeypointForm } from "./yolo_classes.ts";

/** An object of a line. */
export interface YoloObject {
  /** The index of its class. */
  readonly index: number;
  /** In pixels. */
  readonly part: LabelledPart;
  /** x and y in pixels and visibility of each. */
  readonly keypoints?: readonly number[];
  readonly score?: number;
}

/** What the lines of a file hold. */
export interface LineForm {
  /** How many classes there are. */
  readonly classes: number;
  /** Whether lines end with a score. */
  readonly scored: boolean;
  /** Of poses, whose lines have keypoints behind the box. */
  readonly keypoints?: KeypointForm;
}

/** Bytes of a file of one image. */
const MAX_BYTES = 2 ** 26;

/** Shares of the image farther out are pixels, or damaged. */
const MIN_SHARE = -1, MAX_SHARE = 2;

/** Numbers of a line that is a box: class, centre x and y, width, height. */
const BOX_NUMBERS = 5;

/** Of the smallest polygon: class and three corners. */
const MIN_POLYGON_NUMBERS = 7;

/**
 * Reads the objects of an image: `class x y width height` of boxes, `class x y x y x y …` of polygons, boxes with
 * `x y visibility` of each keypoint behind them, all in shares of the image; with `scored` one number more at the end.
 *
 * @throws {BneckError} The file cannot be read, or a line is something else; it is named.
 */
export async function readYoloFile(
  path: string,
  size: ImageSize,
  form: LineForm,
): Promise<YoloObject[]> {
  const text = await readUserText(path, { what: "the labels", maxBytes: MAX_BYTES });
  const objects: YoloObject[] = [];
  for (const [k, line] of text.split("\n").entries()) {
    if (line.trim() === "") continue;
    const fault = (reason: string) => inputError(`cannot read the labels ${path}: line ${k + 1} ${reason}`);
    objects.push(parseLine(line.trim().split(/\s+/), size, form, fault));
  }
  return objects;
}

function parseLine(
  texts: readonly string[],
  size: ImageSize,
  { classes, scored, keypoints: form }: LineForm,
  fault: (reason: string) => BneckError,
): YoloObject {
  const numbers = texts.map((text) =>
    /^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i.test(text) ? Number(text) : NaN
  );
  if (numbers.some(Number.isNaN)) throw fault("holds something that is not a number");
  const index = numbers[0];
  if (!Number.isInteger(index) || index < 0 || index >= classes) {
    throw fault(
      `has the class ${texts[0].slice(0, 20)}: the names of classes are numbered 0 to ${classes - 1}`,
    );
  }
  const score = scored ? numbers.at(-1)! : undefined;
  const places = scored ? numbers.slice(1, -1) : numbers.slice(1);
  if (form) {
    const expected = 4 + form.count * form.numbers;
    if (places.length !== expected) {
      throw fault(
        `has ${numbers.length} numbers: class, box, ${form.numbers} for each of ${form.count} keypoints${
          scored ? " and score" : ""
        } are ${expected + (scored ? 2 : 1)}`,
      );
    }
  }
  const shares = form ? places.slice(0, 4) : places;
  const { width, height } = size;
  const count = shares.length + 1;
  const isBox = count === BOX_NUMBERS;
  if (!isBox && (count < MIN_POLYGON_NUMBERS || count % 2 === 0)) {
    throw fault(wrongCount(numbers.length, scored));
  }
  if (score !== undefined && !(score >= 0 && score <= 1)) {
    throw fault(`has the score ${score}: 0 to 1 is expected`);
  }
  if (shares.some((share) => share < MIN_SHARE || share > MAX_SHARE)) {
    throw fault(
      "has a coordinate that is not a share of the image: pixels have to be divided by its width and height",
    );
  }
  if (!isBox) {
    const corners = shares.map((share, i) => share * (i % 2 === 0 ? width : height));
    return { index, part: { kind: "polygon", corners }, score };
  }
  const [x, y, w, h] = shares;
  if (w < 0 || h < 0) throw fault("has a negative size");
  const box = [(x - w / 2) * width, (y - h / 2) * height, w * width, h * height] as const;
  const keypoints = form && keypointsOf(places.slice(4), form, size, fault);
  return { index, part: { kind: "box", box }, keypoints, score };
}

/** Keypoints in pixels. Where lines hold no visibility, those that are not outside are visible. */
function keypointsOf(
  places: readonly number[],
  { count, numbers }: KeypointForm,
  { width, height }: ImageSize,
  fault: (reason: string) => BneckError,
): number[] {
  return Array.from({ length: count }, (_, k) => {
    const [x, y, seen] = places.slice(k * numbers, (k + 1) * numbers);
    if (!(Math.abs(x) <= MAX_SHARE && Math.abs(y) <= MAX_SHARE)) {
      throw fault("has a keypoint whose place is not a share of the image");
    }
    const visibility = numbers === 3 ? seen : x < 0 || y < 0 ? 0 : 2;
    return [x * width, y * height, visibility];
  }).flat();
}

function wrongCount(count: number, scored: boolean): string {
  if (scored) {
    return count === BOX_NUMBERS || (count >= MIN_POLYGON_NUMBERS && count % 2 === 1)
      ? "has no score, which detections need: predict with scores (of ultralytics, save_conf=True)"
      : `has ${count} numbers: class, box (4) or polygon (6 or more), and score are expected`;
  }
  return count === BOX_NUMBERS + 1 || (count > MIN_POLYGON_NUMBERS && count % 2 === 0)
    ? "ends with a score, as detections do: ground truth has none"
    : `has ${count} numbers: class, and box (4) or polygon (6 or more) are expected`;
}
