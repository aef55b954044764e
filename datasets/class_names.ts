/**
 * The names that data sets give the same class.
 *
 * @module
 */

/**
 * Names of one class each, in COCO, Pascal VOC, Cityscapes and CamVid. CamVid's "bicyclist" is a person together with the
 * bicycle, which Cityscapes parts: it stands for "rider", the only class that implies both.
 */
const SAME_CLASSES: readonly (readonly string[])[] = [
  ["person", "pedestrian"],
  ["rider", "bicyclist", "cyclist"],
  ["airplane", "aeroplane"],
  ["motorcycle", "motorbike"],
  ["couch", "sofa"],
  ["tv", "tv monitor"],
  ["sidewalk", "pavement", "footpath"],
  ["pole", "column pole"],
  ["traffic sign", "sign", "sign symbol"],
  ["vegetation", "tree"],
];

const FIRST_NAMES: ReadonlyMap<string, string> = new Map(
  SAME_CLASSES.flatMap(([first, ...others]) => others.map((name) => [plainName(name), plainName(first)])),
);

/** A name in small letters without spaces and signs: `sign_symbol` and `SignSymbol` are the same. */
export function plainName(name: string): string {
  return name.toLowerCase().replace(/[^\p{L}\p{N}]/gu, "");
}

/**
 * A text that is the same for all names of a class.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { classKey } from "./class_names.ts";
 * assert.equal(classKey("TV-monitor"), classKey("tv"));
 * ```
 */
export function classKey(name: string): string {
  const plain = plainName(name);
  return FIRST_NAMES.get(plain) ?? plain;
}

/** The place of a class among others: by its very name, else by another of its names; −1 where there is none. */
export function findClass(name: string, classes: readonly { readonly name: string }[]): number {
  const exact = classes.findIndex((other) => other.name === name);
  if (exact >= 0) return exact;
  const key = classKey(name);
  return classes.findIndex((other) => classKey(other.name) === key);
}
