/** Real servers for a test: their own folder, keys, ports and settings, on this machine alone. */
import { delimiter, join } from "node:path";

/** Where Debian puts servers, which is on the PATH of root only. */
const FOLDERS = [...(Deno.env.get("PATH") ?? "").split(delimiter), "/usr/sbin", "/usr/local/sbin"];

/** The path of a program; `undefined` where it is not installed. */
export function programPath(name: string): string | undefined {
  return FOLDERS.map((folder) => join(folder, name)).find((path) => {
    try {
      return Deno.statSync(path).isFile;
    } catch {
      return false;
    }
  });
}

/** Programs that are not installed. */
export function missingOf(names: readonly string[]): string[] {
  return names.filter((name) => programPath(name) === undefined);
}

/** Whether the tests run as root, for whom some servers want more. */
export const IS_ROOT = Deno.build.os !== "windows" && Deno.uid() === 0;

/** A port that is free now. */
export function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}

/** Servers in the foreground, as children of the test. They are stopped in the reverse order. */
export class Servers {
  readonly #children: Deno.ChildProcess[] = [];

  start(program: string, args: readonly string[], env: Readonly<Record<string, string>> = {}): void {
    const command = new Deno.Command(programPath(program) ?? program, {
      args: [...args],
      env,
      stdin: "null",
      stdout: "null",
      stderr: "null",
    });
    this.#children.push(command.spawn());
  }

  async stop(): Promise<void> {
    for (const child of this.#children.reverse()) {
      try {
        child.kill("SIGTERM");
      } catch {
        // It has ended by itself.
      }
      await child.status;
    }
  }
}

/**
 * Waits until something is so.
 *
 * @throws {Error} It is not after a minute; `describe` says more.
 */
export async function until(
  holds: () => Promise<boolean>,
  describe: () => string = () => "",
): Promise<void> {
  const end = performance.now() + 60_000;
  while (!await holds().catch(() => false)) {
    if (performance.now() > end) throw new Error(`waited in vain\n${describe()}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
