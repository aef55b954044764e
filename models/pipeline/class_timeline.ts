/** How much of each class a video shows over its time. */

/** A class over time. */
export interface ClassTimes {
  readonly name: string;
  /** Its mean in the frames of each interval; `NaN` where an interval has no frame. */
  readonly means: Float64Array;
  /** Its mean in all frames. */
  readonly mean: number;
}

/** Seconds of an interval of a short video. */
const SHORTEST = 0.1;

/**
 * Sums of classes in intervals of equal length, which double as the video goes on: memory grows with the number of
 * classes alone.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { ClassTimeline } from "./class_timeline.ts";
 *
 * const times = new ClassTimeline(2);
 * for (const [seconds, count] of [[0, 1], [0.15, 3], [0.3, 8]]) times.add(seconds, new Map([["car", count]]));
 * assert.equal(times.interval, 0.2);
 * assert.deepEqual(times.classes.map(({ name, means }) => [name, ...means]), [["car", 2, 8]]);
 * ```
 */
export class ClassTimeline {
  /** Seconds of an interval. */
  interval = SHORTEST;
  /** Frames so far. */
  frames = 0;
  /** When the last of them is shown. */
  seconds = 0;
  readonly #counts: Float64Array;
  readonly #sums = new Map<string, Float64Array>();

  /** @param intervals how many there are at most */
  constructor(readonly intervals: number = 240) {
    this.#counts = new Float64Array(intervals);
  }

  /**
   * Adds a frame.
   *
   * @param seconds when it is shown, 0 or later
   * @param amounts of each class in it: objects, or a share of its pixels
   */
  add(seconds: number, amounts: ReadonlyMap<string, number>): void {
    this.frames++;
    this.seconds = Math.max(this.seconds, seconds);
    // A hundred doublings hold any number of seconds that a file can name.
    while (this.#place(seconds) >= this.intervals) this.#double();
    const place = this.#place(seconds);
    this.#counts[place]++;
    for (const [name, amount] of amounts) {
      let sums = this.#sums.get(name);
      if (sums === undefined) this.#sums.set(name, sums = new Float64Array(this.intervals));
      sums[place] += amount;
    }
  }

  /** The classes, the one with the most first; intervals after the last frame are left out. */
  get classes(): ClassTimes[] {
    const used = this.#place(this.seconds) + 1;
    return [...this.#sums].map(([name, sums]) => ({
      name,
      means: Float64Array.from({ length: used }, (_, k) => sums[k] / (this.#counts[k] || NaN)),
      mean: sums.reduce((total, sum) => total + sum, 0) / this.frames,
    })).sort((a, b) => b.mean - a.mean);
  }

  #place(seconds: number): number {
    // Times are rounded to microseconds: those on an edge belong to the later interval.
    return Math.floor(seconds / this.interval + 1e-9);
  }

  #double(): void {
    this.interval *= 2;
    for (const sums of [this.#counts, ...this.#sums.values()]) {
      for (let k = 0; k < this.intervals; k++) {
        const [first, second] = [sums[2 * k] ?? 0, sums[2 * k + 1] ?? 0];
        sums[k] = first + second;
      }
    }
  }
}
