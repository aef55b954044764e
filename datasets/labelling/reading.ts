/**
 * What the readers of labels share.
 *
 * @module
 */
import type { ImageSize } from "../../core/images/image.ts";
import type { PlacedMask } from "../../core/images/image.ts";
import {
  type LabelledImage,
  type LabelledObject,
  type LabelledSet,
  MAX_COORDINATE,
} from "./labelled_image.ts";

/** A set with the names that its objects have besides those that are known. */
export function finishSet(
  path: string,
  images: readonly LabelledImage[],
  known: readonly string[],
  notes: readonly string[],
): LabelledSet {
  const classes = new Set(known);
  const found = new Set<string>();
  for (const { objects } of images) for (const { label } of objects) found.add(label);
  for (const label of [...found].sort()) classes.add(label);
  return { path, images, classes: [...classes], notes };
}

/** Makes one object of all that have the same label and group; it lies where the first of them does. */
export function groupObjects(
  objects: readonly (LabelledObject & { readonly group?: string })[],
): LabelledObject[] {
  const groups = new Map<string, { label: string; parts: LabelledObject["parts"][number][] }>();
  const merged: LabelledObject[] = [];
  for (const { group, label, parts } of objects) {
    const key = JSON.stringify([label, group]);
    const other = group === undefined ? undefined : groups.get(key);
    if (other !== undefined) other.parts.push(...parts);
    else {
      const object = { label, parts: [...parts] };
      if (group !== undefined) groups.set(key, object);
      merged.push(object);
    }
  }
  return merged;
}

/** `[[x, y], …]` as `x, y, …`. @throws {BneckError} (not thrown here, but made by `fault`) It is something else. */
export function finiteNumbers(points: unknown, fault: (reason: string) => Error): number[] {
  if (!Array.isArray(points)) throw fault("has no points");
  const numbers: number[] = [];
  for (const point of points) {
    if (!Array.isArray(point) || point.length !== 2) throw fault("has a point that is not [x, y]");
    numbers.push(point[0], point[1]);
  }
  refusePlace(numbers, fault);
  return numbers;
}

/** Refuses what is not a number, or far from any image; the error is made by `fault`. */
export function refusePlace(numbers: readonly unknown[], fault: (reason: string) => Error): void {
  for (const value of numbers) {
    if (typeof value !== "number" || !(Math.abs(value) <= MAX_COORDINATE)) {
      throw fault(`has a coordinate that is not a number from -${MAX_COORDINATE} to ${MAX_COORDINATE}`);
    }
  }
}

/** The part of a mask that lies in the image. */
export function fitRegion(
  x: number,
  y: number,
  { width, height, data }: ImageSize & { readonly data: Uint8Array },
  image: ImageSize,
): PlacedMask {
  const [left, top] = [Math.max(0, x), Math.max(0, y)];
  const [right, bottom] = [Math.min(image.width, x + width), Math.min(image.height, y + height)];
  if (left === x && top === y && right === x + width && bottom === y + height) {
    return { x, y, width, height, data };
  }
  const inside = { width: Math.max(0, right - left), height: Math.max(0, bottom - top) };
  const part = new Uint8Array(inside.width * inside.height);
  for (let row = 0; row < inside.height; row++) {
    const from = (top - y + row) * width + left - x;
    part.set(data.subarray(from, from + inside.width), row * inside.width);
  }
  return { x: inside.width > 0 ? left : 0, y: inside.height > 0 ? top : 0, ...inside, data: part };
}
