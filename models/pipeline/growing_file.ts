import { writeFileAtomic } from "../../core/files/mod.ts";

/** A text file that is written as its parts come, so that memory does not grow with it, and appears once it is complete. */
export class GrowingFile {
  readonly #stream = new TransformStream<string, string>();
  readonly #writer = this.#stream.writable.getWriter();
  readonly #written: Promise<void>;

  constructor(readonly path: string) {
    this.#written = writeFileAtomic(path, this.#stream.readable);
    // The error is thrown by whoever writes next.
    this.#written.catch(() => {});
  }

  /**
   * Adds text.
   *
   * @throws {BneckError} when the file cannot be written.
   */
  async write(text: string): Promise<void> {
    try {
      await this.#writer.write(text);
    } catch (error) {
      await this.#written;
      throw error;
    }
  }

  /**
   * Completes the file.
   *
   * @throws {BneckError} when it could not be written.
   */
  async close(): Promise<void> {
    await this.#writer.close();
    await this.#written;
  }
}
