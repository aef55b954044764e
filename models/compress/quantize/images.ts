/** The images that a network is calibrated on. */
import { createHash } from "node:crypto";
import { inputError } from "../../../core/errors.ts";
import { expandInputs, readUserFile } from "../../../core/files/mod.ts";
import { decodeImage, type DecodeOptions } from "../../../core/images/mod.ts";
import type { Feeds, FloatNetwork } from "./network.ts";

/** Images as a network takes them. */
export interface CalibrationImages {
  /** How many files there were to choose from. */
  readonly found: number;
  /** Those that scales are chosen from. */
  readonly paths: readonly string[];
  /** Those that the error is measured on. */
  readonly heldOut: readonly string[];
}

/** A file larger than this is not a photo. */
const MAX_BYTES = 512 * 2 ** 20;

/** The images that the error is measured on, and of how many images they are set aside. */
const HELD_OUT = 8, MIN_TO_HOLD_OUT = 16;

/**
 * Chooses images of a folder, spread evenly over it.
 *
 * @param sources files, folders and patterns as `expandInputs` takes them
 * @param count how many to choose
 * @throws {BneckError} if there are none
 */
export async function chooseImages(sources: readonly string[], count: number): Promise<CalibrationImages> {
  const { files, problems } = await expandInputs(sources);
  if (problems.length > 0) throw problems[0];
  const all = files.map(({ path }) => path);
  const chosen = spread(all, count);
  if (chosen.length < MIN_TO_HOLD_OUT) {
    return { found: all.length, paths: chosen, heldOut: chosen.slice(0, HELD_OUT) };
  }
  const heldOut = new Set(spread(chosen, Math.min(HELD_OUT, chosen.length >> 2)));
  return {
    found: all.length,
    paths: chosen.filter((path) => !heldOut.has(path)),
    heldOut: [...heldOut],
  };
}

function spread<T>(items: readonly T[], count: number): T[] {
  if (items.length <= count) return [...items];
  return Array.from({ length: count }, (_, i) => items[Math.floor((i + 0.5) * items.length / count)]);
}

/** Reads images, and remembers which they were. */
export class ImageReader {
  readonly #hash = createHash("sha256");
  /** Images that could not be read, with the reasons. */
  readonly failures: string[] = [];

  constructor(private readonly network: FloatNetwork, private readonly options: DecodeOptions) {}

  /** The network's inputs for an image; `undefined` if it cannot be read. */
  async read(path: string): Promise<Feeds | undefined> {
    try {
      const bytes = await readUserFile(path, { maxBytes: MAX_BYTES, error: inputError });
      this.#hash.update(bytes);
      return this.network.feeds(await decodeImage(bytes, path, this.options));
    } catch (error) {
      this.failures.push(error instanceof Error ? error.message : String(error));
      return undefined;
    }
  }

  /** SHA-256 of all files that were read, one after another. */
  digest(): string {
    return this.#hash.digest("hex");
  }
}
