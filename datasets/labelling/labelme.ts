/**
 * Labels of labelme: a JSON file for each image.
 *
 * @module
 */
import { join } from "node:path/posix";
import { inputError, usageError } from "../../core/errors.ts";
import { isJsonObject, quote, readUserJson } from "../../core/files/mod.ts";
import { DEFAULT_MAX_PIXELS } from "../../core/images/image.ts";
import { decodeLabelMap } from "../../core/images/label_png.ts";
import { encodeRegion } from "../coco/masks/rle.ts";
import { listFiles } from "../list_files.ts";
import { isLabelme } from "./is_drawn.ts";
import type { LabelledImage, LabelledObject, LabelledPart, LabelledSet } from "./labelled_image.ts";
import { finishSet, finiteNumbers, fitRegion, groupObjects } from "./reading.ts";

/** labelme's names for what is not an object. */
export const LABELME_BACKGROUND = "_background_", LABELME_IGNORE = "__ignore__";

/** Bytes of a file; it may hold the image itself. */
const MAX_BYTES = 2 ** 29 - 24;

/** Shapes without an area, which cannot be scored. */
const WITHOUT_AREA = ["point", "points", "line", "linestrip"];

/** Corners of a circle whose sides are nowhere farther than this from it, in pixels, as labelme's own exporter has it. */
const CIRCLE_TOLERANCE = 1, MIN_CIRCLE_CORNERS = 12, MAX_CIRCLE_CORNERS = 100_000;

/**
 * Reads the labels of a folder and those below it. JSON files of other programs are passed over with a note.
 *
 * @throws {BneckError} A file cannot be read, or none is labelme's.
 */
export async function readLabelme(folder: string): Promise<LabelledSet> {
  const { paths } = await listFiles(folder, ["json"]);
  const images: LabelledImage[] = [];
  const others: string[] = [];
  let left = 0;
  for (const path of paths) {
    const json = await readUserJson(`${folder}/${path}`, { what: "the labels", maxBytes: MAX_BYTES });
    if (!isLabelme(json)) {
      others.push(path);
      continue;
    }
    const { image, withoutArea } = parseLabelme(json, `${folder}/${path}`, path);
    images.push(image);
    left += withoutArea;
  }
  if (images.length === 0) {
    throw usageError(
      `${folder} holds no labels of labelme: none of its JSON files has "shapes" and "imageWidth"`,
    );
  }
  const notes = [];
  if (left > 0) notes.push(`${folder}: ${left} points and lines are left out: they have no area`);
  if (others.length > 0) {
    notes.push(
      `${folder}: ${others.length} JSON files that are not labelme's are passed over, such as ${others[0]}`,
    );
  }
  return finishSet(folder, images, [], notes);
}

/**
 * Reads one file. Shapes of one `group_id` and label are one object.
 *
 * @param relative the path of the file in its folder, from which it names its image
 * @throws {BneckError} A field is missing or wrong.
 */
export function parseLabelme(
  json: Record<string, unknown> & { readonly shapes: readonly unknown[] },
  where: string,
  relative: string,
): { readonly image: LabelledImage; readonly withoutArea: number } {
  const { imageWidth: width, imageHeight: height, imagePath, shapes } = json;
  const fail = (reason: string) => inputError(`cannot read the labels ${where}: ${reason}`);
  if (!isSide(width) || !isSide(height) || width * height > DEFAULT_MAX_PIXELS) {
    throw fail(
      `imageWidth ${quote(width)} and imageHeight ${quote(height)} are not the size of an image; a newer ` +
        "labelme writes them when the file is saved again",
    );
  }
  if (typeof imagePath !== "string") throw fail("imagePath is not a text");
  const name = join(relative, "..", imagePath.replaceAll("\\", "/")).replace(/^(\.\.\/)+/, "");
  const objects: (LabelledObject & { group?: string })[] = [];
  let withoutArea = 0;
  shapes.forEach((shape, k) => {
    const fault = (reason: string) => fail(`shapes[${k}] ${reason}`);
    if (!isJsonObject(shape) || typeof shape.label !== "string" || shape.label.trim() === "") {
      throw fault("has no label");
    }
    const type = shape.shape_type ?? "polygon";
    if (WITHOUT_AREA.includes(type as string)) return withoutArea++;
    const parts = [partOf(type, shape, { width, height }, where, fault)];
    const { group_id: group } = shape;
    const grouped = typeof group === "number" || typeof group === "string";
    objects.push({ label: shape.label, parts, ...(grouped ? { group: String(group) } : {}) });
  });
  const image = { name, file: relative, source: where, width, height, objects: groupObjects(objects) };
  return { image, withoutArea };
}

function partOf(
  type: unknown,
  { points, mask }: Record<string, unknown>,
  size: { readonly width: number; readonly height: number },
  where: string,
  fault: (reason: string) => Error,
): LabelledPart {
  const corners = finiteNumbers(points, fault);
  const [x1, y1, x2, y2] = corners;
  switch (type) {
    case "polygon":
    case "rotation":
      if (corners.length < 6) throw fault("is a polygon of fewer than three points");
      return { kind: "polygon", corners };
    case "rectangle": {
      if (corners.length !== 4 && corners.length !== 8) {
        throw fault("is a rectangle, which has two or four points");
      }
      const xs = corners.filter((_, i) => i % 2 === 0), ys = corners.filter((_, i) => i % 2 === 1);
      const [x, y] = [Math.min(...xs), Math.min(...ys)];
      return { kind: "box", box: [x, y, Math.max(...xs) - x, Math.max(...ys) - y] };
    }
    case "circle":
      if (corners.length !== 4) throw fault("is a circle, which has two points: its centre and one on it");
      return { kind: "polygon", corners: circle(x1, y1, Math.hypot(x2 - x1, y2 - y1)) };
    case "mask": {
      if (corners.length < 4) throw fault("is a mask of fewer than two points");
      const region = fitRegion(Math.round(x1), Math.round(y1), decodeMaskPng(mask, where, fault), size);
      return { kind: "mask", mask: encodeRegion(region, size.height, size.width) };
    }
    default:
      throw fault(`has the unknown shape_type ${quote(type)}`);
  }
}

/** A circle as a polygon: with the radius r, N corners leave gaps of r · (1 − cos(π / N)). */
function circle(x: number, y: number, radius: number): number[] {
  const needed = Math.floor(Math.PI / Math.acos(1 - CIRCLE_TOLERANCE / radius));
  const count = Math.min(Math.max(needed || 0, MIN_CIRCLE_CORNERS), MAX_CIRCLE_CORNERS);
  return Array.from({ length: count }, (_, i) => {
    const angle = 2 * Math.PI * i / count;
    return [x + radius * Math.sin(angle), y + radius * Math.cos(angle)];
  }).flat();
}

/** A PNG in base 64 whose pixels that are not 0 are the mask. */
function decodeMaskPng(text: unknown, where: string, fault: (reason: string) => Error) {
  if (typeof text !== "string") throw fault("is a mask without its PNG");
  let bytes: Uint8Array;
  try {
    bytes = Uint8Array.fromBase64(text);
  } catch {
    throw fault("has a mask that is not base 64");
  }
  const { width, height, data } = decodeLabelMap(bytes, `the mask in ${where}`);
  return { width, height, data: Uint8Array.from(data, (value) => value > 0 ? 1 : 0) };
}

function isSide(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) > 0;
}
