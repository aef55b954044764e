/**
 * What ffmpeg's log says of a video and its frames.
 *
 * @module
 */

import type { ImageSize } from "../images/image.ts";

/** Characters of a line; what is longer tells nothing here. */
const MAX_LINE = 4000;

/** Sound tracks that are looked at. */
const MAX_SOUNDS = 32;

/** Rates that ffmpeg rounds to two digits. */
const NTSC = [24, 30, 48, 60, 120].map((
  rate,
) => [Number((rate * 1000 / 1001).toFixed(2)), rate * 1000 / 1001]);

/** What a video says of itself; known once its first frame has come. */
export interface VideoSource {
  /** Frames a second, of uneven ones the mean; 25 where nothing says it. */
  readonly rate: number;
  /** How long it is in seconds, as its container says. */
  readonly duration?: number;
  /** The codecs of its sound in the order of its streams, as ffmpeg names them; `none` of one that it does not know. */
  readonly sound: readonly string[];
  /** When the first frame is shown, in seconds from the beginning of the file: sound may begin before. */
  readonly start: number;
  /** How wide a pixel is for its height: `64:45`. */
  readonly pixelAspect: string;
  /** Lines of the log that speak of damage. */
  readonly faults: number;
}

/** What ffmpeg says of frames that it had to guess or leave out. */
const FAULT = /error while decoding|corrupt (?:input packet|decoded frame)|Packet corrupt|concealing \d+/i;

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
export class VideoLog implements VideoSource {
  rate = 25;
  duration: number | undefined;
  readonly sound: string[] = [];
  start = 0;
  pixelAspect = "1:1";
  faults = 0;
  /** The size of its frames, before they are turned upright, as far as the log says it. */
  size: ImageSize | undefined;
  /** The last part of the log, for errors. */
  text = "";
  #rest = "";
  #places = new Map<string, number>();
  readonly #frames: AnnouncedFrame[] = [];
  #first: number | undefined;
  #last = 0;
  /** Seconds of a unit of time stamps. */
  #unit: number | undefined;
  /** Streams that are announced later are those that ffmpeg writes. */
  #inInput = true;
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
    const frame =
      /^\[Parsed_showinfo_(\d+) @ [^\]]*\] n: *(\d+) pts: *(\S+) pts_time:(\S+)(?:.* sar:(\d+)\/(\d+))?/
        .exec(line);
    if (frame === null) return this.#readOther(line);
    const [, filter, number, pts, time, across, down] = frame;
    if (filter === "0") {
      this.#places.set(pts, Number(number));
      return;
    }
    const index = this.#places.get(pts) ?? this.#last;
    // Frames come in their order; those before were left out.
    for (const [other, place] of this.#places) if (place <= index) this.#places.delete(other);
    this.#last = index + 1;
    // The log rounds times to six digits.
    const exact = this.#unit === undefined ? Number(time) : Number(pts) * this.#unit;
    const shown = Number.isFinite(exact) ? exact : index / this.rate;
    if (this.#first === undefined) {
      this.#first = index === 0 ? shown : 0;
      this.start = this.#first;
      if (Number(across) > 0 && Number(down) > 0) this.pixelAspect = `${across}:${down}`;
    }
    this.#frames.push({ index, seconds: Math.max(0, Number((shown - this.#first).toFixed(6))) });
  }

  /** What is not of a frame. */
  #readOther(line: string): void {
    if (line.includes("Parsed_showinfo")) {
      const unit = /^\[Parsed_showinfo_0 @ [^\]]*\] config in time_base: (\d{1,9})\/(\d{1,9}),/.exec(line);
      if (unit && Number(unit[2]) > 0) this.#unit = Number(unit[1]) / Number(unit[2]);
      return;
    }
    this.text = (this.text + `${line}\n`).slice(-2 * MAX_LINE);
    if (FAULT.test(line)) this.faults++;
    const tooLarge = / size (\d+)x(\d+) (?:exceeds|is invalid)/.exec(line);
    if (tooLarge) this.size ??= { width: Number(tooLarge[1]), height: Number(tooLarge[2]) };
    if (/^(?:Output #|Stream mapping:)/.test(line)) this.#inInput = false;
    if (!this.#inInput) return;
    const length = /^ {2}Duration: (\d+):(\d\d):(\d\d\.\d+)/.exec(line);
    if (length) this.duration = Number(length[1]) * 3600 + Number(length[2]) * 60 + Number(length[3]);
    const stream = /Stream #\d+:\d+.*?: (Video|Audio): (\w+)/.exec(line);
    if (stream?.[1] === "Audio" && this.sound.length < MAX_SOUNDS) this.sound.push(stream[2].toLowerCase());
    // The image of a cover is not a film.
    if (stream?.[1] !== "Video" || line.includes("(attached pic)") || this.size !== undefined) return;
    const size = /, (\d+)x(\d+)[, [(]/.exec(line);
    if (size) this.size = { width: Number(size[1]), height: Number(size[2]) };
    const rate = Number(/([\d.]+) (?:fps|tbr)[,\s]/.exec(line)?.[1]);
    if (rate > 0 && rate <= 1000) this.rate = NTSC.find(([rounded]) => rounded === rate)?.[1] ?? rate;
  }
}
