/** `--show`: the images of a run, drawn on the terminal. */
import { usageError } from "../../../core/errors.ts";
import { decodeImage } from "../../../core/images/mod.ts";
import {
  ANSWER_END,
  IMAGE_QUERY,
  type ImageProtocol,
  protocolOf,
  terminalImage,
} from "../../console/terminal_image.ts";
import type { Context } from "../../context.ts";

/** Draws images in the way that the terminal knows. */
export class TerminalImages {
  private constructor(readonly context: Context, readonly protocol: ImageProtocol) {}

  /**
   * Asks the terminal how it shows images.
   *
   * @throws {BneckError} (usage) stdout is not a terminal.
   */
  static async open(context: Context): Promise<TerminalImages> {
    if (!context.stdout.isTerminal) {
      throw usageError("--show draws on a terminal, and stdout is not one: --report writes a page instead");
    }
    const answer = await context.host.askTerminal?.(IMAGE_QUERY, ANSWER_END);
    return new TerminalImages(context, protocolOf(answer));
  }

  /** Draws a JPEG. */
  async draw(jpeg: Uint8Array, name: string): Promise<void> {
    const image = await decodeImage(jpeg, name);
    this.context.stdout.write(terminalImage(image, this.protocol, this.context.stdout.columns()));
  }
}
