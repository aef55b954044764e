/**
 * Counting which value of one image lies on which value of another: the hot loop of every pixel score.
 *
 * @module
 */
import type { LabelMap } from "../../core/images/image.ts";

/**
 * Calls `visit` once for each distinct pair of values that lie on each other, with the number of pixels
 * (`truth` and `prediction`: `[height, width]`, of equal size).
 *
 * 8-bit images are counted into a 256 × 256 table with no look-up per pixel; neighbours are mostly equal,
 * so four pixels at a time are compared with the four before and whole runs are counted at once. Wider values
 * go through runs of equal pairs, which may be visited more than once.
 */
export function visitPixelPairs(
  truth: LabelMap,
  prediction: LabelMap,
  visit: (truthValue: number, predictionValue: number, pixels: number) => void,
): void {
  if (truth.data instanceof Uint8Array && prediction.data instanceof Uint8Array) {
    const table = pairTable(truth.data, prediction.data);
    for (let cell = 0; cell < table.length; cell++) {
      if (table[cell] > 0) visit(cell >>> 8, cell & 255, table[cell]);
    }
  } else visitRuns(truth.data, prediction.data, visit);
}

/** Pixels by `truth << 8 | prediction`: `[256, 256]`. */
function pairTable(truth: Uint8Array, prediction: Uint8Array): Uint32Array {
  const table = new Uint32Array(1 << 16);
  const aligned = (truth.byteOffset | prediction.byteOffset) % 4 === 0;
  const words = aligned ? truth.length >>> 2 : 0;
  const truthWords = new Int32Array(truth.buffer, aligned ? truth.byteOffset : 0, words);
  const predictionWords = new Int32Array(prediction.buffer, aligned ? prediction.byteOffset : 0, words);

  let i = 0;
  while (i < words) {
    const t = truthWords[i];
    const p = predictionWords[i];
    const start = i++;
    while (i < words && truthWords[i] === t && predictionWords[i] === p) i++;
    const run = i - start;
    table[(t & 255) << 8 | p & 255] += run;
    table[t & 0xff00 | p >>> 8 & 255] += run;
    table[t >>> 8 & 0xff00 | p >>> 16 & 255] += run;
    table[t >>> 16 & 0xff00 | p >>> 24] += run;
  }
  for (let pixel = words * 4; pixel < truth.length; pixel++) table[truth[pixel] << 8 | prediction[pixel]]++;
  return table;
}

function visitRuns(
  truth: Uint8Array | Uint16Array,
  prediction: Uint8Array | Uint16Array,
  visit: (truthValue: number, predictionValue: number, pixels: number) => void,
): void {
  for (let i = 0; i < truth.length;) {
    const t = truth[i];
    const p = prediction[i];
    const start = i++;
    while (i < truth.length && truth[i] === t && prediction[i] === p) i++;
    visit(t, p, i - start);
  }
}
