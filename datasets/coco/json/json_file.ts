/**
 * Opens the JSON files of a data set.
 *
 * @module
 */
import { usageError } from "../../../core/errors.ts";
import { reasonOf } from "../../../core/files/reason.ts";
import { type ByteSource, bytesSource, decodedSource, fileSource } from "./byte_source.ts";
import { JsonCursor } from "./json_cursor.ts";

/** A JSON text: the path of a file, or bytes in memory with the name that errors give them. */
export type JsonInput = string | { readonly name: string; readonly bytes: Uint8Array };

/**
 * Runs `read` on the text, which may be gzip-compressed, and UTF-16 or UTF-8 with a byte order mark.
 *
 * @throws {BneckError} The file cannot be opened, is empty, or continues after what `read` took.
 */
export function readJson<T>(input: JsonInput, read: (cursor: JsonCursor) => T): T {
  const cursorOn = (source: ByteSource, name: string) => new JsonCursor(name, decodedSource(source, name));
  if (typeof input !== "string") return readAll(cursorOn(bytesSource(input.bytes), input.name), read);
  let file: Deno.FsFile;
  try {
    const { isDirectory, isFile } = Deno.statSync(input);
    if (isDirectory) throw new Error("it is a folder");
    // To open a pipe may block the thread, and the signals that would end it, forever.
    if (!isFile) throw new Error("it is not a regular file");
    file = Deno.openSync(input);
  } catch (error) {
    throw usageError(`cannot read ${input}: ${reasonOf(error)}`, error);
  }
  try {
    return readAll(cursorOn(fileSource(file), input), read);
  } finally {
    file.close();
  }
}

function readAll<T>(cursor: JsonCursor, read: (cursor: JsonCursor) => T): T {
  const result = read(cursor);
  if (!cursor.atEnd()) cursor.fail("the end of the file");
  return result;
}
