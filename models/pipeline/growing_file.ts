import { writeFileAtomic } from "../../core/files/mod.ts";

/** The name of a file that lacks images, so that what a stopped run leaves is not taken for its whole result. */
export function partialPath(path: string): string {
  return `${path}.partial`;
}

/** A text file that is written as its parts come, so that memory does not grow with it, and appears once it is closed. */
export class GrowingFile {
  readonly #stream = new TransformStream<string, string>();
  readonly #writer = this.#stream.writable.getWriter();
  readonly #written: Promise<void>;
  #complete = true;

  constructor(readonly path: string) {
    const finalPath = () => this.#complete ? path : partialPath(path);
    this.#written = writeFileAtomic(path, this.#stream.readable, { finalPath });
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
   * Ends the file. One that does not hold all images is called {@linkcode partialPath}, and leaves what was at `path`.
   *
   * @throws {BneckError} when it could not be written.
   */
  async close(complete = true): Promise<void> {
    this.#complete = complete;
    await this.#writer.close();
    await this.#written;
    if (complete) await Deno.remove(partialPath(this.path)).catch(() => {}); // Of a run that was stopped before.
  }
}
