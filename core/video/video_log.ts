/**
 * What ffmpeg's log says of a video and its frames.
 *
 * @module
 */

import type { ImageSize } from "../images/image.ts";

/** Characters of a line; what is longer tells nothing here. */
const MAX_LINE = 4000;

/** Rates that ffmpeg rounds to two digits. */
const NTSC = [24, 30, 48, 60, 120].map((
  rate,
) => [Number((rate * 1000 / 1001).toFixed(2)), rate * 1000 / 1001]);

/** A frame that is to be read, as the log announces it before its pixels come. */
export interface AnnouncedFrame {
  /** Its place among all frames of the video, from 0. */
  readonly index: number;
  /** When it is shown, in seconds from the first frame. */
  readonly seconds: number;
}

/**
 * Reads the log as it comes. Frames pass two `showinfo` filters: the first numbers all, the second those that are left.
 */
export class VideoLog {
  /** Frames a second; 25 where the log does not say it. */
  rate = 25;
  /** The size of its frames, before they are turned upright, as far as the log says it. */
  size: ImageSize | undefined;
  /** The last part of the log, for errors. */
  text = "";
  #rest = "";
  #places = new Map<string, number>();
  readonly #frames: AnnouncedFrame[] = [];
  #first: number | undefined;
  #last = 0;
  #ended = false;
  #wake: (() => void) | undefined;

  /** Adds text of the log. */
  write(text: string): void {
    const lines = (this.#rest + text).split("\n");
    this.#rest = lines.pop()!.slice(-MAX_LINE);
    for (const line of lines) if (line.length <= MAX_LINE) this.#read(line);
    this.#wake?.();
  }

  /** There is no more of it. */
  end(): void {
    this.text += this.#rest;
    this.#ended = true;
    this.#wake?.();
  }

  /** The next frame; `undefined` once the log has ended. */
  async next(): Promise<AnnouncedFrame | undefined> {
    while (this.#frames.length === 0 && !this.#ended) {
      await new Promise<void>((wake) => this.#wake = wake);
    }
    return this.#frames.shift();
  }

  #read(line: string): void {
    const frame = /^\[Parsed_showinfo_(\d+) @ [^\]]*\] n: *(\d+) pts: *(\S+) pts_time:(\S+)/.exec(line);
    if (frame === null) {
      if (!line.includes("Parsed_showinfo")) this.text = (this.text + `${line}\n`).slice(-2 * MAX_LINE);
      const stream = /Stream #\d+:\d+.*: Video: /.test(line);
      const size = stream
        ? /, (\d+)x(\d+)[, [(]/.exec(line)
        : / size (\d+)x(\d+) (?:exceeds|is invalid)/.exec(line);
      if (size) this.size ??= { width: Number(size[1]), height: Number(size[2]) };
      if (!stream) return;
      const rate = Number(/([\d.]+) (?:fps|tbr)[,\s]/.exec(line)?.[1]);
      if (rate > 0 && rate <= 1000) this.rate = NTSC.find(([rounded]) => rounded === rate)?.[1] ?? rate;
      return;
    }
    const [, filter, number, pts, time] = frame;
    if (filter === "0") {
      this.#places.set(pts, Number(number));
      return;
    }
    const index = this.#places.get(pts) ?? this.#last;
    // Frames come in their order; those before were left out.
    for (const [other, place] of this.#places) if (place <= index) this.#places.delete(other);
    this.#last = index + 1;
    const shown = Number.isFinite(Number(time)) ? Number(time) : index / this.rate;
    this.#first ??= index === 0 ? shown : 0;
    this.#frames.push({ index, seconds: Math.max(0, Number((shown - this.#first).toFixed(6))) });
  }
}
