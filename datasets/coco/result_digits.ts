/**
 * The digits that results files keep of a detection: boxes to 1/1000 pixel, scores to a millionth. Whatever is scored
 * without a file is rounded alike, so that its file gives the same numbers.
 *
 * @module
 */

/** `[x, y, width, height]` from two corners. */
export function resultBox(
  [x1, y1, x2, y2]: ArrayLike<number> & Iterable<number>,
): [x: number, y: number, width: number, height: number] {
  return [thousandths(x1), thousandths(y1), thousandths(x2 - x1), thousandths(y2 - y1)];
}

/** A score. */
export function resultScore(score: number): number {
  return Number(score.toFixed(6));
}

function thousandths(value: number): number {
  return Number(value.toFixed(3));
}
