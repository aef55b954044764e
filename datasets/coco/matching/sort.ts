/**
 * Stable orders of rows by one column. COCO's numbers depend on the order of equal scores, so every sort here
 * is stable, and orders are chained: sort by the least important column first.
 *
 * @module
 */

/**
 * The order of `order` (row numbers) by the keys of the rows, which lie in `[0, buckets)`; equal ones stay.
 */
export function stableOrder(order: Int32Array, keys: Int32Array, buckets: number): Int32Array<ArrayBuffer> {
  const next = new Int32Array(buckets + 1);
  for (let i = 0; i < order.length; i++) next[keys[order[i]] + 1]++;
  for (let b = 1; b <= buckets; b++) next[b] += next[b - 1];
  const sorted = new Int32Array(order.length);
  for (let i = 0; i < order.length; i++) sorted[next[keys[order[i]]]++] = order[i];
  return sorted;
}

/**
 * Orders each group `[start[g], start[g + 1])` of values by their keys, which lie in `[0, buckets)`; equal
 * ones stay. Writes the values to `sorted` and puts the keys in the same order. Faster than ordering
 * everything by key first, as a group fits the cache.
 */
export function orderGroups(
  values: Int32Array,
  keys: Int32Array,
  start: Int32Array,
  buckets: number,
  sorted: Int32Array,
): void {
  const next = new Int32Array(buckets + 1);
  for (let group = 0; group + 1 < start.length; group++) {
    const first = start[group], end = start[group + 1];
    if (first === end) continue;
    next.fill(0);
    for (let i = first; i < end; i++) next[keys[i] + 1]++;
    for (let b = 1; b <= buckets; b++) next[b] += next[b - 1];
    for (let i = first; i < end; i++) sorted[first + next[keys[i]]++] = values[i];
    // Each bucket now begins where the one before it ends.
    for (let b = 0, i = first; b < buckets; b++) {
      for (; i < first + next[b]; i++) keys[i] = b;
    }
  }
}

const DIGIT_BITS = 11;
const DIGITS = 1 << DIGIT_BITS;
const FEW = 100;
const SHORT_RUN = 32;

/**
 * Sorts by descending score; equal scores stay in their order. It keeps its working memory, since an
 * evaluation sorts the detections of each category.
 *
 * A radix sort on the upper half of the doubles (their first 20 binary places), which leaves short runs whose
 * lower halves still have to be compared.
 */
export class ScoreSorter {
  #rows = new Int32Array(0);
  #nextRows = new Int32Array(0);
  #keys = new Uint32Array(0);
  #nextKeys = new Uint32Array(0);
  readonly #counts = new Uint32Array(3 * DIGITS);

  /**
   * The indices of the scores by descending score, in an array that the next call overwrites. Scores must not
   * be NaN.
   */
  order(scores: Float64Array): Int32Array {
    const { length } = scores;
    if (this.#rows.length < length) {
      this.#rows = new Int32Array(length);
      this.#nextRows = new Int32Array(length);
      this.#keys = new Uint32Array(length);
      this.#nextKeys = new Uint32Array(length);
    }
    const rows = this.#rows;
    for (let i = 0; i < length; i++) rows[i] = i;
    if (length < FEW) sortRun(rows, 0, length, scores);
    else {
      this.#sortByUpperHalf(scores);
      sortRunsOfEqualKeys(this.#rows, this.#keys, length, scores);
    }
    return this.#rows.subarray(0, length);
  }

  #sortByUpperHalf(scores: Float64Array): void {
    const keys = this.#keys, counts = this.#counts.fill(0);
    const words = new Uint32Array(scores.buffer, scores.byteOffset, 2 * scores.length);
    for (let i = 0; i < scores.length; i++) {
      const word = words[2 * i + 1];
      // Keys ascend where the scores descend; 0 and -0 (and what is next to them) have the same.
      const key = word << 1 === 0 ? 0x7fffffff : word >>> 31 === 1 ? word : (~word ^ 0x80000000) >>> 0;
      keys[i] = key;
      counts[key & (DIGITS - 1)]++;
      counts[DIGITS + ((key >>> DIGIT_BITS) & (DIGITS - 1))]++;
      counts[2 * DIGITS + (key >>> (2 * DIGIT_BITS))]++;
    }
    for (let pass = 0; pass < 3; pass++) this.#scatter(scores.length, pass);
  }

  /** Orders rows and keys by one digit of the keys. */
  #scatter(length: number, pass: number): void {
    const rows = this.#rows, keys = this.#keys, nextRows = this.#nextRows, nextKeys = this.#nextKeys;
    const shift = pass * DIGIT_BITS;
    const next = this.#counts.subarray(pass * DIGITS, (pass + 1) * DIGITS);
    if (next[(keys[0] >>> shift) & (DIGITS - 1)] === length) return;
    for (let digit = 0, sum = 0; digit < DIGITS; digit++) {
      const count = next[digit];
      next[digit] = sum;
      sum += count;
    }
    for (let i = 0; i < length; i++) {
      const key = keys[i];
      const at = next[(key >>> shift) & (DIGITS - 1)]++;
      nextRows[at] = rows[i];
      nextKeys[at] = key;
    }
    this.#rows = nextRows;
    this.#nextRows = rows;
    this.#keys = nextKeys;
    this.#nextKeys = keys;
  }
}

function sortRunsOfEqualKeys(
  rows: Int32Array,
  keys: Uint32Array,
  length: number,
  scores: Float64Array,
): void {
  for (let start = 0, end = 0; start < length; start = end) {
    const key = keys[start];
    while (end < length && keys[end] === key) end++;
    if (end - start > 1) sortRun(rows, start, end, scores);
  }
}

function sortRun(rows: Int32Array, start: number, end: number, scores: Float64Array): void {
  if (end - start > SHORT_RUN) {
    rows.subarray(start, end).sort((a, b) => scores[b] - scores[a] || a - b);
    return;
  }
  for (let i = start + 1; i < end; i++) {
    const row = rows[i], score = scores[row];
    let k = i;
    for (; k > start && scores[rows[k - 1]] < score; k--) rows[k] = rows[k - 1];
    rows[k] = row;
  }
}
