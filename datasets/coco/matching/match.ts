/**
 * Assigns detections to truths, image by image, for every threshold and area range (`COCOeval.evaluateImg`).
 *
 * @module
 */
import { candidateFinder, CandidateList } from "./candidates.ts";
import type { CocoParams } from "../params.ts";
import type { ComparisonTable } from "./comparison_table.ts";

/** What became of a detection at one threshold and in one area range. */
export const Outcome = {
  /** No truth was left for it: a false positive if its area is in the range. */
  unmatched: 0,
  /** Matched to a truth that counts. */
  truePositive: 1,
  /** Matched to a crowd, or to a truth outside the area range: neither right nor wrong. */
  ignored: 2,
} as const;

/**
 * The matched detections of some images: those within the largest limit, by category, image and descending
 * score. It is all that precision and recall depend on.
 */
export interface MatchColumns {
  /** Where the detections of each category begin and the last one's end, `[categories + 1]`. */
  readonly start: Int32Array<ArrayBuffer>;
  /** Index of the image. */
  readonly image: Int32Array<ArrayBuffer>;
  /** Place by score among the detections of its image and category. */
  readonly rank: Int32Array<ArrayBuffer>;
  readonly score: Float64Array<ArrayBuffer>;
  /** Bit `a` is set where the detection, unmatched, is wrong in range `a`: where its own area lies. */
  readonly inRange: Int32Array<ArrayBuffer>;
  /** Row in `outcomes`, or -1 for a detection that overlaps no truth enough for any threshold. */
  readonly outcomeRow: Int32Array<ArrayBuffer>;
  /** {@linkcode Outcome}, `[rows, area ranges, thresholds]`. */
  readonly outcomes: Uint8Array<ArrayBuffer>;
  /** Truths that count, `[categories, area ranges]`. */
  readonly positives: Float64Array<ArrayBuffer>;
}

/** pycocotools never asks for more than this overlap, so that 1 can be reached in spite of rounding. */
const MAX_IOU = 1 - 1e-10;

/** Matches all images of the table. */
export function matchTable(table: ComparisonTable, params: CocoParams): MatchColumns {
  return new Matcher(table, params).run();
}

class Matcher {
  readonly #ranges: number;
  readonly #thresholds: Float64Array;
  readonly #minIou: number;
  readonly #limit: number;
  readonly #rangeBits: (area: number) => number;
  /** For each truth the area ranges in which it is ignored, as bits. */
  readonly #ignored: Int32Array;
  /** For each truth the last pass in which it was taken. */
  readonly #taken: Int32Array;
  #pass = 0;
  readonly #candidates = new CandidateList();
  /** Where the candidates of each detection that has any begin, and the last one's end. */
  #candidateStart = new Int32Array(128);
  #order = new Int32Array(128);
  #outcomes = new Uint8Array(1 << 16);
  #outcomeRows = 0;

  constructor(readonly table: ComparisonTable, readonly params: CocoParams) {
    this.#ranges = params.areaRanges.length;
    this.#thresholds = Float64Array.from(params.iouThresholds, (iou) => Math.min(iou, MAX_IOU));
    this.#minIou = this.#thresholds.reduce((a, b) => Math.min(a, b));
    this.#limit = params.maxDetections[params.maxDetections.length - 1];
    const { source, area, crowd, ignored } = table.truth;
    this.#taken = new Int32Array(source.length);
    this.#ignored = new Int32Array(source.length);
    this.#rangeBits = rangeBits(params);
    const all = 2 ** this.#ranges - 1;
    for (let row = 0; row < source.length; row++) {
      const always = crowd[source[row]] === 1 || ignored?.[source[row]] === 1;
      this.#ignored[row] = always ? all : all & ~this.#rangeBits(area[source[row]]);
    }
  }

