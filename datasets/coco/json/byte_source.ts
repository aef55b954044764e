/**
 * Where the bytes of a JSON text come from; of one that is compressed or not in UTF-8, those of its UTF-8.
 *
 * @module
 */
import process from "node:process";
import { usageError } from "../../../core/errors.ts";
import { utf16Mark } from "../../../core/files/read_user_file.ts";

/** Where bytes come from: a file, or an array for text that is in memory already. */
export interface ByteSource {
  /** The number of bytes, where that is known (of pipes it is not: 0). */
  readonly size: number;
  /** Fills the start of `target` and returns how many bytes were written, 0 at the end. */
  read(target: Uint8Array): number;
  /**
   * Calls `visit` with all the bytes again, from the start, in pieces, to find the line of an error. Returns
   * false where they cannot be had again, as from a pipe.
   */
  replay(visit: (bytes: Uint8Array) => void): boolean;
}

/** Bytes that are in memory. */
export function bytesSource(bytes: Uint8Array): ByteSource {
  let position = 0;
  return {
    size: bytes.length,
    read(target) {
      const piece = bytes.subarray(position, position + target.length);
      target.set(piece);
      position += piece.length;
      return piece.length;
    },
    replay(visit) {
      visit(bytes);
      return true;
    },
  };
}

/** The bytes of an open file. */
export function fileSource(file: Deno.FsFile): ByteSource {
  return {
    size: file.statSync().size,
    read: (target) => file.readSync(target) ?? 0,
    replay(visit) {
      const piece = new Uint8Array(1 << 20);
      try {
        file.seekSync(0, Deno.SeekMode.Start);
      } catch {
        return false;
      }
      for (let length; (length = file.readSync(piece));) visit(piece.subarray(0, length));
      return true;
    },
  };
}

/** What a text may take in memory once it is unpacked; JSON shrinks to a tenth, so far more than that is a bomb. */
const MAX_UNPACKED = 2 ** 31;
const MAX_RATIO = 200;
const MIN_UNPACKED = 1 << 24;
const MAX_UTF16 = 2 ** 30;
const HEAD = 4;

/** Files that are packed in other ways, by their first bytes. */
const OTHER_PACKINGS: readonly (readonly [start: readonly number[], name: string])[] = [
  [[0x50, 0x4b, 3, 4], "a ZIP archive"],
  [[0x42, 0x5a, 0x68], "bzip2-compressed"],
  [[0xfd, 0x37, 0x7a, 0x58], "xz-compressed"],
  [[0x28, 0xb5, 0x2f, 0xfd], "zstd-compressed"],
];

/**
 * The source itself for UTF-8, with a byte order mark or without; gzip is unpacked, and UTF-16 made UTF-8. `name` is
 * what errors call it.
 *
 * @throws {BneckError} It is packed in another way, damaged, or too large once it is unpacked.
 */
export function decodedSource(source: ByteSource, name: string): ByteSource {
  const head = new Uint8Array(HEAD);
  let length = 0;
  for (let read; length < HEAD && (read = source.read(head.subarray(length))) > 0;) length += read;
  const start = head.subarray(0, length);
  const whole = startingWith(start, source);
  const begins = (bytes: readonly number[]) =>
    length >= bytes.length && bytes.every((byte, i) => head[i] === byte);
  if (begins([0x1f, 0x8b])) {
    return decodedSource(bytesSource(unpack(readAll(whole, name, MAX_UNPACKED), name)), name);
  }
  if (isUtf32(start)) throw usageError(`cannot read ${name}: it is UTF-32; save it as UTF-8`);
  const packing = OTHER_PACKINGS.find(([bytes]) => begins(bytes));
  if (packing) throw usageError(`cannot read ${name}: it is ${packing[1]}; unpack it first`);
  const encoding = utf16(start);
  if (encoding === undefined) return whole;
  return bytesSource(toUtf8(readAll(whole, name, MAX_UTF16), encoding, name));
}

/** JSON begins with two ASCII characters, or has one only, so zeros tell UTF-16 without a mark. */
function utf16(start: Uint8Array): "utf-16le" | "utf-16be" | undefined {
  const marked = utf16Mark(start);
  if (marked !== undefined) return marked;
  const [first, second] = start;
  if (first === 0 && second > 0) return "utf-16be";
  return first > 0 && second === 0 ? "utf-16le" : undefined;
}

/** With a byte order mark or without. */
function isUtf32([first, second, third, fourth]: Uint8Array): boolean {
  return (third === 0 && fourth === 0 && first > 0 && (second === 0 || second === 0xfe)) ||
    (first === 0 && second === 0 && ((third === 0xfe && fourth === 0xff) || (third === 0 && fourth > 0)));
}

function startingWith(start: Uint8Array, rest: ByteSource): ByteSource {
  let position = 0;
  return {
    size: rest.size,
    read(target) {
      if (position === start.length) return rest.read(target);
      const piece = start.subarray(position, position + target.length);
      target.set(piece);
      position += piece.length;
      return piece.length;
    },
    replay: (visit) => rest.replay(visit),
  };
}

function readAll(source: ByteSource, name: string, max: number): Uint8Array {
  const refuse = (): never => {
    throw usageError(`cannot read ${name}: more than ${max / 2 ** 20} MB, and it is not plain UTF-8`);
  };
  if (source.size > max) refuse();
  let bytes = new Uint8Array(source.size > 0 ? source.size + 1 : 1 << 16), length = 0;
  for (let read; (read = source.read(bytes.subarray(length))) > 0;) {
    length += read;
    if (length > max) refuse();
    if (length < bytes.length) continue;
    const larger = new Uint8Array(2 * length);
    larger.set(bytes);
    bytes = larger;
  }
  return bytes.subarray(0, length);
}

function unpack(bytes: Uint8Array, name: string): Uint8Array {
  const max = Math.min(MAX_UNPACKED, Math.max(MIN_UNPACKED, MAX_RATIO * bytes.length));
  // Loaded here, since most files do without it and the start of the program counts.
  const { gunzipSync } = process.getBuiltinModule("node:zlib");
  try {
    return gunzipSync(bytes, { maxOutputLength: max });
  } catch (error) {
    const tooLarge = error instanceof RangeError;
    const problem = tooLarge
      ? `it unpacks to more than ${Math.floor(max / 2 ** 20)} MB; unpack it first if that is right`
      : "it is gzip-compressed, and damaged";
    throw usageError(`cannot read ${name}: ${problem}`, error);
  }
}

const PIECE = 1 << 20;

function toUtf8(bytes: Uint8Array, encoding: string, name: string): Uint8Array {
  const decoder = new TextDecoder(encoding, { fatal: true }), encoder = new TextEncoder();
  // A UTF-16 unit takes at most three bytes of UTF-8.
  const result = new Uint8Array(Math.ceil(bytes.length / 2) * 3);
  let length = 0;
  try {
    for (let from = 0; from < bytes.length; from += PIECE) {
      const last = from + PIECE >= bytes.length;
      const text = decoder.decode(bytes.subarray(from, from + PIECE), { stream: !last });
      length += encoder.encodeInto(text, result.subarray(length)).written;
    }
  } catch (error) {
    throw usageError(`cannot read ${name}: it is not valid ${encoding.toUpperCase()}`, error);
  }
  return result.subarray(0, length);
}
