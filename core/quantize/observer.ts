/** What values the tensors of a network take, from which the scales of their bytes are chosen. */

/** Bins for each doubling of the absolute value: the leading bits of a float's mantissa. */
const BITS = 3;

/** Absolute values from 2^LOWEST to 2^HIGHEST have bins of their own. */
const LOWEST = -10, HIGHEST = 11;

/** Bins of values of one sign. */
const SPAN = (HIGHEST - LOWEST) << BITS;

/** Cells of a map that are looked at. */
const MAX_CELLS = 8192;

/** The bias of a float's exponent, and the bits of its mantissa. */
const EXPONENT_BIAS = 127, MANTISSA = 23;

/** The values of a tensor `[N, C, …]` over any number of runs: a histogram of each channel. */
export class TensorObserver {
  readonly channelMin: Float64Array;
  readonly channelMax: Float64Array;
  readonly channelSum: Float64Array;
  /** How many values of each channel were seen. */
  count = 0;
  /** Of each channel those below zero and then those above, smaller absolute values first. */
  readonly #bins: Uint32Array;

  constructor(readonly channels: number) {
    this.channelMin = new Float64Array(channels);
    this.channelMax = new Float64Array(channels);
    this.channelSum = new Float64Array(channels);
    this.#bins = new Uint32Array(channels * 2 * SPAN);
  }

  /**
   * Adds the values of a run.
   *
   * @param data `[N, C, …]`
   * @param floor what is smaller counts as this: an h-swish makes 0 of everything below −3
   * @throws {RangeError} if a value is not finite
   */
  add(data: Float32Array, batch = 1, floor = -Infinity): void {
    const { channels } = this;
    const cells = data.length / (channels * batch);
    // Of large maps every few cells, an odd number apart so that not always the same columns are seen.
    const step = Math.max(1, Math.floor(cells / MAX_CELLS)) | 1;
    const values = new Float32Array(1);
    const bits = new Uint32Array(values.buffer);
    const bins = this.#bins;
    const first = (EXPONENT_BIAS + LOWEST) << BITS;
    for (let row = 0; row < channels * batch; row++) {
      const channel = row % channels;
      const base = channel * 2 * SPAN;
      let [min, max, sum] = [0, 0, 0];
      const end = (row + 1) * cells;
      for (let i = row * cells; i < end; i++) {
        const value = data[i];
        if (value < min) min = value;
        if (value > max) max = value;
      }
      min = Math.max(min, floor);
      for (let i = row * cells; i < end; i += step) {
        const value = data[i] < floor ? floor : data[i];
        sum += value;
        values[0] = value;
        const key = ((bits[0] & 0x7fffffff) >>> (MANTISSA - BITS)) - first;
        if (key >= 0) bins[base + (value > 0 ? SPAN : 0) + (key < SPAN ? key : SPAN - 1)]++;
      }
      if (!Number.isFinite(sum)) throw new RangeError("values are not finite");
      this.channelMin[channel] = Math.min(this.channelMin[channel], min);
      this.channelMax[channel] = Math.max(this.channelMax[channel], max);
      this.channelSum[channel] += sum;
    }
    this.count += Math.ceil(cells / step) * batch;
  }

  /**
   * Calls back for the values of a channel, bin by bin; values of almost zero are left out.
   *
   * @param pieces into how many values a bin is divided, so that those at the ends of a range are not all inside or outside
   */
  forEach(channel: number, pieces: number, call: (value: number, count: number) => void): void {
    const start = channel * 2 * SPAN;
    const [min, max] = [this.channelMin[channel], this.channelMax[channel]];
    for (let i = 0; i < 2 * SPAN; i++) {
      const count = this.#bins[start + i];
      if (count === 0) continue;
      for (let piece = 0; piece < pieces; piece++) {
        const value = STARTS[i] + WIDTHS[i] * (piece + 0.5) / pieces;
        call(Math.min(max, Math.max(min, value)), count / pieces);
      }
    }
  }
}

/** Where the bins begin, at the end nearer to zero, and how wide they are; both are negative below zero. */
const [STARTS, WIDTHS] = [0, 1].map((what) =>
  Float64Array.from({ length: 2 * SPAN }, (_, i) => {
    const key = i % SPAN;
    const step = 1 << BITS;
    const size = 2 ** (LOWEST + Math.floor(key / step));
    const value = what === 0 ? size * (1 + key % step / step) : size / step;
    return i < SPAN ? -value : value;
  })
);
