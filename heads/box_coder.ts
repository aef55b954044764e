/**
 * Boxes as an SSD predicts them: offsets from an anchor in units of its size, and the logarithm of the size.
 *
 * @see torchvision `BoxCoder`, TensorFlow Object Detection `FasterRcnnBoxCoder`
 */

/** The divisors of the network's offsets and logarithms. */
const OFFSET_SCALE = 10;
const SIZE_SCALE = 5;

/** The maximum logarithm of a box's size relative to its anchor, so that `exp` stays finite. */
const MAX_LOGARITHM = Math.fround(Math.log(1000 / 16));

/**
 * Decodes one row of codes (dx, dy, dw, dh) into the corners x1, y1, x2, y2, clipped to the image, in single precision, as
 * torchvision does.
 *
 * @param codes `[n, 4]`, as the network returned them
 * @param anchors `[n, 4]`: centre x, centre y, width, height in pixels
 * @param boxes `[n, 4]`: receives the corners
 * @param row the row of all three
 * @param width of the network's input, in pixels
 * @param height of the network's input, in pixels
 */
export function decodeBox(
  codes: Float32Array,
  anchors: Float32Array,
  boxes: Float32Array,
  row: number,
  width: number,
  height: number,
): void {
  const at = row * 4;
  decodeSpan(codes, anchors, boxes, at, width);
  decodeSpan(codes, anchors, boxes, at + 1, height);
}

/** One axis of a box: its centre is at the index `at`, its length two further on. */
function decodeSpan(
  codes: Float32Array,
  anchors: Float32Array,
  boxes: Float32Array,
  at: number,
  pixels: number,
): void {
  const f = Math.fround;
  const length = anchors[at + 2];
  const centre = f(f(f(codes[at] / OFFSET_SCALE) * length) + anchors[at]);
  const logarithm = Math.min(f(codes[at + 2] / SIZE_SCALE), MAX_LOGARITHM);
  const half = f(f(Math.exp(logarithm)) * length) / 2;
  boxes[at] = Math.min(Math.max(f(centre - half), 0), pixels);
  boxes[at + 2] = Math.min(Math.max(f(centre + half), 0), pixels);
}
