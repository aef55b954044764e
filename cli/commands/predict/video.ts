/** Videos among the inputs: where what is made of their frames goes. */
import { BneckError, usageError } from "../../../core/errors.ts";
import { exists } from "../../../core/files/mod.ts";
import { importLater } from "../../../core/import_later.ts";
import { isVideo } from "../../../core/video/ffmpeg.ts";
import type { VideoFile } from "../../../core/video/write_video.ts";
import {
  DRAWN_FILES,
  type DrawnKind,
  FILE_SUFFIXES,
  type FileKind,
  type ImageJob,
  type ImageReport,
  isNumbered,
} from "../../../models/pipeline/mod.ts";
import { partialPath } from "../../../models/pipeline/growing_file.ts";
import type { PredictFlags } from "./flags.ts";
import type { PlannedImage } from "./plan.ts";

/** Digits of a frame's number in names. */
const FRAME_DIGITS = 6;

/** Where the files of a frame go: `out/film/000123`, without kind and extension. */
export function frameStem(stem: string, index: number): string {
  return `${stem}/${String(index).padStart(FRAME_DIGITS, "0")}`;
}

/** The video that is made of the drawings of one kind: `out/film.overlay.mp4`. */
function videoPath(stem: string, kind: DrawnKind): string {
  return `${stem}.${kind}.mp4`;
}

/** Results of an earlier run over a video: drawings of all frames, and files of the first. */
export function existingOfVideo(stem: string, kinds: readonly FileKind[]): string[] {
  const drawn = DRAWN_FILES.filter((kind) => kinds.includes(kind)).map((kind) => videoPath(stem, kind));
  const ofFrames = kinds.filter((kind) =>
    !isNumbered(kind) && !(DRAWN_FILES as readonly FileKind[]).includes(kind)
  )
    .map((kind) => `${frameStem(stem, 0)}.${FILE_SUFFIXES[kind]}`);
  return [...drawn, ...ofFrames].filter(exists);
}

/**
 * Sees that the flags of videos are given for videos alone, and with what videos can have. Those of `bneck.json` are
 * passed over where they do not go with the inputs.
 *
 * @throws {BneckError} (usage) They are not.
 */
export function checkVideoFlags(
  { every, fps, skipExisting, report }: PredictFlags,
  videos: boolean,
  legend: string | undefined,
  configured: ReadonlySet<string>,
): void {
  if (!videos) {
    if (configured.has("every") || configured.has("fps")) return;
    const given = every !== undefined ? "--every" : fps !== undefined ? "--fps" : undefined;
    if (given !== undefined) throw usageError(`${given} chooses frames of videos, and no input is a video`);
    return;
  }
  if (skipExisting && !configured.has("skipExisting")) {
    throw usageError(
      "--skip-existing cannot tell whether a video was done to its end; leave it out, or give --overwrite",
    );
  }
  if (report !== undefined) {
    throw usageError("--report shows images of a run; of a video, --save overlay or boxes makes a video");
  }
  if (legend === "strip" && !configured.has("legend")) {
    throw usageError(
      "--legend strip would change the height of a video from frame to frame; give labels or none",
    );
  }
}

/** A video, or an image, whose results are being written. */
interface Open {
  readonly planned: PlannedImage;
  /** Frames a second. */
  readonly rate: () => number;
  /** How many frames were sent to be worked on, and are done. */
  sent: number;
  done: number;
  /** Whether it was read to its end, or that failed. */
  end?: "read" | "failed";
}

/** Goes through images and the frames of videos, and makes videos of what is drawn on these. */
export class VideoWork {
  /** Videos of which nothing is left to do. */
  finished = 0;
  /** Videos written that lack frames. */
  readonly unfinished: string[] = [];
  /** What each job that is under way belongs to. */
  readonly #open = new Map<ImageJob, Open>();
  readonly #videos: Open[] = [];
  #current: Open | undefined;
  readonly #files = new Map<DrawnKind, VideoFile>();
  #written = 0;

  /** @param fail is told of a video that cannot be read */
  constructor(
    readonly flags: PredictFlags,
    readonly images: readonly PlannedImage[],
    readonly signal: AbortSignal,
    readonly fail: (path: string, error: BneckError) => void,
  ) {}

  /** A job for each image and each frame. */
  async *jobs(): AsyncGenerator<ImageJob> {
    const { every, fps, maxPixels, truncated, timeout, show, failFast } = this.flags;
    for (const planned of this.images) {
      const { path, name } = planned.input;
      const { outputStem: stem } = planned;
      if (!isVideo(name)) {
        const job = { path, outputStem: stem, thumbnail: show };
        this.#open.set(job, { planned, rate: () => 0, sent: 1, done: 0, end: "read" });
        yield job;
        continue;
      }
      const { readFrames } = await importLater<typeof import("../../../core/video/read_frames.ts")>(
        import.meta.resolve("../../../core/video/read_frames.ts"),
      );
      const frames = readFrames(path, { every, fps, maxPixels, truncated, timeout, signal: this.signal });
      const open: Open = { planned, rate: () => frames.rate, sent: 0, done: 0 };
      this.#videos.push(open);
      try {
        for await (const frame of frames) {
          const outputStem = stem === undefined ? undefined : frameStem(stem, frame.index);
          const job = { path, frame, outputStem, thumbnail: show };
          this.#open.set(job, open);
          open.sent++;
          yield job;
        }
        if (!this.signal.aborted) open.end = "read";
      } catch (error) {
        if (!(error instanceof BneckError)) throw error;
        open.end = "failed";
        this.fail(path, error);
        if (failFast) return;
      }
    }
  }

  /**
   * What a job belongs to, once it is done; completes the videos of the one before.
   *
   * @throws {BneckError} A video could not be written.
   */
  async imageOf(job: ImageJob): Promise<PlannedImage> {
    const open = this.#open.get(job)!;
    this.#open.delete(job);
    if (open !== this.#current) await this.#closeFiles();
    this.#current = open;
    open.done++;
    return open.planned;
  }

  /**
   * Adds the drawings of the frame that was asked for last.
   *
   * @throws {BneckError} A video cannot be written.
   */
  async add({ drawn = {} }: ImageReport): Promise<void> {
    for (const kind of DRAWN_FILES) {
      const image = drawn[kind];
      if (image === undefined) continue;
      let file = this.#files.get(kind);
      if (file === undefined) {
        const { VideoFile } = await importLater<typeof import("../../../core/video/write_video.ts")>(
          import.meta.resolve("../../../core/video/write_video.ts"),
        );
        const { planned, rate } = this.#current!;
        file = new VideoFile(videoPath(planned.outputStem!, kind), rate());
        this.#files.set(kind, file);
      }
      await file.add(image);
    }
  }

  /**
   * Completes what is open; returns the number of videos written.
   *
   * @throws {BneckError} A video could not be written.
   */
  async close(): Promise<number> {
    await this.#closeFiles();
    const finished = ({ end, sent, done }: Open) => end !== undefined && sent === done;
    this.finished = this.#videos.filter(finished).length;
    return this.#written;
  }

  async #closeFiles(): Promise<void> {
    for (const [kind, file] of this.#files) {
      this.#files.delete(kind);
      const { end, sent, done } = this.#current!;
      const partial = partialPath(file.path);
      if (end === "read" && sent === done) {
        await file.close();
        await Deno.remove(partial).catch(() => {}); // Of a run that was stopped before.
      } else {
        await file.close(partial);
        this.unfinished.push(partial);
      }
      this.#written++;
    }
  }
}
