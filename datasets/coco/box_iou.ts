/**
 * Overlap of boxes.
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
