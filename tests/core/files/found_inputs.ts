/** What the arguments of a command find. */
import assert from "node:assert/strict";
import { expandInputs, type InputOptions } from "../../../core/files/mod.ts";
import { fromFolder } from "./temporary_tree.ts";

/** The paths found in a folder that `args` are relative to. */
export async function paths(
  folder: string,
  args: readonly string[],
  options?: InputOptions,
): Promise<string[]> {
  const { files } = await fromFolder(folder, () => expandInputs(args, options));
  return files.map(({ path }) => path);
}

/** The message of the usage error that `args` lead to. */
export async function complaint(
  folder: string,
  args: readonly string[],
  options?: InputOptions,
): Promise<string> {
  let message = "";
  await assert.rejects(fromFolder(folder, () => expandInputs(args, options)), (error: Error) => {
    message = error.message;
    assert.ok("exitStatus" in error && error.exitStatus === 2, message);
    return true;
  });
  return message;
}

export const stream = (text: string) => new Response(text).body!;
