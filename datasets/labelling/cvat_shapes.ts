/**
 * The shapes of CVAT's files.
 *
 * @module
 */
import type { ImageSize } from "../../core/images/image.ts";
import { encodeRegion } from "../coco/masks/rle.ts";
import { boxCorners, type LabelledPart } from "./labelled_image.ts";
import { refusePlace } from "./reading.ts";

/** Elements that are shapes with an area. */
export const AREAS: readonly string[] = ["box", "polygon", "ellipse", "mask"];

/** Shapes without one, and tags of whole images. */
export const WITHOUT_AREA: readonly string[] = ["points", "polyline", "tag", "cuboid", "skeleton"];

/** Corners of an ellipse. */
const ELLIPSE_CORNERS = 72;

/** Numbers of attributes; the error of others is made by `fault`. */
export function numbersOf(
  texts: readonly (string | undefined)[],
  fault: (reason: string) => Error,
): number[] {
  const numbers = texts.map((text) => text === undefined || text.trim() === "" ? NaN : Number(text));
  refusePlace(numbers, fault);
  return numbers;
}

/**
 * The part of an object that an element stands for.
 *
 * @param kind the name of the element, one of {@linkcode AREAS}
 * @param fault makes the error of one that is not as it should be
 */
export function partOf(
  kind: string,
  attributes: Record<string, string>,
  image: ImageSize,
  fault: (reason: string) => Error,
): LabelledPart {
  const { xtl, ytl, xbr, ybr, points, cx, cy, rx, ry, rotation = "0" } = attributes;
  const [degrees] = numbersOf([rotation], fault);
  switch (kind) {
    case "box": {
      const [x1, y1, x2, y2] = numbersOf([xtl, ytl, xbr, ybr], fault);
      if (x2 < x1 || y2 < y1) throw fault("ends before it begins");
      const box = [x1, y1, x2 - x1, y2 - y1] as const;
      if (degrees === 0) return { kind, box };
      return { kind: "polygon", corners: turned(boxCorners(box), (x1 + x2) / 2, (y1 + y2) / 2, degrees) };
    }
    case "ellipse": {
      const [x, y, a, b] = numbersOf([cx, cy, rx, ry], fault);
      const corners = Array.from({ length: ELLIPSE_CORNERS }, (_, i) => {
        const angle = 2 * Math.PI * i / ELLIPSE_CORNERS;
        return [x + a * Math.cos(angle), y + b * Math.sin(angle)];
      }).flat();
      return { kind: "polygon", corners: turned(corners, x, y, degrees) };
    }
    case "polygon": {
      const corners = numbersOf((points ?? "").split(";").flatMap(pairOf), fault);
      if (corners.length < 6) throw fault("has fewer than three points");
      return { kind, corners };
    }
    default:
      return maskOf(attributes, image, fault);
  }
}

function pairOf(point: string): string[] {
  const pair = point.split(",");
  return pair.length === 2 ? pair : ["", ""];
}

/** Corners turned clockwise about a point, as y grows downwards. */
function turned(corners: readonly number[], x: number, y: number, degrees: number): number[] {
  if (degrees === 0) return [...corners];
  const [sin, cos] = [Math.sin(degrees * Math.PI / 180), Math.cos(degrees * Math.PI / 180)];
  return corners.map((_, i) => {
    const [dx, dy] = [corners[i - i % 2] - x, corners[i - i % 2 + 1] - y];
    return i % 2 === 0 ? x + dx * cos - dy * sin : y + dx * sin + dy * cos;
  });
}

/** Run lengths row by row of a part of the image, beginning with zeros. */
function maskOf(
  { rle, left, top, width, height }: Record<string, string>,
  image: ImageSize,
  fault: (reason: string) => Error,
): LabelledPart {
  const [x, y, w, h] = numbersOf([left, top, width, height], fault);
  const inside = x >= 0 && y >= 0 && w > 0 && h > 0 && x + w <= image.width && y + h <= image.height;
  if (![x, y, w, h].every(Number.isInteger) || !inside) throw fault("does not lie in its image");
  const data = new Uint8Array(w * h);
  let at = 0, value = 0;
  for (const text of (rle ?? "").split(",")) {
    const run = /^\s*\d{1,10}\s*$/.test(text) ? Number(text) : NaN;
    if (!(at + run <= data.length)) throw fault("has invalid run lengths");
    data.fill(value, at, at + run);
    at += run;
    value = 1 - value;
  }
  if (at !== data.length) throw fault(`has run lengths of ${at} pixels in place of ${data.length}`);
  return { kind: "mask", mask: encodeRegion({ x, y, width: w, height: h, data }, image.height, image.width) };
}
