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
    const part = values.slice(start, start + 8);
    let i = 8;
    for (; i < length - (length % 8); i += 8) {
      for (let k = 0; k < 8; k++) part[k] += values[start + i + k];
    }
    let sum = part[0] + part[1] + (part[2] + part[3]) + (part[4] + part[5] + (part[6] + part[7]));
    for (; i < length; i++) sum += values[start + i];
    return sum;
  }
  const half = Math.floor(length / 2);
  const first = half - (half % 8);
  return pairwiseSum(values, start, first) + pairwiseSum(values, start + first, length - first);
}
