/** Folders made for one test. */
import { dirname, join } from "node:path";

/** A folder that is removed when its scope ends: `using tree = temporaryTree(["photos/a.jpg"])`. */
export interface TemporaryTree extends Disposable {
  readonly path: string;
  /** The path of something in it. */
  at(name: string): string;
}

/** Makes a folder with the files named; a name that ends in `/` is a folder. Files hold their own name. */
export function temporaryTree(names: Iterable<string> = []): TemporaryTree {
  const path = Deno.realPathSync(Deno.makeTempDirSync({ prefix: "bneck-test-" }));
  for (const name of names) {
    const target = join(path, name);
    if (name.endsWith("/")) {
      Deno.mkdirSync(target, { recursive: true });
    } else {
      Deno.mkdirSync(dirname(target), { recursive: true });
      Deno.writeTextFileSync(target, name);
    }
  }
  return {
    path,
    at: (name) => join(path, name),
    [Symbol.dispose]: () => Deno.removeSync(path, { recursive: true }),
  };
}

/** Runs `body` with the working directory changed. */
export async function fromFolder<T>(path: string, body: () => T | Promise<T>): Promise<T> {
  const before = Deno.cwd();
  Deno.chdir(path);
  try {
    return await body();
  } finally {
    Deno.chdir(before);
  }
}
