/** A host for commands that run inside a test: what they write is kept in memory. */
import { Context, type Host } from "../../cli/context.ts";

/** What the test decides; everything else is as in a pipe with an empty environment. */
export interface MemoryHostOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly stdin?: string;
  readonly cwd?: string;
  /** Which streams are terminals. */
  readonly terminal?: { readonly stdout?: boolean; readonly stderr?: boolean };
  readonly columns?: number;
  readonly signal?: AbortSignal;
  /** What the terminal answers to queries. */
  readonly answer?: string;
}

/** A context, and what was written so far. */
export interface MemoryRun {
  readonly context: Context;
  readonly stdout: () => string;
  readonly stderr: () => string;
}

/** Makes a context that lives in memory. */
export function memoryRun(options: MemoryHostOptions = {}): MemoryRun {
  const written = { stdout: "", stderr: "" };
  const output = (name: "stdout" | "stderr") => ({
    isTerminal: options.terminal?.[name] ?? false,
    columns: () => options.columns ?? 80,
    write: (text: string) => {
      written[name] += text;
    },
  });
  const host: Host = {
    stdin: new Blob([options.stdin ?? ""]).stream(),
    stdout: output("stdout"),
    stderr: output("stderr"),
    askTerminal: () => Promise.resolve(options.answer),
    env: (name) => options.env?.[name],
    cwd: options.cwd ?? Deno.cwd(),
    signal: options.signal ?? new AbortController().signal,
  };
  return { context: new Context(host), stdout: () => written.stdout, stderr: () => written.stderr };
}
