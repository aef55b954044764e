/**
 * Sums as numpy makes them, so that means agree with its to the last bits.
 *
 * @module
 */

const BLOCK = 8192;

/** numpy's mean of the first `length` values: blocks of 8192, each summed in pairs; NaN of none. */
export function pairwiseMean(values: Float64Array, length: number = values.length): number {
  let sum = 0;
  for (let start = 0; start < length; start += BLOCK) {
    sum += pairwiseSum(values, start, Math.min(BLOCK, length - start));
  }
  return sum / length;
}

function pairwiseSum(values: Float64Array, start: number, length: number): number {
  if (length < 8) {
    let sum = 0;
    for (let i = 0; i < length; i++) sum += values[start + i];
    return sum;
  }
  if (length <= 128) {
    let a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0;
    const end = start + length, endOfEights = end - (length % 8);
    let i = start;
    for (; i < endOfEights; i += 8) {
      a += values[i];
      b += values[i + 1];
      c += values[i + 2];
      d += values[i + 3];
      e += values[i + 4];
      f += values[i + 5];
      g += values[i + 6];
      h += values[i + 7];
    }
    let sum = a + b + (c + d) + (e + f + (g + h));
    for (; i < end; i++) sum += values[i];
    return sum;
  }
  const half = Math.floor(length / 2);
  const first = half - (half % 8);
  return pairwiseSum(values, start, first) + pairwiseSum(values, start + first, length - first);
}
