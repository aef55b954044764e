/**
 * Loading modules when they are needed.
 *
 * @module
 */

import { usageError } from "./errors.ts";

/**
 * Imports a module of bneck's own. Deno reads every module that a literal `import("…")` names as soon as the program
 * starts, and all that those import, whether or not they are ever needed: for `bneck --help` that was a third of its time.
 * What this names is read when it is called.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { importLater } from "./import_later.ts";
 * const { nearestName } = await importLater<typeof import("./files/nearest_name.ts")>(
 *   import.meta.resolve("./files/nearest_name.ts"),
 * );
 * assert.equal(typeof nearestName, "function");
 * ```
 *
 * @throws {BneckError} (usage) without the permission to read it.
 * @param url of the module, by `import.meta.resolve`; its type is that of the same path
 */
export async function importLater<Module>(url: string): Promise<Module> {
  try {
    return await import(url);
  } catch (error) {
    if (!/^Requires read access/.test((error as Error).message)) throw error;
    throw usageError("cannot read bneck's own code: Deno was not given the permission (--allow-read)", error);
  }
}