  run(): MatchColumns {
    const { table, params } = this;
    const { truth, detections } = table, images = truth.start.length - 1;
    const starts = this.#categoryStarts();
    const rows = starts[table.categoryCount];
    const image = new Int32Array(rows), rank = new Int32Array(rows), score = new Float64Array(rows);
    const inRange = new Int32Array(rows), outcomeRow = new Int32Array(rows);
    const next = starts.slice();
    const rangeBits = this.#rangeBits, { neverWrong } = detections;
    const find = candidateFinder(table, params);
    for (let i = 0; i < images; i++) {
      const lastTruth = truth.start[i + 1], last = detections.start[i + 1];
      let truthStart = truth.start[i];
      for (let start = detections.start[i], end = start; start < last; start = end) {
        const category = detections.category[start];
        end = endOfCategory(detections.category, start, last);
        while (truthStart < lastTruth && truth.category[truthStart] < category) truthStart++;
        let truthEnd = truthStart;
        while (truthEnd < lastTruth && truth.category[truthEnd] === category) truthEnd++;

        const count = Math.min(end - start, this.#limit);
        const order = this.#byScore(start, end);
        const first = next[category];
        next[category] += count;
        for (let k = 0; k < count; k++) {
          const source = detections.source[order[k]];
          image[first + k] = i;
          rank[first + k] = k;
          score[first + k] = detections.score[source];
          inRange[first + k] = neverWrong?.[source] === 1 ? 0 : rangeBits(detections.area[source]);
          outcomeRow[first + k] = -1;
        }
        if (truthEnd > truthStart) {
          find(i, order, count, truthStart, truthEnd, this.#minIou, this.#candidates);
          if (this.#candidates.length > 0) this.#match(outcomeRow, first);
        }
        truthStart = truthEnd;
      }
    }
    const outcomes = this.#outcomes.slice(0, this.#outcomeRows * this.#ranges * this.#thresholds.length);
    return {
      start: starts,
      image,
      rank,
      score,
      inRange,
      outcomeRow,
      outcomes,
      positives: this.#countPositives(),
    };
  }

  /** Where the detections of each category will begin: those within the limit. */
  #categoryStarts(): Int32Array<ArrayBuffer> {
    const { categoryCount, detections } = this.table, images = detections.start.length - 1;
    const starts = new Int32Array(categoryCount + 1);
    for (let i = 0; i < images; i++) {
      const last = detections.start[i + 1];
      for (let start = detections.start[i], end = start; start < last; start = end) {
        end = endOfCategory(detections.category, start, last);
        starts[detections.category[start] + 1] += Math.min(end - start, this.#limit);
      }
    }
    for (let k = 0; k < categoryCount; k++) starts[k + 1] += starts[k];
    return starts;
  }

  /** The rows `[start, end)` by descending score; result files mostly have them so already. */
  #byScore(start: number, end: number): Int32Array {
    const count = end - start;
    if (count > this.#order.length) this.#order = new Int32Array(2 * count);
    const order = this.#order;
    const { score, source } = this.table.detections;
    let sorted = true, before = Infinity;
    for (let k = 0; k < count; k++) {
      order[k] = start + k;
      const here = score[source[start + k]];
      if (here > before) sorted = false;
      before = here;
    }
    if (!sorted) order.subarray(0, count).sort((a, b) => score[source[b]] - score[source[a]] || a - b);
    return order;
  }

  /** Matches the detections that have candidates; `first` is the row of the cell's first detection. */
  #match(outcomeRow: Int32Array, first: number): void {
    const { detection, length } = this.#candidates;
    let withCandidates = 0;
    if (this.#candidateStart.length <= length) this.#candidateStart = new Int32Array(2 * length);
    for (let c = 0; c < length; c++) {
      if (c > 0 && detection[c] === detection[c - 1]) continue;
      outcomeRow[first + detection[c]] = this.#outcomeRows + withCandidates;
      this.#candidateStart[withCandidates++] = c;
    }
    this.#candidateStart[withCandidates] = length;
    const thresholds = this.#thresholds.length;
    const rowSize = this.#ranges * thresholds;
    this.#reserveOutcomes((this.#outcomeRows + withCandidates) * rowSize);
    const base = this.#outcomeRows * rowSize;
    this.#outcomeRows += withCandidates;
    if (length === 1) {
      this.#assignOnly(base);
      return;
    }
    for (let range = 0; range < this.#ranges; range++) {
      for (let t = 0; t < thresholds; t++) {
        this.#assign(range, this.#thresholds[t], withCandidates, base + range * thresholds + t, rowSize);
      }
    }
  }

  /** All passes at once where a single pair is to be assigned, which is so more often than not. */
  #assignOnly(base: number): void {
    const row = this.#candidates.truth[0], iou = this.#candidates.iou[0];
    const never = this.table.truth.neverMatched[this.table.truth.source[row]] === 1;
    const thresholds = this.#thresholds, outcomes = this.#outcomes;
    for (let range = 0, at = base; range < this.#ranges; range++) {
      const ignored = ((this.#ignored[row] >>> range) & 1) === 1;
      const outcome = ignored ? Outcome.ignored : never ? Outcome.unmatched : Outcome.truePositive;
      for (let t = 0; t < thresholds.length; t++, at++) if (iou >= thresholds[t]) outcomes[at] = outcome;
    }
  }

  /**
   * One pass: each detection in turn takes the free truth it overlaps most, of equal ones the last. A truth
   * that counts is preferred to any ignored one; only a crowd can be taken again.
   */
  #assign(range: number, threshold: number, count: number, at: number, stride: number): void {
    const { truth, iou } = this.#candidates;
    const { crowd, neverMatched, source } = this.table.truth;
    const ignored = this.#ignored,
      taken = this.#taken,
      outcomes = this.#outcomes,
      start = this.#candidateStart;
    const pass = ++this.#pass;
    for (let d = 0; d < count; d++) {
      const end = start[d + 1];
      let best = threshold, match = -1, ignoredSeen = false;
      for (let c = start[d]; c < end; c++) {
        const row = truth[c];
        if ((ignored[row] >>> range) & 1) ignoredSeen = true;
        else if (iou[c] >= best && taken[row] !== pass) {
          best = iou[c];
          match = row;
        }
      }
      if (match >= 0) {
        taken[match] = pass;
        outcomes[at + d * stride] = neverMatched[source[match]] ? Outcome.unmatched : Outcome.truePositive;
        continue;
      }
      if (!ignoredSeen) continue;
      for (let c = start[d]; c < end; c++) {
        const row = truth[c];
        if (((ignored[row] >>> range) & 1) === 0) continue;
        if (iou[c] >= best && (taken[row] !== pass || crowd[source[row]] === 1)) {
          best = iou[c];
          match = row;
        }
      }
      if (match >= 0) {
        taken[match] = pass;
        outcomes[at + d * stride] = Outcome.ignored;
      }
    }
  }

  #reserveOutcomes(length: number): void {
    if (length <= this.#outcomes.length) return;
    const larger = new Uint8Array(2 * length);
    larger.set(this.#outcomes);
    this.#outcomes = larger;
  }

  #countPositives(): Float64Array<ArrayBuffer> {
    const ranges = this.#ranges;
    const positives = new Float64Array(this.table.categoryCount * ranges);
    const { category } = this.table.truth;
    for (let row = 0; row < category.length; row++) {
      for (let range = 0; range < ranges; range++) {
        if (((this.#ignored[row] >>> range) & 1) === 0) positives[category[row] * ranges + range]++;
      }
    }
    return positives;
  }
}

function endOfCategory(category: Int32Array, start: number, last: number): number {
  let end = start + 1;
  while (end < last && category[end] === category[start]) end++;
  return end;
}

/** The ranges in which an area lies, as bits. */
function rangeBits({ areaRanges }: CocoParams): (area: number) => number {
  const min = Float64Array.from(areaRanges, (range) => range.min);
  const max = Float64Array.from(areaRanges, (range) => range.max);
  return (area) => {
    let bits = 0;
    // Without a branch, which would be mispredicted for every other detection.
    for (let range = 0; range < min.length; range++) {
      bits |= (+(area >= min[range]) & +(area <= max[range])) << range;
    }
    return bits;
  };
}
