/**
 * A window on a text of any size: only what is being read is ever in memory.
 *
 * @module
 */
import { type Hint, usageError } from "../../../core/errors.ts";
import type { ByteSource } from "./byte_source.ts";

const WINDOW = 1 << 20;
const MAX_ENTRY_BYTES = 1 << 29;
const NEW_LINE = 10;

/** Thrown when the window ends before the value does; never leaves {@linkcode TextWindow.whole}. */
const WINDOW_ENDS = new Error("the window ends here");

/**
 * A window on a text that moves forward. It always ends in a zero byte, which readers can rely on instead of
 * looking for the end.
 */
export class TextWindow {
  /** `bytes[position]` is the next byte, `bytes[end]` is 0. */
  bytes: Uint8Array;
  position = 0;
  end = 0;

  #mark = 0;
  #offset = 0;
  #finished = false;

  /** `name` is what errors call the text, as a rule the path of the file. */
  constructor(readonly name: string, readonly source: ByteSource) {
    // A small text needs only a small window; one byte more than it has shows that it ended.
    this.bytes = new Uint8Array((source.size > 0 ? Math.min(WINDOW, source.size + 1) : WINDOW) + 1);
    this.#refill();
    // A byte order mark is not part of the text.
    if (this.bytes[0] === 0xef && this.bytes[1] === 0xbb && this.bytes[2] === 0xbf) this.position = 3;
    this.#mark = this.position;
  }

  /** Whether the text has no bytes at all. */
  get isEmpty(): boolean {
    return this.#finished && this.#offset + this.end === 0;
  }

  /**
   * Runs `read`, and if the window ends in the middle of it, runs it again from the same place on more bytes.
   * What `read` keeps must therefore survive a second run.
   */
  whole<T>(read: () => T): T {
    for (;;) {
      this.#mark = this.position;
      try {
        return read();
      } catch (error) {
        if (error !== WINDOW_ENDS) throw error;
        this.#refill();
      }
    }
  }

  /** Inside {@linkcode TextWindow.whole}: a second run begins here, not at the start. */
  passed(): void {
    this.#mark = this.position;
  }

  /** To be called at the end of the window: interrupts what reads, unless the text ends here too. */
  needMore(): void {
    if (!this.#finished) throw WINDOW_ENDS;
  }

  /** How many entries like the `count` up to now the whole text may have, to make room for them. */
  estimateCount(count: number): number {
    return Math.ceil((this.source.size / (this.#offset + this.position)) * count);
  }

  /** An error about the text, with the place that was reached. */
  error(problem: string, hint?: Hint): Error {
    return usageError(`cannot read ${this.name}: ${problem} (${this.#place()})`, undefined, hint);
  }

  #place(): string {
    const target = this.#offset + this.position;
    let line = 1, lineStart = 0, seen = 0;
    const replayed = this.source.replay((bytes) => {
      for (let i = 0; i < bytes.length && seen + i < target; i++) {
        if (bytes[i] === NEW_LINE) {
          line++;
          lineStart = seen + i + 1;
        }
      }
      seen += bytes.length;
    });
    return replayed ? `byte ${target}, line ${line}, column ${target - lineStart + 1}` : `byte ${target}`;
  }

  /** Drops what lies before the mark, and adds as many bytes as fit. */
  #refill(): void {
    const kept = this.bytes.subarray(this.#mark, this.end);
    this.#offset += this.#mark;
    if (kept.length > this.bytes.length / 2) {
      if (kept.length > MAX_ENTRY_BYTES) throw this.error("one entry takes more than 512 MB");
      const larger = new Uint8Array(2 * kept.length + 1);
      larger.set(kept);
      this.bytes = larger;
    } else this.bytes.copyWithin(0, this.#mark, this.end);
    this.end = kept.length;
    this.position = this.#mark = 0;
    // Short reads are in order (pipes); one byte short of the window leaves room for the zero.
    const read = this.source.read(this.bytes.subarray(this.end, this.bytes.length - 1));
    this.end += read;
    this.bytes[this.end] = 0;
    if (read === 0) this.#finished = true;
  }
}
