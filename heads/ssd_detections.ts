/**
 * From the class probabilities and box codes of an SSD to objects.
 *
 * @see torchvision `SSD.postprocess_detections` and `batched_nms`, which this reproduces to the bit for equal
 * probabilities: single precision, the same ties, the same shortcuts
 */
import { decodeBox } from "./box_coder.ts";
import type { Detections } from "./detections.ts";
import type { HeadOutput, ImageView } from "./head.ts";
import { ScoreQueue } from "./score_queue.ts";

/** The settings of an SSD. */
export interface SsdSettings {
  /** Scores must exceed this. */
  readonly score: number;
  /** The maximum number of boxes of one class that enter suppression. */
  readonly candidates: number;
  /** Of two boxes of one class whose IoU exceeds this the weaker is dropped. */
  readonly iou: number;
  /** The maximum number of objects per image. */
  readonly max: number;
  /** The only classes to report, counted without the background. @default {all} */
  readonly classes?: ReadonlySet<number>;
}

/** The number of box coordinates up to which torchvision separates classes by shifting their boxes. */
const MAX_SHIFTED_COORDINATES = 4000;

/** Everything that scores above the threshold: class by class, each in the order of its anchors. */
interface Candidates {
  readonly scores: Float32Array;
  readonly rows: Int32Array;
  /** The column of the class, from 1. */
  readonly classes: Int32Array;
  /** The number of candidates of each class. */
  readonly counts: Int32Array;
}

/**
 * Decodes boxes, takes the best `candidates` of each class, suppresses overlaps and returns the `max` best of the
 * remaining ones.
 *
 * @param scores `[1, A, K + 1]`: probabilities, the background first
 * @param codes `[1, A, 4]`: see {@linkcode decodeBox}
 * @param anchors `[A, 4]`: centre x, centre y, width, height in pixels of the network's input
 * @throws {RangeError} if the numbers of predictions and anchors differ
 */
export function decodeSsd(
  scores: HeadOutput,
  codes: HeadOutput,
  anchors: Float32Array,
  view: ImageView,
  settings: SsdSettings,
): Detections {
  const [, rows, columns] = scores.shape;
  if (anchors.length !== rows * 4) {
    throw new RangeError(`${rows} predictions for ${anchors.length / 4} anchors`);
  }
  const candidates = findCandidates(scores.data, columns, settings);
  const boxes = new Boxes(codes.data, anchors, view);
  const kept = suppress(candidates, boxes, settings);
  return report(kept, candidates, boxes, view);
}

function findCandidates(scores: Float32Array, columns: number, settings: SsdSettings): Candidates {
  const threshold = Math.fround(settings.score);
  const counts = new Int32Array(columns);
  let hits = new Int32Array(1024);
  let count = 0;
  for (let row = 0, at = 0; at < scores.length; row++, at += columns) {
    for (let k = 1; k < columns; k++) {
      if (!(scores[at + k] > threshold)) continue;
      if (count === hits.length) hits = grown(hits);
      hits[count++] = at + k;
      counts[k]++;
    }
  }
  for (let k = 1; k < columns; k++) {
    if (settings.classes && !settings.classes.has(k - 1)) counts[k] = 0;
  }

  const next = new Int32Array(columns + 1);
  for (let k = 1; k < columns; k++) next[k + 1] = next[k] + counts[k];
  const total = next[columns];
  const found = {
    scores: new Float32Array(total),
    rows: new Int32Array(total),
    classes: new Int32Array(total),
    counts,
  };
  for (let i = 0; i < count; i++) {
    const k = hits[i] % columns;
    if (counts[k] === 0) continue;
    const to = next[k]++;
    found.scores[to] = scores[hits[i]];
    found.rows[to] = (hits[i] - k) / columns;
    found.classes[to] = k;
  }
  return found;
}

function grown(array: Int32Array<ArrayBuffer>): Int32Array<ArrayBuffer> {
  const larger = new Int32Array(array.length * 2);
  larger.set(array);
  return larger;
}

/** The boxes of an image, decoded on demand. */
class Boxes {
  /** `[A, 4]`: x1, y1, x2, y2 in pixels of the network's input, where decoded. */
  readonly corners: Float32Array;
  readonly #decoded: Uint8Array;

  constructor(
    readonly codes: Float32Array,
    readonly anchors: Float32Array,
    readonly view: ImageView,
  ) {
    this.corners = new Float32Array(anchors.length);
    this.#decoded = new Uint8Array(anchors.length / 4);
  }

  /** Makes sure that a row of `corners` is decoded. */
  decode(row: number): void {
    if (this.#decoded[row]) return;
    this.#decoded[row] = 1;
    const { codes, anchors, corners, view } = this;
    decodeBox(codes, anchors, corners, row, view.inputWidth, view.inputHeight);
  }
}

/** The candidates in descending order of score, at most `maxPerClass` of each class. */
class Contest {
  readonly #queue: ScoreQueue;
  readonly #left: Int32Array;

