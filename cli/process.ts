/**
 * The process around a run: its streams, environment, working folder and signals.
 *
 * @module
 */
import { fileURLToPath } from "node:url";
import { ExitStatus, inputError } from "../core/errors.ts";
import { readEnvironment } from "../models/cache.ts";
import type { Output } from "./console/output.ts";
import { Context, type Host } from "./context.ts";
import { BROKEN_PIPE } from "./failures.ts";

/**
 * Runs a program in this process and ends it.
 *
 * The first Ctrl-C (or SIGTERM) aborts the context's signal, the second ends the process at once; a reader of stdout
 * that goes away aborts it too. Errors that nobody caught end the process as any other error does.
 */
export async function runProcess(
  program: (args: readonly string[], context: Context) => Promise<number>,
): Promise<never> {
  const host = processHost();
  const context = new Context(host);
  listenForSignals(() => {
    host.stop();
    context.log.info("bneck: finishing running jobs; press Ctrl-C again to stop at once");
  }, () => {
    context.log.status("");
    Deno.exit(ExitStatus.interrupted);
  });
  const onUncaught = (event: Event, error: unknown) => {
    event.preventDefault();
    context.fail(error);
    Deno.exit(context.exitStatus);
  };
  globalThis.addEventListener("error", (event) => onUncaught(event, event.error));
  globalThis.addEventListener("unhandledrejection", (event) => onUncaught(event, event.reason));

  const status = await program(Deno.args, context);
  // Explicitly, because native libraries may keep threads that would hold the process.
  Deno.exit(host.stdoutAbandoned ? BROKEN_PIPE : status);
}

/** The process as a {@linkcode Host}, and whether the reader of stdout has gone. */
interface ProcessHost extends Host {
  /** Asks the run to stop. */
  stop(): void;
  /** Whether the reader of stdout has gone (`bneck … | head`). */
  readonly stdoutAbandoned: boolean;
}

/** Makes the host, after going to the caller's folder. */
function processHost(): ProcessHost {
  const controller = new AbortController();
  const stop = () => controller.abort();
  let stdoutAbandoned = false;
  const stdout = streamOutput(Deno.stdout, (error) => {
    stdoutAbandoned = error instanceof Deno.errors.BrokenPipe;
    if (!stdoutAbandoned) {
      throw inputError(
        `cannot write to stdout: ${(error as Error).message.replace(/ \(os error .*/, "")}`,
        error,
      );
    }
    stop();
  });
  // There is nowhere to say that stderr cannot be written to.
  const stderr = streamOutput(Deno.stderr, () => {});
  return {
    get stdin() {
      return Deno.stdin.readable;
    },
    stdout,
    // When stdout's reader has gone the program stops without a word.
    stderr: { ...stderr, write: (text) => stdoutAbandoned ? undefined : stderr.write(text) },
    askTerminal: stdout.isTerminal && Deno.stdin.isTerminal()
      ? (query, end) => askTerminal(stdout, query, end)
      : undefined,
    env: readEnvironment,
    cwd: goToCallersFolder(),
    signal: controller.signal,
    stop,
    get stdoutAbandoned() {
      return stdoutAbandoned;
    },
  };
}

/**
 * Goes to the folder that relative paths start from, and returns it. `deno task` runs a task in the project's folder
 * and leaves the caller's in `INIT_CWD`; started in any other way, the working folder is right already.
 */
function goToCallersFolder(): string {
  try {
    const callers = readEnvironment("INIT_CWD");
    const project = fileURLToPath(new URL("../", import.meta.url));
    if (callers && Deno.realPathSync(".") === Deno.realPathSync(project)) {
      Deno.chdir(folderOfTaskRunner(project) ?? callers);
    }
  } catch {
    // The caller's folder is gone or must not be read; paths are then the project's.
  }
  try {
    return Deno.cwd();
  } catch {
    return ".";
  }
}

