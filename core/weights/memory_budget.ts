/** What a reader may allocate for a file: hostile sizes must not cost more than the file's own size allows. */
import { unreadable } from "./unreadable.ts";

/** Allowed for any file, however small. */
const BASE_BYTES = 16 * 2 ** 20;

/** Allowed on top for each byte of the file; trained weights deflate by far less than this. */
const BYTES_PER_FILE_BYTE = 16;

/** Counts the memory spent on one file. */
export class MemoryBudget {
  #left: number;

  constructor(fileBytes: number, readonly name: string) {
    this.#left = BASE_BYTES + BYTES_PER_FILE_BYTE * fileBytes;
  }

  /** Call before allocating. Throws a `BneckError` when the file has used up its allowance. */
  spend(bytes: number, what: string): void {
    if (!(bytes <= this.#left)) {
      throw unreadable(
        this.name,
        `${what} would take ${bytes} bytes, far more than a file of this size should`,
      );
    }
    this.#left -= bytes;
  }
}
