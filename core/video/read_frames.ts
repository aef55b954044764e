/**
 * The frames of a video, piped from ffmpeg.
 *
 * @module
 */
import { type BneckError, inputError } from "../errors.ts";
import { reasonOf } from "../files/reason.ts";
import { checkPixels, DEFAULT_MAX_PIXELS, type RgbImage } from "../images/image.ts";
import { eachFrameOnce, type Ffmpeg, FORMATS, reasonInLog, startFfmpeg } from "./ffmpeg.ts";
import { type AnnouncedFrame, VideoLog, type VideoSource } from "./video_log.ts";

/** A frame, upright. */
export interface Frame extends RgbImage, AnnouncedFrame {}

/** Which frames are read. */
export interface FrameOptions {
  /** Every n-th frame, the first included. @default {1} */
  readonly every?: number;
  /** At most so many frames a second, by their times. */
  readonly fps?: number;
  /** Whether a file that ends too early is read as far as it goes. @default {false} */
  readonly truncated?: boolean;
  /** Larger frames are refused. @default {DEFAULT_MAX_PIXELS} */
  readonly maxPixels?: number;
  /** Ends the reading, without an error. */
  readonly signal?: AbortSignal;
  /** Seconds after which a video that gives no frame is given up. @default {300} */
  readonly timeout?: number;
}

/** A video that is read. */
export interface VideoFrames extends AsyncIterable<Frame> {
  /** Frames a second that come out; known once the first has come. */
  readonly rate: number;
  /** What the video says of itself; known once the first frame has come. */
  readonly source: VideoSource;
}

const DEFAULT_TIMEOUT = 300;

/**
 * Reads a video frame by frame. Each frame comes once, with its number and time; the rotation that the file asks for is
 * applied. ffmpeg may read this file and nothing else.
 *
 * @throws {BneckError} (when it is iterated) There is no ffmpeg, or it cannot read the video to its end.
 */
export function readFrames(path: string, options: FrameOptions = {}): VideoFrames {
  const log = new VideoLog();
  const { every = 1, fps } = options;
  return {
    source: log,
    get rate() {
      return fps === undefined ? log.rate / every : Math.min(fps, log.rate);
    },
    [Symbol.asyncIterator]: () => framesOf(path, options, log),
  };
}

async function* framesOf(path: string, options: FrameOptions, log: VideoLog): AsyncGenerator<Frame> {
  const { maxPixels = DEFAULT_MAX_PIXELS, timeout = DEFAULT_TIMEOUT, truncated = false } = options;
  await refuseSpecial(path);
  const args = [...argumentsFor(path, options, maxPixels), ...await eachFrameOnce(), ...PPM];
  const ffmpeg = startFfmpeg(args, { stdin: "null", stdout: "piped" }, path);
  const stop = () => ffmpeg.kill();
  options.signal?.addEventListener("abort", stop);
  const following = follow(ffmpeg, log);
  const source = new PpmSource(ffmpeg, path, timeout);
  let count = 0;
  try {
    while (true) {
      const image = await source.next(maxPixels);
      if (image === undefined) break;
      const announced = await log.next() ?? { index: count, seconds: count / log.rate };
      count++;
      yield { ...image, ...announced };
    }
    const { success } = await ffmpeg.process.status;
    await following;
    if (options.signal?.aborted) return;
    if (source.timedOut) throw inputError(`cannot read ${path}: ffmpeg gave no frame for ${timeout} s`);
    if (!success || count === 0) throw unreadable(path, log, maxPixels);
    if (!truncated && /ended prematurely|partial file/i.test(log.text)) {
      throw inputError(
        `cannot read all of ${path}: the file ends too early; ${count} frames of it were read`,
        undefined,
        { option: "truncated", advice: "take what there is" },
      );
    }
  } finally {
    options.signal?.removeEventListener("abort", stop);
    ffmpeg.kill();
    source.cancel();
  }
}

/** @throws {BneckError} The path is not a file but, say, a pipe that would never end. */
async function refuseSpecial(path: string): Promise<void> {
  let reason = "it is not a regular file";
  try {
    if ((await Deno.stat(path)).isFile) return;
  } catch (error) {
    reason = reasonOf(error);
  }
  throw inputError(`cannot read ${path}: ${reason}`);
}

