/**
 * "Did you mean": the known name nearest to an unknown one.
 *
 * @module
 */

/** Longer names are not compared: nobody types them by hand. */
const MAX_LENGTH = 256;

/**
 * The name of `known` that `wanted` was most likely meant to be, or undefined if none is near: within an edit distance
 * of two fifths of its length, or else beginning with `wanted` (of three characters or more). Case is ignored; of equally
 * near names the first wins.
 *
 * ```ts
 * import { nearestName } from "./nearest_name.ts";
 * import assert from "node:assert/strict";
 * assert.equal(nearestName("overlya", ["ids", "overlay", "scores"]), "overlay");
 * assert.equal(nearestName("mb3-large", ["mb2-100", "mb3-large-075"]), "mb3-large-075");
 * assert.equal(nearestName("street", ["ids", "overlay"]), undefined);
 * ```
 */
export function nearestName(wanted: string, known: Iterable<string>): string | undefined {
  const target = wanted.toLowerCase();
  if (target.length > MAX_LENGTH) return undefined;
  let nearest: string | undefined;
  let limit = Math.max(1, Math.floor(0.4 * target.length)) + 1;
  let longer: string | undefined;
  for (const name of known) {
    const candidate = name.toLowerCase();
    if (target.length >= 3 && candidate.startsWith(target)) longer ??= name;
    if (Math.abs(candidate.length - target.length) >= limit || candidate.length > MAX_LENGTH) continue;
    const distance = editDistance(target, candidate);
    if (distance < Math.min(limit, target.length)) {
      limit = distance;
      nearest = name;
    }
  }
  return nearest ?? longer;
}

/** The end of a message about an unknown name: `; did you mean overlay?`, or nothing. */
export function didYouMean(wanted: string, known: Iterable<string>): string {
  const nearest = nearestName(wanted, known);
  return nearest === undefined ? "" : `; did you mean ${nearest}?`;
}

/**
 * The minimum number of insertions, deletions, substitutions and swaps of neighbours that turn `a` into `b` without
 * editing any place twice (the optimal string alignment distance).
 */
export function editDistance(a: string, b: string): number {
  const width = b.length + 1;
  let beforeLast = new Uint16Array(width);
  let last = Uint16Array.from({ length: width }, (_, j) => j);
  let row = new Uint16Array(width);
  for (let i = 1; i <= a.length; i++) {
    row[0] = i;
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1];
      let edits = Math.min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (same ? 0 : 1));
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        edits = Math.min(edits, beforeLast[j - 2] + 1);
      }
      row[j] = edits;
    }
    [beforeLast, last, row] = [last, row, beforeLast];
  }
  return last[b.length];
}
