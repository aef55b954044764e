/** Videos among the inputs: where what is made of their frames goes. */
import { BneckError, usageError } from "../../../core/errors.ts";
import { exists } from "../../../core/files/mod.ts";
import { importLater } from "../../../core/import_later.ts";
import { isVideo } from "../../../core/video/ffmpeg.ts";
import type { VideoFrames } from "../../../core/video/read_frames.ts";
import type { AnnouncedFrame, VideoSource } from "../../../core/video/video_log.ts";
import type { VideoFile } from "../../../core/video/write_video.ts";
import {
  DRAWN_FILES,
  type DrawnKind,
  drawnVideoSuffix,
  FILE_SUFFIXES,
  type FileKind,
  type ImageJob,
  type ImageReport,
  isNumbered,
} from "../../../models/pipeline/mod.ts";
import { partialPath } from "../../../models/pipeline/growing_file.ts";
import type { PredictFlags } from "./flags.ts";
import type { PlannedImage } from "./plan.ts";
import { recordPath, VideoRecord } from "./video_record.ts";

/** Digits of a frame's number in names. */
const FRAME_DIGITS = 6;

/** Where the files of a frame go: `out/film/000123`, without kind and extension. */
export function frameStem(stem: string, index: number): string {
  return `${stem}/${String(index).padStart(FRAME_DIGITS, "0")}`;
}

/** Whether a name without extension could be that of a frame. */
export function isFrameName(name: string): boolean {
  return /^\d{6,}$/.test(name);
}

/** The video that is made of the drawings of one kind: `out/film.overlay.mp4`. */
function videoPath(stem: string, kind: DrawnKind): string {
  return `${stem}.${drawnVideoSuffix(kind)}`;
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
  { every, fps }: PredictFlags,
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
  if (legend === "strip" && !configured.has("legend")) {
    throw usageError(
      "--legend strip would change the height of a video from frame to frame; give labels or none",
    );
  }
}

/** A video, or an image, whose results are being written. */
interface Open {
  readonly planned: PlannedImage;
  readonly frames?: VideoFrames;
  readonly record?: VideoRecord;
  /** How many frames were sent to be worked on, are done, and failed. */
  sent: number;
  done: number;
  failed: number;
  /** Whether it was read to its end, or that failed. */
  end?: "read" | "failed";
}

/** Is told of what becomes of videos. */
export interface VideoListener {
  /** Whether the image or frame that comes next in the run needs a small image. */
  wants(): boolean;
  /** A video cannot be read. */
  fail(path: string, error: BneckError): void;
  /** A video was read to its end. */
  end(path: string, source: VideoSource): void;
  /** Something about a video that users should know. */
  warn(message: string): void;
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

  constructor(
    readonly flags: PredictFlags,
    readonly kinds: readonly FileKind[],
    readonly images: readonly PlannedImage[],
    readonly signal: AbortSignal,
    readonly listener: VideoListener,
  ) {}

  /** A job for each image and each frame. */
  async *jobs(): AsyncGenerator<ImageJob> {
    const { every, fps, maxPixels, truncated, timeout, failFast } = this.flags;
    const { listener } = this;
    for (const planned of this.images) {
      const { path, name } = planned.input;
      const { outputStem: stem } = planned;
      if (!isVideo(name)) {
        const job = { path, outputStem: stem, thumbnail: listener.wants() };
        this.#open.set(job, { planned, sent: 1, done: 0, failed: 0, end: "read" });
        yield job;
        continue;
      }
      const { readFrames } = await importLater<typeof import("../../../core/video/read_frames.ts")>(
        import.meta.resolve("../../../core/video/read_frames.ts"),
      );
      const frames = readFrames(path, { every, fps, maxPixels, truncated, timeout, signal: this.signal });
      const record = stem === undefined || this.kinds.length === 0
        ? undefined
        : new VideoRecord(path, { every, fps });
      const open: Open = { planned, frames, record, sent: 0, done: 0, failed: 0 };
      this.#videos.push(open);
      try {
        for await (const frame of frames) {
          const outputStem = stem === undefined ? undefined : frameStem(stem, frame.index);
          const job = { path, frame, outputStem, thumbnail: listener.wants() };
          this.#open.set(job, open);
          open.sent++;
          yield job;
        }
        if (this.signal.aborted) continue;
        open.end = "read";
        listener.end(path, frames.source);
        if (frames.source.faults > 0) {
          listener.warn(`${path}: it is damaged: some of its frames are distorted or missing`);
        }
      } catch (error) {
        if (!(error instanceof BneckError)) throw error;
        open.end = "failed";
        listener.fail(path, error);
        if (failFast) return;
      }
    }
  }

  /**
   * What a job belongs to, once it is done; completes the videos of the one before.
   *
   * @param report absent of one that failed
   * @throws {BneckError} A video could not be written.
   */
  async imageOf(job: ImageJob, report: ImageReport | undefined): Promise<PlannedImage> {
    const open = this.#open.get(job)!;
    this.#open.delete(job);
    if (open !== this.#current) await this.#closeFiles();
    this.#current = open;
    open.done++;
    if (report === undefined) open.failed++;
    else if (job.frame) open.record?.add(job.frame, report);
    return open.planned;
  }

  /**
   * Adds the drawings of the frame that was asked for last.
   *
   * @throws {BneckError} A video cannot be written.
   */
  async add({ drawn = {} }: ImageReport, frame: AnnouncedFrame | undefined): Promise<void> {
    for (const kind of DRAWN_FILES) {
      const image = drawn[kind];
      if (image === undefined) continue;
      let file = this.#files.get(kind);
      if (file === undefined) {
        const { VideoFile } = await importLater<typeof import("../../../core/video/write_video.ts")>(
          import.meta.resolve("../../../core/video/write_video.ts"),
        );
        const { planned, frames } = this.#current!;
        const { rate, source } = frames!;
        const { pixelAspect, sound, start } = source;
        const origin = { path: planned.input.path, pixelAspect, sound, start };
        file = new VideoFile(videoPath(planned.outputStem!, kind), { rate, origin });
        this.#files.set(kind, file);
      }
      await file.add(image, frame!.seconds);
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
      if (file.soundLost !== undefined) {
        this.listener.warn(`${file.path} has no sound: ${file.soundLost}`);
      }
    }
    await this.#writeRecord();
  }

  /** After all other files of a video, whose end it tells. */
  async #writeRecord(): Promise<void> {
    const { planned, frames, record, end, sent, done, failed } = this.#current ?? {};
    if (!record || end !== "read" || sent !== done || failed! > 0) return;
    await record.write(recordPath(planned!.outputStem!), frames!.rate, this.kinds);
    this.#written++;
    this.#current = undefined;
  }
}
