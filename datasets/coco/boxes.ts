/**
 * Boxes as COCO has them, `[x, y, width, height]`: their overlap, and their digits in results files. Whatever is scored
 * without a file is rounded as its file would be, so that both give the same numbers.
 *
 * @module
 */

/**
 * Intersection over union of box `a[4i…]` and box `b[4j…]` (x, y, width, height); with `crowd`, intersection
 * over the area of the first (`bbIou` of `maskApi.c`, to the bit).
 */
export function boxIou(a: Float64Array, i: number, b: Float64Array, j: number, crowd: boolean): number {
  const p = 4 * i, q = 4 * j;
  const ax = a[p], ay = a[p + 1], aWidth = a[p + 2], aHeight = a[p + 3];
  const bx = b[q], by = b[q + 1], bWidth = b[q + 2], bHeight = b[q + 3];
  const aRight = aWidth + ax, bRight = bWidth + bx;
  const width = (aRight < bRight ? aRight : bRight) - (ax > bx ? ax : bx);
  if (width <= 0) return 0;
  const aBottom = aHeight + ay, bBottom = bHeight + by;
  const height = (aBottom < bBottom ? aBottom : bBottom) - (ay > by ? ay : by);
  if (height <= 0) return 0;
  const intersection = width * height;
  const aArea = aWidth * aHeight;
  return intersection / (crowd ? aArea : aArea + bWidth * bHeight - intersection);
}

/** A box from two corners, to a thousandth of a pixel. */
export function resultBox(
  [x1, y1, x2, y2]: ArrayLike<number> & Iterable<number>,
): [x: number, y: number, width: number, height: number] {
  return [thousandths(x1), thousandths(y1), thousandths(x2 - x1), thousandths(y2 - y1)];
}

/** A score, to a millionth. */
export function resultScore(score: number): number {
  return Number(score.toFixed(6));
}

function thousandths(value: number): number {
  return Number(value.toFixed(3));
}
