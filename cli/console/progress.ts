/**
 * The progress of a long job: a bar on a terminal, a line every ten seconds elsewhere, nothing with `--quiet`.
 *
 * @module
 */
import type { Log } from "./log.ts";
import { formatClock } from "./format.ts";
import { displayWidth, printable, truncate } from "./output.ts";

/** What a job counts, and how much of it there is. */
export interface ProgressOptions {
  /** How many units the whole job has; unknown when absent, and then neither bar nor time left is shown. */
  readonly total?: number;
  /** What is counted, in the plural: `"images"`. */
  readonly unit: string;
  /** A word before the bar: `"segmenting"`. */
  readonly label?: string;
  /** Time in ms; for tests. */
  readonly now?: () => number;
}

const REDRAW_MS = 100;
const LINE_MS = 10_000;
/** The rate is measured over this long a time, so that it follows a job whose units change in size. */
const RATE_WINDOW_MS = 15_000;
const BAR_COLUMNS = 24;

/** A running job. Call {@linkcode Progress.add} for each unit and {@linkcode Progress.stop} at the end. */
export class Progress {
  #done = 0;
  #note = "";
  #lastShown: number;
  #stopped = false;
  readonly #now: () => number;
  readonly #samples: { time: number; done: number }[];

  constructor(readonly log: Log, readonly options: ProgressOptions) {
    this.#now = options.now ?? performance.now.bind(performance);
    const time = this.#now();
    this.#samples = [{ time, done: 0 }];
    // On a terminal the first unit is drawn at once; elsewhere the first line comes after ten seconds.
    this.#lastShown = log.output.isTerminal ? -Infinity : time;
  }

  /** How many units are done. */
  get done(): number {
    return this.#done;
  }

  /** `count` more units are done; `note` names the last one. */
  add(count = 1, note = ""): void {
    this.#done += count;
    this.#note = note;
    this.#show();
  }

  /** Takes the bar away. */
  stop(): void {
    if (this.#stopped) return;
    this.#stopped = true;
    this.log.status("");
  }

  #show(): void {
    if (this.#stopped || this.log.level === "quiet") return;
    const time = this.#now();
    const { isTerminal } = this.log.output;
    if (time - this.#lastShown < (isTerminal ? REDRAW_MS : LINE_MS)) return;
    this.#lastShown = time;
    const rate = this.#rate(time);
    if (isTerminal) this.log.status(this.#bar(rate));
    else this.log.info(this.#line(rate));
  }

  /** Units per second over the last {@linkcode RATE_WINDOW_MS}. */
  #rate(time: number): number {
    this.#samples.push({ time, done: this.#done });
    while (this.#samples.length > 2 && time - this.#samples[1].time >= RATE_WINDOW_MS) this.#samples.shift();
    const first = this.#samples[0];
    return time > first.time ? (this.#done - first.done) / (time - first.time) * 1000 : 0;
  }

  #line(rate: number): string {
    const { total, unit, label } = this.options;
    const count = total === undefined ? `${this.#done}` : `${this.#done} of ${total}`;
    return [`${label ? `${label}: ` : ""}${count} ${unit}`, ...this.#pace(rate)].join(", ");
  }

  #bar(rate: number): string {
    const { total, label } = this.options;
    const { colors, output } = this.log;
    const parts = label ? [label] : [];
    if (total !== undefined) {
      const fraction = total > 0 ? Math.min(1, this.#done / total) : 1;
      const filled = Math.round(fraction * BAR_COLUMNS);
      parts.push(colors.cyan("━".repeat(filled)) + colors.dim("─".repeat(BAR_COLUMNS - filled)));
      parts.push(`${this.#done}/${total}`);
    } else {
      parts.push(`${this.#done} ${this.options.unit}`);
    }
    parts.push(...this.#pace(rate));
    const line = parts.join("  ");
    const columns = output.columns() - 1;
    const room = columns - displayWidth(line) - 2;
    // A bar wider than the window would wrap and leave its first half behind.
    if (room < -2) return truncate(this.#line(rate), columns);
    const note = printable(this.#note).replace(/[\n\t]/g, " ");
    return note && room >= 8 ? `${line}  ${colors.dim(truncate(note, room))}` : line;
  }

  #pace(rate: number): string[] {
    if (rate <= 0) return [];
    const { total, unit } = this.options;
    const pace = [`${rate.toFixed(rate < 10 ? 2 : rate < 100 ? 1 : 0)} ${unit}/s`];
    if (total !== undefined) pace.push(`${formatClock((total - this.#done) / rate)} left`);
    return pace;
  }
}
