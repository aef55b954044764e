/**
 * Messages to the user on stderr, one line each, and the one line (a progress bar) that may stand below them.
 *
 * @module
 */
import { type Colors, colors } from "./colors.ts";
import { type Output, printable, wrap } from "./output.ts";

/** How much is printed: errors only (`--quiet`), the usual, or also details (`--verbose`). */
export type LogLevel = "quiet" | "normal" | "verbose";

/** Writes messages to stderr and keeps a status line beneath them. */
export class Log {
  level: LogLevel = "normal";
  colors: Colors = colors(false);
  #status = "";

  constructor(readonly output: Output) {}

  /** Something failed. Always shown: `bneck: error: …`. */
  error(message: string): void {
    this.#line(`${this.colors.red("bneck: error:")} ${printable(message)}`);
  }

  /** Something that the user may not expect. */
  warn(message: string): void {
    if (this.level !== "quiet") this.#line(`${this.colors.yellow("bneck: warning:")} ${printable(message)}`);
  }

  /** What was done: the closing summary and the like, in lines that a terminal need not break. */
  info(message: string): void {
    if (this.level === "quiet") return;
    const { isTerminal } = this.output;
    const text = printable(message);
    this.#line(isTerminal ? wrap(text, this.output.columns()).join("\n") : text);
  }

  /** A detail, shown with `--verbose`. */
  debug(message: string): void {
    if (this.level === "verbose") this.#line(this.colors.dim(printable(message)));
  }

  /** Text as it is, such as a stack trace or a table with colours. */
  raw(text: string): void {
    this.aside(() => this.output.write(text));
  }

  /** Shows `line` as the status line; an empty one removes it. Only for terminals. */
  status(line: string): void {
    if (!this.output.isTerminal || line === this.#status) return;
    this.#status = line;
    this.output.write(`\r${line}\x1b[K`);
  }

  /** Takes the status line away while `write` writes, whichever stream it writes to. */
  aside(write: () => void): void {
    if (!this.#status) return write();
    this.output.write("\r\x1b[K");
    try {
      write();
    } finally {
      this.output.write(this.#status);
    }
  }

  #line(text: string): void {
    this.raw(`${text}\n`);
  }
}
