/** The objects of all images as a table, a line for each. */
import type { AnnouncedFrame } from "../../core/video/video_log.ts";
import { describeObjects } from "./describe.ts";
import type { DetectionLabel } from "../network.ts";
import { GrowingFile } from "./growing_file.ts";
import type { ImageReport } from "./job.ts";

/** Its columns; boxes are in pixels of the upright image. */
const COLUMNS = ["file", "width", "height", "class", "category_id", "score", "x1", "y1", "x2", "y2"] as const;

/** Writes CSV as RFC 4180 has it, with `\n` line ends. */
export class ObjectsCsvFile {
  readonly #file: GrowingFile;
  #begun = false;

  /** @param frames whether images are frames of videos, whose number and time are columns then */
  constructor(path: string, readonly labels: readonly DetectionLabel[], readonly frames = false) {
    this.#file = new GrowingFile(path);
  }

  /** Adds the objects of an image. */
  async add(fileName: string, { width, height, detect }: ImageReport, frame?: AnnouncedFrame): Promise<void> {
    if (!detect) return;
    const place = this.frames ? [frame?.index ?? "", frame?.seconds ?? ""] : [];
    const lines = describeObjects(detect, this.labels).map((object) =>
      [fileName, ...place, width, height, object.class, object.category_id, object.score, ...object.box].map(
        field,
      )
        .join(",")
    );
    await this.#write(lines);
  }

  /**
   * Ends the file, which is marked as partial if it is not `complete`.
   *
   * @throws {BneckError} when it could not be written.
   */
  async close(complete = true): Promise<void> {
    await this.#write([]);
    await this.#file.close(complete);
  }

  async #write(lines: readonly string[]): Promise<void> {
    const [file, ...others] = COLUMNS;
    const columns = this.frames ? [file, "frame", "seconds", ...others] : COLUMNS;
    const all = this.#begun ? lines : [columns.join(","), ...lines];
    this.#begun = true;
    if (all.length > 0) await this.#file.write(all.map((line) => `${line}\n`).join(""));
  }
}

/** Text that a spreadsheet would take for a formula gets an apostrophe before it. */
function field(value: string | number): string {
  if (typeof value === "number") return String(value);
  const text = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
