/**
 * Writing a video frame by frame.
 *
 * @module
 */
import { inputError } from "../errors.ts";
import { writeBy } from "../files/atomic_write.ts";
import type { RgbImage } from "../images/image.ts";
import { type Ffmpeg, reasonInLog, startFfmpeg } from "./ffmpeg.ts";

/** An MP4 that grows, and appears once it is complete. */
export class VideoFile {
  #writer: WritableStreamDefaultWriter<Uint8Array> | undefined;
  #ffmpeg: Ffmpeg | undefined;
  #size: { readonly width: number; readonly height: number } | undefined;
  #written: Promise<void> | undefined;
  #finalPath: string;

  /** @param rate frames a second */
  constructor(readonly path: string, readonly rate: number) {
    this.#finalPath = path;
  }

  /**
   * Adds a frame; the first decides on the size.
   *
   * @throws {BneckError} There is no ffmpeg, it cannot write the file, or the frame has another size.
   */
  async add({ width, height, data }: RgbImage): Promise<void> {
    this.#size ??= { width, height };
    if (this.#written === undefined) {
      const ready = Promise.withResolvers<void>();
      this.#written = writeBy(this.path, (temporary) => this.#encode(temporary, ready.resolve));
      // Thrown by whoever adds next, or closes.
      this.#written.catch(() => ready.resolve());
      await ready.promise;
    }
    if (width !== this.#size.width || height !== this.#size.height) {
      throw inputError(`cannot write ${this.path}: its frames have different sizes`);
    }
    try {
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

  /** Runs ffmpeg until all frames have come. */
  async #encode(temporary: string, ready: () => void): Promise<string> {
    const { width, height } = this.#size!;
    this.#ffmpeg = startFfmpeg(
      [
        ...["-loglevel", "error", "-f", "rawvideo", "-pix_fmt", "rgb24", "-video_size", `${width}x${height}`],
        ...["-framerate", String(this.rate), "-i", "pipe:0"],
        // Players need even sides.
        ...[
          "-vf",
          "pad=ceil(iw/2)*2:ceil(ih/2)*2,scale=out_color_matrix=bt709:out_range=tv",
          "-pix_fmt",
          "yuv420p",
        ],
        ...["-colorspace", "bt709", "-color_primaries", "bt709", "-color_trc", "bt709"],
        ...["-movflags", "+faststart", "-f", "mp4", "-y", `file:${temporary}`],
      ],
      { stdin: "piped", stdout: "null" },
      this.path,
    );
    const { process } = this.#ffmpeg;
    this.#writer = process.stdin.getWriter();
    // A failed write is reported by the status below.
    this.#writer.closed.catch(() => {});
    ready();
    const [log, { success }] = await Promise.all([new Response(process.stderr).text(), process.status]);
    if (!success) throw inputError(`cannot write ${this.path}: ${reasonInLog(log, temporary)}`);
    return this.#finalPath;
  }
}
