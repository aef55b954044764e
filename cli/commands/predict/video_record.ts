/** What is left of a video that was done to its end: which frames there were, and what was saved of them. */
import { exists, isJsonObject, readUserJson, writeFileAtomic } from "../../../core/files/mod.ts";
import type { AnnouncedFrame } from "../../../core/video/video_log.ts";
import { DRAWN_FILES, type FileKind } from "../../../models/pipeline/job.ts";
import { drawnVideoSuffix } from "../../../models/pipeline/file_names.ts";
import type { PredictFlags } from "./flags.ts";

/** Which frames of a video are taken. */
export type FrameChoice = Pick<PredictFlags, "every" | "fps">;

/** Bytes of a record of some million frames. */
const MAX_BYTES = 2 ** 28;

/** `out/film.video.json`. */
export function recordPath(stem: string): string {
  return `${stem}.video.json`;
}

/** The frames of a video as they are done; memory grows by two numbers a frame. */
export class VideoRecord {
  readonly #frames: number[] = [];
  readonly #seconds: number[] = [];
  #size = { width: 0, height: 0 };

  constructor(readonly video: string, readonly choice: FrameChoice) {}

  /** A frame is done. */
  add({ index, seconds }: AnnouncedFrame, { width, height }: { width: number; height: number }): void {
    this.#frames.push(index);
    this.#seconds.push(seconds);
    this.#size = { width, height };
  }

  /**
   * Writes the record, once all else is written. Files of an earlier run over the same frames stay in it.
   *
   * @param rate frames a second of those that were taken
   * @throws {BneckError} It cannot be written.
   */
  async write(path: string, rate: number, files: readonly FileKind[]): Promise<void> {
    const { every, fps } = this.choice;
    const before = await recordedFiles(path, this.choice);
    const text = JSON.stringify({
      video: this.video,
      ...this.#size,
      rate: Number(rate.toFixed(6)),
      ...every === undefined ? {} : { every },
      ...fps === undefined ? {} : { fps },
      files: [...new Set([...before, ...files])],
      frames: this.#frames,
      seconds: this.#seconds,
    });
    await writeFileAtomic(path, text + "\n");
  }
}

/** Whether a video was done to its end before, with the same frames and at least these files. */
export async function isVideoDone(
  stem: string,
  kinds: readonly FileKind[],
  choice: FrameChoice,
): Promise<boolean> {
  const drawn = DRAWN_FILES.filter((kind) => kinds.includes(kind));
  if (!drawn.every((kind) => exists(`${stem}.${drawnVideoSuffix(kind)}`))) return false;
  const files = await recordedFiles(recordPath(stem), choice);
  return kinds.every((kind) => files.includes(kind));
}

/** The files that a record names; none where there is no record of the same frames. */
async function recordedFiles(path: string, { every, fps }: FrameChoice): Promise<readonly unknown[]> {
  if (!exists(path)) return [];
  const record = await readUserJson(path, { what: "the record", maxBytes: MAX_BYTES }).catch(() => undefined);
  const isSame = isJsonObject(record) && record.every === every && record.fps === fps;
  return isSame && Array.isArray(record.files) ? record.files : [];
}