/** The error of a video of which ffmpeg gave nothing, or that it left in the middle. */
function unreadable(path: string, { text, size }: VideoLog, maxPixels: number): BneckError {
  try {
    // ffmpeg refuses them, too, but does not say why.
    if (size && size.width * size.height > 0) checkPixels(size, path, maxPixels);
  } catch (error) {
    return error as BneckError;
  }
  const reason = /matches no streams/.test(text) ? "it has no moving images" : reasonInLog(text, path);
  return inputError(`cannot read ${path}: ${reason}`);
}

const PPM = ["-f", "image2pipe", "-c:v", "ppm", "-pix_fmt", "rgb24", "pipe:1"];

function argumentsFor(path: string, { every = 1, fps }: FrameOptions, maxPixels: number): string[] {
  const select = fps === undefined
    ? `not(mod(n\\,${every}))`
    // A frame for each interval that has one.
    : `isnan(prev_selected_t)+gt(floor((t-start_t)*${fps}+1e-6)\\,floor((prev_selected_t-start_t)*${fps}+1e-6))`;
  return [
    ...["-loglevel", "info", "-nostats", "-protocol_whitelist", "file,pipe", "-format_whitelist", FORMATS],
    ...["-max_pixels", String(Math.min(maxPixels, 2 ** 31 - 1)), "-i", `file:${path}`],
    // Not the image of a cover.
    ...["-map", "0:V:0", "-an", "-sn", "-dn"],
    ...["-vf", `showinfo=checksum=0,select='${select}',showinfo=checksum=0`],
  ];
}

/** Reads the log to its end. */
async function follow({ process }: Ffmpeg, log: VideoLog): Promise<void> {
  try {
    for await (const text of process.stderr.pipeThrough(new TextDecoderStream())) log.write(text);
  } catch {
    // It was killed.
  } finally {
    log.end();
  }
}

/** Images in the PPM format, one after another. */
class PpmSource {
  timedOut = false;
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  #chunk = new Uint8Array(0);
  #at = 0;

  constructor(readonly ffmpeg: Ffmpeg, readonly path: string, readonly timeout: number) {
    this.#reader = ffmpeg.process.stdout.getReader();
  }

  /** The next image; `undefined` at the end, also where the last is not complete. */
  async next(maxPixels: number): Promise<RgbImage | undefined> {
    const header: number[] = [];
    // P6, width, height and 255, each ended by white space.
    for (let fields = 0; fields < 4 && header.length < 40;) {
      const byte = await this.#byte();
      if (byte === undefined) return undefined;
      header.push(byte);
      if (byte === 0x0a || byte === 0x20) fields++;
    }
    const match = /^P6\s(\d{1,9})\s(\d{1,9})\s255\s$/.exec(String.fromCharCode(...header));
    if (match === null) throw inputError(`cannot read ${this.path}: ffmpeg's output is not understood`);
    const [width, height] = [Number(match[1]), Number(match[2])];
    checkPixels({ width, height }, this.path, maxPixels);
    const data = new Uint8Array(width * height * 3);
    for (let filled = 0; filled < data.length;) {
      if (this.#at === this.#chunk.length && !await this.#fill()) return undefined;
      const part = this.#chunk.subarray(this.#at, this.#at + data.length - filled);
      data.set(part, filled);
      filled += part.length;
      this.#at += part.length;
    }
    return { width, height, data };
  }

  cancel(): void {
    this.#reader.cancel().catch(() => {});
  }

  async #byte(): Promise<number | undefined> {
    if (this.#at === this.#chunk.length && !await this.#fill()) return undefined;
    return this.#chunk[this.#at++];
  }

  async #fill(): Promise<boolean> {
    const timer = setTimeout(() => {
      this.timedOut = true;
      this.ffmpeg.kill();
    }, this.timeout * 1000);
    try {
      const { value, done } = await this.#reader.read();
      if (done) return false;
      [this.#chunk, this.#at] = [value as Uint8Array<ArrayBuffer>, 0];
      return true;
    } finally {
      clearTimeout(timer);
    }
  }
}
