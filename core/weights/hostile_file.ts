/** Refusing files of weights: how every reader words it, and what memory a file may cost. */
import { type BneckError, type Hint, modelError } from "../errors.ts";

/** The error `cannot read NAME: REASON`, exit status 3. */
export function unreadable(name: string, reason: string, cause?: unknown, hint?: Hint): BneckError {
  return modelError(`cannot read ${name}: ${reason}`, cause, hint);
}

/** Bytes allowed for any file, however small. */
const BASE_BYTES = 16 * 2 ** 20;

/** Bytes allowed on top for each byte of the file; trained weights compress by far less than this. */
const BYTES_PER_FILE_BYTE = 16;

/** Limits the memory spent on one file in proportion to its size, so that sizes claimed inside it cost nothing. */
export class MemoryBudget {
  #left: number;

  constructor(fileBytes: number, readonly name: string) {
    this.#left = BASE_BYTES + BYTES_PER_FILE_BYTE * fileBytes;
  }

  /**
   * Call before allocating.
   *
   * @throws {BneckError} when the file has used up its allowance
   */
  spend(bytes: number, what: string): void {
    if (!(bytes <= this.#left)) {
      throw unreadable(this.name, `${what} would take ${bytes} bytes, far too many for a file of this size`);
    }
    this.#left -= bytes;
  }
}