  constructor(readonly candidates: Candidates, maxPerClass: number) {
    this.#queue = new ScoreQueue(candidates.scores);
    this.#left = candidates.counts.map((count) => Math.min(count, maxPerClass));
  }

  /** The number of candidates that remain. */
  get length(): number {
    return this.#left.reduce((sum, left) => sum + left, 0);
  }

  /** The next candidate, or −1. */
  next(): number {
    for (;;) {
      const candidate = this.#queue.pop();
      if (candidate === -1 || this.#left[this.candidates.classes[candidate]]-- > 0) return candidate;
    }
  }
}

/**
 * Non-maximum suppression within each class, from the best score down, until `max` boxes are kept: later ones cannot
 * change them.
 */
function suppress(
  candidates: Candidates,
  boxes: Boxes,
  { candidates: maxPerClass, iou, max }: SsdSettings,
): Int32Array {
  const f = Math.fround;
  const { rows, classes, counts } = candidates;
  const contest = new Contest(candidates, maxPerClass);
  const length = contest.length;
  const limit = Math.min(max, length);
  const shift = length * 4 <= MAX_SHIFTED_COORDINATES
    ? classShift(new Contest(candidates, maxPerClass), rows, boxes)
    : 0;

  const kept = new Int32Array(limit);
  const corners = new Float32Array(limit * 4);
  const areas = new Float32Array(limit);
  // The kept boxes of a class form a linked list: its newest, and from each the previous one.
  const newest = new Int32Array(counts.length).fill(-1);
  const before = new Int32Array(limit);
  let count = 0;
  while (count < limit) {
    const candidate = contest.next();
    if (candidate === -1) break;
    const at = rows[candidate] * 4;
    const k = classes[candidate];
    boxes.decode(rows[candidate]);
    const offset = f(k * shift);
    const x1 = f(boxes.corners[at] + offset);
    const y1 = f(boxes.corners[at + 1] + offset);
    const x2 = f(boxes.corners[at + 2] + offset);
    const y2 = f(boxes.corners[at + 3] + offset);
    const area = f(f(x2 - x1) * f(y2 - y1));
    let other = newest[k];
    for (; other !== -1; other = before[other]) {
      const width = f(Math.min(x2, corners[other * 4 + 2]) - Math.max(x1, corners[other * 4]));
      const height = f(Math.min(y2, corners[other * 4 + 3]) - Math.max(y1, corners[other * 4 + 1]));
      if (!(width > 0 && height > 0)) continue;
      const overlap = f(width * height);
      if (f(overlap / f(f(areas[other] + area) - overlap)) > iou) break;
    }
    if (other !== -1) continue;
    corners[count * 4] = x1;
    corners[count * 4 + 1] = y1;
    corners[count * 4 + 2] = x2;
    corners[count * 4 + 3] = y2;
    areas[count] = area;
    before[count] = newest[k];
    newest[k] = count;
    kept[count++] = candidate;
  }
  return kept.subarray(0, count);
}

/**
 * How far torchvision shifts each class from the previous one, so that no two overlap, in pixels. Far from the origin a
 * float has fewer bits for the fraction, which changes IoU in its fifth digit and occasionally the outcome.
 */
function classShift(contest: Contest, rows: Int32Array, boxes: Boxes): number {
  let largest = 0;
  for (let candidate = contest.next(); candidate !== -1; candidate = contest.next()) {
    const at = rows[candidate] * 4;
    boxes.decode(rows[candidate]);
    for (let c = at; c < at + 4; c++) largest = Math.max(largest, boxes.corners[c]);
  }
  return Math.fround(largest + 1);
}

/** The kept candidates in pixels of the original image. */
function report(kept: Int32Array, candidates: Candidates, { corners }: Boxes, view: ImageView): Detections {
  const detections = {
    count: kept.length,
    boxes: new Float32Array(kept.length * 4),
    scores: new Float32Array(kept.length),
    classes: new Int32Array(kept.length),
  };
  const scaleX = Math.fround(view.width / view.inputWidth);
  const scaleY = Math.fround(view.height / view.inputHeight);
  for (let i = 0; i < kept.length; i++) {
    const from = candidates.rows[kept[i]] * 4;
    for (let c = 0; c < 4; c += 2) {
      detections.boxes[i * 4 + c] = corners[from + c] * scaleX;
      detections.boxes[i * 4 + c + 1] = corners[from + c + 1] * scaleY;
    }
    detections.scores[i] = candidates.scores[kept[i]];
    detections.classes[i] = candidates.classes[kept[i]] - 1;
  }
  return detections;
}
