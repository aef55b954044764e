/**
 * Zip archives as `torch.save` and ordinary zip programs write them: stored and deflated entries, zip64 (PKWARE APPNOTE
 * 4.3 and 4.5.3). Only the central directory is trusted; names are never used as paths.
 */
import { crc32, inflateRawSync } from "node:zlib";
import { ByteReader } from "./byte_reader.ts";
import type { MemoryBudget } from "./hostile_file.ts";
import { quote } from "../files/read_user_file.ts";
import { unreadable } from "./hostile_file.ts";

/** An open archive. */
export interface ZipArchive {
  readonly names: Iterable<string>;
  has(entry: string): boolean;
  /**
   * The bytes of an entry: a view of the archive if it is stored, otherwise inflated by each call.
   *
   * @throws {BneckError} if there is no such entry, or it is damaged, encrypted, or compressed by another method
   */
  read(entry: string): Uint8Array;
}

interface ZipEntry {
  readonly flags: number;
  readonly method: number;
  readonly crc32: number;
  readonly compressedSize: number;
  readonly size: number;
  /** Where the entry's local header starts. */
  readonly headerOffset: number;
}

const LOCAL_HEADER = 0x04034b50;
const CENTRAL_HEADER = 0x02014b50;
const END_RECORD = 0x06054b50;
const END_RECORD_64 = 0x06064b50;
const END_LOCATOR_64 = 0x07064b50;
const END_RECORD_LENGTH = 22;
const MAX_COMMENT_LENGTH = 0xffff;
const ZIP64_EXTRA = 0x0001;
const ENCRYPTED = 0x0001;
const STORED = 0;
const DEFLATED = 8;

/**
 * Opens an archive by reading its directory; entries are read on request.
 *
 * @param name names the file in errors
 * @param budget limits what is inflated
 * @throws {BneckError} if the directory is malformed or points outside the file
 */
export function openZip(bytes: Uint8Array, name: string, budget: MemoryBudget): ZipArchive {
  const entries = readDirectory(bytes, name);
  return {
    names: entries.keys(),
    has: (entry) => entries.has(entry),
    read(entry) {
      const found = entries.get(entry);
      if (found === undefined) throw unreadable(name, `its zip archive has no entry ${quote(entry)}`);
      return readEntry(bytes, found, `${name}: ${quote(entry)}`, budget);
    },
  };
}

function readDirectory(bytes: Uint8Array, name: string): Map<string, ZipEntry> {
  const { offset, length, count } = findDirectory(bytes, name);
  const reader = new ByteReader(bytes, name);
  reader.seek(offset);
  const directory = new ByteReader(reader.take(length), name);
  const entries = new Map<string, ZipEntry>();
  for (let i = 0; i < count; i++) {
    const [entryName, entry] = readDirectoryEntry(directory);
    if (entries.has(entryName)) {
      throw unreadable(name, `its zip archive has two entries ${quote(entryName)}`);
    }
    entries.set(entryName, entry);
  }
  return entries;
}

function findDirectory(bytes: Uint8Array, name: string): { offset: number; length: number; count: number } {
  const reader = new ByteReader(bytes, name);
  const end = findEndRecord(bytes);
  if (end < 0) throw unreadable(name, "its zip archive is truncated (it has no directory)");
  reader.seek(end + 10);
  let count = reader.u16();
  let length = reader.u32();
  let offset = reader.u32();
  if (count === 0xffff || length === 0xffffffff || offset === 0xffffffff) {
    reader.seek(Math.max(0, end - 20));
    if (reader.u32() === END_LOCATOR_64) {
      reader.position += 4;
      reader.seek(reader.u64());
      if (reader.u32() !== END_RECORD_64) {
        throw unreadable(name, "its zip archive has a damaged zip64 directory");
      }
      reader.take(28);
      count = reader.u64();
      length = reader.u64();
      offset = reader.u64();
    }
  }
  return { offset, length, count };
}

/** The offset of the end record, which is last but for a comment whose length it states; -1 if there is none. */
function findEndRecord(bytes: Uint8Array): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const first = Math.max(0, bytes.length - END_RECORD_LENGTH - MAX_COMMENT_LENGTH);
  for (let at = bytes.length - END_RECORD_LENGTH; at >= first; at--) {
    if (
      view.getUint32(at, true) === END_RECORD &&
      at + END_RECORD_LENGTH + view.getUint16(at + 20, true) === bytes.length
    ) return at;
  }
  return -1;
}

function readDirectoryEntry(directory: ByteReader): [string, ZipEntry] {
  if (directory.u32() !== CENTRAL_HEADER) {
    throw unreadable(directory.name, "its zip archive has a damaged directory");
  }
  directory.take(4);
  const flags = directory.u16();
  const method = directory.u16();
  directory.take(4);
  const crc = directory.u32();
  let compressedSize = directory.u32();
  let size = directory.u32();
  const nameLength = directory.u16();
  const extraLength = directory.u16();
  const commentLength = directory.u16();
  directory.take(8);
  let headerOffset = directory.u32();
  const entryName = new TextDecoder().decode(directory.take(nameLength));
  const extra = new ByteReader(directory.take(extraLength), directory.name);
  directory.take(commentLength);
  while (extra.remaining >= 4) {
    const id = extra.u16();
    const field = new ByteReader(extra.take(extra.u16()), directory.name);
    if (id !== ZIP64_EXTRA) continue;
    // Only the numbers that did not fit above, in this order.
    if (size === 0xffffffff) size = field.u64();
    if (compressedSize === 0xffffffff) compressedSize = field.u64();
    if (headerOffset === 0xffffffff) headerOffset = field.u64();
  }
  return [entryName, { flags, method, crc32: crc, compressedSize, size, headerOffset }];
}

function readEntry(bytes: Uint8Array, entry: ZipEntry, where: string, budget: MemoryBudget): Uint8Array {
  if (entry.flags & ENCRYPTED) throw unreadable(where, "it is encrypted");
  const reader = new ByteReader(bytes, where);
  reader.seek(entry.headerOffset);
  if (reader.u32() !== LOCAL_HEADER) {
    throw unreadable(where, "it is not at the offset given in the zip directory");
  }
  reader.take(22);
  const nameLength = reader.u16();
  const extraLength = reader.u16();
  reader.take(nameLength + extraLength);
  const packed = reader.take(entry.compressedSize);
  const content = entry.method === DEFLATED ? inflate(packed, entry.size, where, budget) : packed;
  if (entry.method !== DEFLATED && entry.method !== STORED) {
    throw unreadable(
      where,
      `unsupported zip compression method ${entry.method}: only stored and deflated are supported`,
    );
  }
  if (content.length !== entry.size) {
    throw unreadable(where, "its size differs from the one in the zip directory");
  }
  // torch.serialization.set_crc32_options(False) writes 0 instead of a checksum.
  if (entry.crc32 !== 0 && crc32(content) !== entry.crc32) {
    throw unreadable(where, "wrong checksum: the file is damaged");
  }
  return content;
}

function inflate(packed: Uint8Array, size: number, where: string, budget: MemoryBudget): Uint8Array {
  budget.spend(size, `inflating ${where}`);
  try {
    return inflateRawSync(packed, { maxOutputLength: Math.max(size, 1), chunkSize: Math.max(size, 64) });
  } catch (cause) {
    throw unreadable(where, "its compressed data is damaged or larger than the zip directory says", cause);
  }
}