/**
 * The folder that `deno task` itself was started in, `undefined` where that cannot be known. It leaves an `INIT_CWD` as
 * it is that an outer task or npm script has set, so a script that changed its folder would be taken for elsewhere.
 */
function folderOfTaskRunner(project: string): string | undefined {
  const byTask = readEnvironment("npm_config_user_agent")?.startsWith("deno/") &&
    `${readEnvironment("PWD")}/` === project;
  // Asking takes 4 ms, which help needs not wait for.
  if (!byTask || Deno.args.length === 0 || Deno.args.includes("--help")) return undefined;
  try {
    const { stdout, success } = new Deno.Command("/usr/bin/readlink", {
      args: ["--no-newline", `/proc/${Deno.ppid}/cwd`],
      stdin: "null",
      stderr: "null",
    }).outputSync();
    const folder = new TextDecoder().decode(stdout);
    // Programs below a task are started in the project's folder too; then INIT_CWD knows more.
    return success && `${folder}/` !== project ? folder : undefined;
  } catch {
    // Not Linux, or not permitted.
    return undefined;
  }
}

/** Terminals answer at once, those at the other end of a slow line a little later. */
const ANSWER_MS = 400;

/** Writes a query and reads the answer, which the terminal sends as if it were typed. */
async function askTerminal(stdout: Output, query: string, end: RegExp): Promise<string | undefined> {
  let answer = "";
  let open = true;
  try {
    // Unseen, and without waiting for a line to end.
    Deno.stdin.setRaw(true, { cbreak: true });
    stdout.write(query);
    const read = async () => {
      const buffer = new Uint8Array(256);
      while (open && !end.test(answer)) {
        const count = await Deno.stdin.read(buffer);
        if (count === null) return;
        answer += String.fromCharCode(...buffer.subarray(0, count));
      }
    };
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<void>((done) => timer = setTimeout(done, ANSWER_MS));
    await Promise.race([read(), late]);
    clearTimeout(timer);
  } catch {
    // A terminal that cannot be switched is one that cannot be asked.
  } finally {
    open = false;
    try {
      Deno.stdin.setRaw(false);
    } catch {
      // As above.
    }
  }
  return end.test(answer) ? answer : undefined;
}

/** A standard stream. `onFailure` gets the error that ends its use; what is written later is dropped. */
function streamOutput(
  stream: { writeSync(bytes: Uint8Array): number; isTerminal(): boolean },
  onFailure: (error: unknown) => void,
): Output {
  const encoder = new TextEncoder();
  let closed = false;
  return {
    isTerminal: stream.isTerminal(),
    columns() {
      try {
        return Deno.consoleSize().columns || NO_TERMINAL_COLUMNS;
      } catch {
        return NO_TERMINAL_COLUMNS;
      }
    },
    write(text) {
      let rest = encoder.encode(text);
      while (rest.length > 0 && !closed) {
        try {
          rest = rest.subarray(stream.writeSync(rest));
        } catch (error) {
          if (error instanceof Deno.errors.WouldBlock) {
            // Another process made the shared pipe non-blocking; its reader needs a moment.
            Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
          } else {
            closed = true;
            onFailure(error);
          }
        }
      }
    },
  };
}

/** The width to assume where nobody looks. */
const NO_TERMINAL_COLUMNS = 80;

/**
 * One press of Ctrl-C under `deno task` arrives as two signals: the terminal sends one to every process, and
 * `deno task` passes its own on. Signals this close together are one press.
 */
const SAME_PRESS_MS = 400;

/** Calls `stop` at the first Ctrl-C (or SIGTERM) and `quit` at the second. */
function listenForSignals(stop: () => void, quit: () => never): void {
  let firstPress: number | undefined;
  const onSignal = () => {
    const now = performance.now();
    if (firstPress === undefined) {
      firstPress = now;
      stop();
    } else if (now - firstPress > SAME_PRESS_MS) {
      quit();
    }
  };
  Deno.addSignalListener("SIGINT", onSignal);
  if (Deno.build.os !== "windows") Deno.addSignalListener("SIGTERM", onSignal);
}
