/**
 * Writing a video frame by frame.
 *
 * @module
 */
import { inputError } from "../errors.ts";
import { writeBy } from "../files/atomic_write.ts";
import type { ImageSize, RgbImage } from "../images/image.ts";
import { addSound } from "./add_sound.ts";
import { eachFrameOnce, type Ffmpeg, reasonInLog, startFfmpeg } from "./ffmpeg.ts";
import { matroskaFrame, matroskaHeader } from "./raw_matroska.ts";
import type { VideoSource } from "./video_log.ts";

/** Seconds between frames; of a video that is damaged they may be years. */
const MAX_GAP = 600;

/** The video that the frames of another are made of: its form, and its sound. */
export interface VideoOrigin extends Pick<VideoSource, "pixelAspect" | "sound" | "start"> {
  readonly path: string;
}

/** How a {@linkcode VideoFile} is written. */
export interface VideoFileOptions {
  /** Frames a second; of uneven ones the mean. */
  readonly rate: number;
  /** Gives the file its sound and the form of its pixels; the frames keep their times. */
  readonly origin?: VideoOrigin;
}

/** An MP4 that grows, and appears once it is complete. */
export class VideoFile {
  /** Why it has no sound, though its origin has. */
  soundLost: string | undefined;
  #writer: WritableStreamDefaultWriter<Uint8Array> | undefined;
  #ffmpeg: Ffmpeg | undefined;
  #size: ImageSize | undefined;
  #written: Promise<void> | undefined;
  #finalPath: string;
  /** When the last frame is shown, in microseconds. */
  #time = -1;

  constructor(readonly path: string, readonly options: VideoFileOptions) {
    this.#finalPath = path;
  }

  /**
   * Adds a frame; the first decides on the size.
   *
   * @param seconds when it is shown, from the first; later than the one before
   * @throws {BneckError} There is no ffmpeg, it cannot write the file, or the frame has another size.
   */
  async add({ width, height, data }: RgbImage, seconds: number): Promise<void> {
    this.#size ??= { width, height };
    if (this.#written === undefined) {
      const ready = Promise.withResolvers<void>();
      this.#written = writeBy(this.path, (temporary) => this.#make(temporary, ready.resolve));
      // Thrown by whoever adds next, or closes.
      this.#written.catch(() => ready.resolve());
      await ready.promise;
    }
    if (width !== this.#size.width || height !== this.#size.height) {
      throw inputError(`cannot write ${this.path}: its frames have different sizes`);
    }
    const time = Math.round(seconds * 1e6);
    this.#time = Math.min(Math.max(time, this.#time + 1), Math.max(0, this.#time) + MAX_GAP * 1e6);
    try {
      await this.#writer!.write(matroskaFrame(this.#time, data.length));
      await this.#writer!.write(data);
    } catch (error) {
      await this.#written;
      throw error;
    }
  }

  /**
   * Completes the file.
   *
   * @param finalPath its name, where that is another than was meant
   * @throws {BneckError} It could not be written.
   */
  async close(finalPath = this.path): Promise<void> {
    this.#finalPath = finalPath;
    await this.#writer?.close().catch(() => {});
    await this.#written;
  }

  /** The frames, then the sound. */
  async #make(temporary: string, ready: () => void): Promise<string | undefined> {
    await this.#encode(temporary, ready);
    const { origin, rate } = this.options;
    if (origin === undefined || origin.sound.length === 0) return this.#finalPath;
    const end = this.#finalPath === this.path ? undefined : this.#time / 1e6 + 1 / rate;
    let failed: string | undefined;
    await writeBy(this.path, async (withSound) => {
      failed = await addSound(temporary, origin, end, withSound);
      return failed === undefined ? this.#finalPath : undefined;
    });
    this.soundLost = failed;
    return failed === undefined ? undefined : this.#finalPath;
  }

  /** Runs ffmpeg until all frames have come. */
  async #encode(temporary: string, ready: () => void): Promise<void> {
    const { rate, origin } = this.options;
    // Players need even sides, and seconds without a frame do not go with frames that look ahead.
    const filters = ["pad=ceil(iw/2)*2:ceil(ih/2)*2", "scale=out_color_matrix=bt709:out_range=tv"];
    if (origin) filters.push(`setsar=${origin.pixelAspect.replace(":", "/")}`);
    const args = [
      ...["-loglevel", "error", "-f", "matroska", "-i", "pipe:0"],
      ...["-vf", filters.join(","), "-pix_fmt", "yuv420p", "-bf", "0"],
      ...["-colorspace", "bt709", "-color_primaries", "bt709", "-color_trc", "bt709"],
      ...["-enc_time_base:v", "1:90000", "-video_track_timescale", "90000", ...await eachFrameOnce()],
      ...["-movflags", "+faststart", "-f", "mp4", "-y", `file:${temporary}`],
    ];
    this.#ffmpeg = startFfmpeg(args, { stdin: "piped", stdout: "null" }, this.path);
    const { process } = this.#ffmpeg;
    this.#writer = process.stdin.getWriter();
    // A failed write is reported by the status below.
    this.#writer.closed.catch(() => {});
    this.#writer.write(matroskaHeader(this.#size!, rate)).catch(() => {});
    ready();
    const [log, { success }] = await Promise.all([new Response(process.stderr).text(), process.status]);
    if (!success) throw inputError(`cannot write ${this.path}: ${reasonInLog(log, temporary)}`);
  }
}
