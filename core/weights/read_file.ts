/** Reading a whole file that may not be what it seems. */
import { BneckError } from "../errors.ts";
import { unreadable } from "./unreadable.ts";

/**
 * The bytes of a regular file.
 *
 * @throws BneckError if it is missing, not a regular file (a folder, a pipe, a device), or larger than `maxBytes`
 */
export async function readRegularFile(path: string, maxBytes: number): Promise<Uint8Array> {
  try {
    const { isFile, isDirectory, size } = await Deno.stat(path);
    if (!isFile) throw unreadable(path, isDirectory ? "it is a folder" : "it is not a regular file");
    if (size > maxBytes) throw unreadable(path, `it has ${size} bytes, at most ${maxBytes} are expected`);
    return await Deno.readFile(path);
  } catch (cause) {
    if (cause instanceof BneckError) throw cause;
    if (cause instanceof Deno.errors.NotFound) throw unreadable(path, "there is no such file", cause);
    if (cause instanceof Deno.errors.PermissionDenied) throw unreadable(path, "permission denied", cause);
    if (cause instanceof Deno.errors.NotCapable) {
      throw unreadable(path, "Deno was not given --allow-read for it", cause);
    }
    throw unreadable(path, cause instanceof Error ? cause.message : String(cause), cause);
  }
}
