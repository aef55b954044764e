/** Writes zip archives for tests, including ones that lie about their contents. */
import { crc32, deflateRawSync } from "node:zlib";

/** An entry; whatever is given beside `name` and `content` replaces the truth in the archive's headers. */
export interface ZipEntryToWrite {
  readonly name: string;
  readonly content: Uint8Array;
  readonly deflate?: boolean;
  readonly method?: number;
  readonly flags?: number;
  readonly crc32?: number;
  readonly size?: number;
  readonly compressedSize?: number;
  readonly headerOffset?: number;
}

export interface ZipOptions {
  /** Write the 64-bit forms of sizes, offsets and the directory. */
  readonly zip64?: boolean;
  readonly comment?: string;
}

/** The bytes of an archive. */
export function writeZip(entries: readonly ZipEntryToWrite[], options: ZipOptions = {}): Uint8Array {
  const file: number[][] = [];
  const directory: number[][] = [];
  let position = 0;
  for (const entry of entries) {
    const name = [...new TextEncoder().encode(entry.name)];
    const packed = entry.deflate ? deflateRawSync(entry.content) : entry.content;
    const method = u16(entry.method ?? (entry.deflate ? 8 : 0));
    const flags = u16(entry.flags ?? 0x800);
    const crc = u32(entry.crc32 ?? crc32(entry.content));
    const size = entry.size ?? entry.content.length;
    const compressedSize = entry.compressedSize ?? packed.length;
    const offset = entry.headerOffset ?? position;
    const shortSizes = options.zip64
      ? [...u32(0xffffffff), ...u32(0xffffffff)]
      : [...u32(compressedSize), ...u32(size)];
    const extra = options.zip64
      ? [...u16(1), ...u16(24), ...u64(size), ...u64(compressedSize), ...u64(offset)]
      : [];
    const common = [...flags, ...method, 0, 0, 0, 0, ...crc];
    const local = [...u32(0x04034b50), 20, 0, ...common, ...shortSizes, ...u16(name.length), 0, 0, ...name];
    file.push(local, [...packed]);
    position += local.length + packed.length;
    directory.push([
      ...[
        ...u32(0x02014b50),
        20,
        0,
        20,
        0,
        ...common,
        ...shortSizes,
        ...u16(name.length),
        ...u16(extra.length),
      ],
      ...[0, 0, 0, 0, 0, 0, 0, 0, 0, 0, ...u32(options.zip64 ? 0xffffffff : offset), ...name, ...extra],
    ]);
  }
  const directoryLength = directory.flat().length;
  const comment = [...new TextEncoder().encode(options.comment ?? "")];
  const count = entries.length;
  const end64 = options.zip64
    ? [
      ...[...u32(0x06064b50), ...u64(44), 45, 0, 45, 0, ...u32(0), ...u32(0), ...u64(count), ...u64(count)],
      ...[...u64(directoryLength), ...u64(position)],
      ...[...u32(0x07064b50), ...u32(0), ...u64(position + directoryLength), ...u32(1)],
    ]
    : [];
  const where = options.zip64
    ? [...u16(0xffff), ...u16(0xffff), ...u32(0xffffffff), ...u32(0xffffffff)]
    : [...u16(count), ...u16(count), ...u32(directoryLength), ...u32(position)];
  const end = [...u32(0x06054b50), 0, 0, 0, 0, ...where, ...u16(comment.length), ...comment];
  return Uint8Array.from([...file, ...directory, end64, end].flat());
}

function u16(value: number): number[] {
  return [value & 0xff, (value >> 8) & 0xff];
}

function u32(value: number): number[] {
  return [...u16(value & 0xffff), ...u16(value >>> 16)];
}

function u64(value: number): number[] {
  return [...u32(value >>> 0), ...u32(Math.floor(value / 2 ** 32))];
}
