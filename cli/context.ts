/**
 * What a command gets from the outside. Commands use nothing else of the process, so that tests run them in
 * memory.
 *
 * @module
 */
import type { CommandContext, StricliProcess } from "@stricli/core";
import { ExitStatus } from "../core/errors.ts";
import { type ConfiguredFlags, originOfFlags } from "./arguments.ts";
import { type ColorChoice, type Colors, colors, wantsColor } from "./console/colors.ts";
import { Log, type LogLevel } from "./console/log.ts";
import { type Output, printableColored, printableJson } from "./console/output.ts";
import { Progress, type ProgressOptions } from "./console/progress.ts";
import { explain, isAbort, stackOf } from "./failures.ts";

/** The outside: the process (`process.ts`) or a test. */
export interface Host {
  readonly stdin: ReadableStream<Uint8Array>;
  readonly stdout: Output;
  readonly stderr: Output;
  /** An environment variable; `undefined` when it is unset or must not be read. */
  readonly env: (name: string) => string | undefined;
  /**
   * Writes a query to the terminal and returns what it answers up to `end`; `undefined` where there is no terminal or no
   * answer.
   */
  readonly askTerminal?: (query: string, end: RegExp) => Promise<string | undefined>;
  /** The folder that relative paths start from. */
  readonly cwd: string;
  /** Aborted when the user asks to stop: finish running jobs, start no new ones. */
  readonly signal: AbortSignal;
}

/** One run of the program. It is `this` in every command. */
export class Context implements CommandContext {
  /** How the program will end. A command sets it when it ends without throwing but not all was well. */
  exitStatus: number = ExitStatus.done;
  /** Flags that the user did not give on this command line. */
  configured: ConfiguredFlags = { names: new Set(), path: "" };
  readonly log: Log;
  readonly stdout: Output;
  /** The colours of stdout; those of stderr are `log.colors`. */
  colors: Colors = colors(false);
  /** Of the job that was begun last. */
  #progress: Progress | undefined;
  /** The part that stricli uses. */
  readonly process: StricliProcess;

  constructor(readonly host: Host) {
    this.log = new Log(host.stderr);
    const { stdout } = host;
    this.stdout = {
      isTerminal: stdout.isTerminal,
      columns: () => stdout.columns(),
      // A progress bar on the same terminal must not run into the results.
      write: stdout.isTerminal
        ? (text) => this.log.aside(() => stdout.write(text))
        : (text) => stdout.write(text),
    };
    this.process = {
      stdout: { write: (text) => this.stdout.write(text) },
      // The parser writes nothing but errors there.
      stderr: { write: (text) => this.log.error(text.trimEnd()) },
    };
    this.configure("auto", "normal");
  }

  /** An environment variable. */
  env(name: string): string | undefined {
    return this.host.env(name);
  }

  /** Aborted when the user asks to stop. */
  get signal(): AbortSignal {
    return this.host.signal;
  }

  /** The folder that relative paths start from. */
  get cwd(): string {
    return this.host.cwd;
  }

  /** Sets what the flags of every command (`--color`, `--quiet`, `--verbose`) ask for. */
  configure(color: ColorChoice, level: LogLevel): void {
    const env = this.host.env;
    this.colors = colors(wantsColor(color, env, this.host.stdout.isTerminal));
    this.log.colors = colors(wantsColor(color, env, this.host.stderr.isTerminal));
    this.log.level = level;
  }

  /** The columns that a table may take; `undefined` where it may be of any width, such as in a file. */
  tableWidth(wide = false): number | undefined {
    return this.stdout.isTerminal && !wide ? this.stdout.columns() : undefined;
  }

  /** Writes `text` and a newline to stdout. */
  print(text: string): void {
    this.stdout.write(`${this.stdout.isTerminal ? printableColored(text) : text}\n`);
  }

  /** Writes the one object of `--json` to stdout. */
  printJson(value: unknown): void {
    this.print(printableJson(value, 2));
  }

  /** Writes a line of `--jsonl` to stdout. */
  printJsonLine(value: unknown): void {
    this.print(printableJson(value));
  }

  /** Starts showing the progress of a long job. Stop it in a `finally`. */
  progress(options: ProgressOptions): Progress {
    return this.#progress = new Progress(this.log, options);
  }

  /**
   * Reports an error that ends the run, and settles the exit status.
   *
   * @param whenStopped what is said of a run that the user stopped, after how much of it was done
   */
  fail(error: unknown, whenStopped?: string): void {
    const { message, status } = explain(error);
    if (!(isAbort(error) && this.signal.aborted)) {
      this.log.error(
        status === ExitStatus.usage ? message + originOfFlags(message, this.configured) : message,
      );
    } else if (whenStopped !== undefined) {
      const { done = 0, options: { total, unit = "" } = {} } = this.#progress ?? {};
      const part = total === undefined ? "" : ` after ${done} of ${total} ${unit}`;
      this.log.warn(`stopped${part}: ${whenStopped}`);
    }
    if (this.env("BNECK_DEBUG") === "1") this.log.raw(`${stackOf(error)}\n`);
    this.exitStatus = status;
  }
}
