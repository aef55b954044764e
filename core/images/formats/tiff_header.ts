/** The directories of a TIFF or BigTIFF: TIFF 6.0, section 2. */

/** The first page, and how many there are. */
export interface TiffHeader {
  /** Values of the entries of the first directory that are numbers, by tag; long lists are cut off. */
  readonly entries: ReadonlyMap<number, readonly number[]>;
  /** Pages, without smaller copies of a page (thumbnails, pyramids) and masks. */
  readonly pages: number;
  /** Where the file says that a band of the first page is associated alpha: the places of the bytes that are 1. */
  readonly associatedAlpha: readonly number[];
  /** Where the file says that samples are signed: the places of the bytes that are 2. */
  readonly signed: readonly number[];
}

/** Tags by their names in TIFF 6.0. */
export const Tag = {
  newSubfileType: 254,
  bitsPerSample: 258,
  compression: 259,
  photometric: 262,
  samplesPerPixel: 277,
  subIfds: 330,
  extraSamples: 338,
  sampleFormat: 339,
  dngVersion: 50706,
} as const;

/** Directories that are counted: more only cost time. */
const MAX_DIRECTORIES = 10_000;

/** Entries of a directory, and values of an entry, that are read. */
const MAX_ENTRIES = 4096;
const MAX_VALUES = 64;

/** The bits of NewSubfileType that mark a smaller copy and a mask. */
const COPY_OR_MASK = 0b101;

/** The header, or `undefined` where the first directory cannot be read. */
export function readTiffHeader(bytes: Uint8Array): TiffHeader | undefined {
  const reader = new DirectoryReader(bytes);
  const seen = new Set<number>();
  let first: Directory | undefined;
  let pages = 0;
  for (let at = reader.first; at !== 0 && !seen.has(at) && seen.size < MAX_DIRECTORIES;) {
    seen.add(at);
    const directory = reader.read(at);
    if (directory === undefined) break;
    const [subfileType = 0] = directory.entries.get(Tag.newSubfileType) ?? [];
    if (first === undefined || (subfileType & COPY_OR_MASK) === 0) pages++;
    first ??= directory;
    at = directory.next;
  }
  if (first === undefined) return undefined;
  const { entries, associatedAlpha, signed } = first;
  return { entries, pages, associatedAlpha, signed };
}

interface Directory extends Omit<TiffHeader, "pages"> {
  /** The place of the next one, 0 for none. */
  readonly next: number;
}

class DirectoryReader {
  readonly #view: DataView;
  readonly #little: boolean;
  readonly #big: boolean;
  /** Where the first directory is. */
  readonly first: number;

  constructor(bytes: Uint8Array) {
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#little = bytes[0] === 0x49;
    this.#big = bytes[2] === 43 || bytes[3] === 43;
    this.first = bytes.length < 16 && this.#big || bytes.length < 8 ? 0 : this.#offset(this.#big ? 8 : 4);
  }

  #offset(at: number): number {
    return this.#big
      ? Number(this.#view.getBigUint64(at, this.#little))
      : this.#view.getUint32(at, this.#little);
  }

  /** The directory at `at`, or `undefined` if it does not lie within the file. */
  read(at: number): Directory | undefined {
    const length = this.#view.byteLength;
    const countBytes = this.#big ? 8 : 2;
    if (at + countBytes > length) return undefined;
    const count = this.#big ? this.#offset(at) : this.#view.getUint16(at, this.#little);
    const entryBytes = this.#big ? 20 : 12;
    const end = at + countBytes + count * entryBytes;
    if (count > MAX_ENTRIES || end > length) return undefined;
    const entries = new Map<number, readonly number[]>();
    let associatedAlpha: number[] = [], signed: number[] = [];
    for (let entry = at + countBytes; entry < end; entry += entryBytes) {
      const found = this.#values(entry);
      if (found === undefined) continue;
      const tag = this.#view.getUint16(entry, this.#little);
      entries.set(tag, found.values);
      const placesOf = (wanted: number) => {
        const lowest = this.#little ? 0 : found.size - 1;
        return found.values.flatMap((value, i) =>
          value === wanted ? [found.from + i * found.size + lowest] : []
        );
      };
      if (tag === Tag.extraSamples) associatedAlpha = placesOf(1);
      if (tag === Tag.sampleFormat) signed = placesOf(2);
    }
    return {
      entries,
      associatedAlpha,
      signed,
      next: end + (this.#big ? 8 : 4) > length ? 0 : this.#offset(end),
    };
  }

  /** The values of an entry of type BYTE, SHORT or LONG, where they are, and the bytes of each. */
  #values(entry: number): { values: number[]; from: number; size: number } | undefined {
    const type = this.#view.getUint16(entry + 2, this.#little);
    const size = type === 1 ? 1 : type === 3 ? 2 : type === 4 || type === 13 ? 4 : 0;
    const count = this.#offset(entry + 4);
    if (size === 0) return undefined;
    const inline = this.#big ? 8 : 4;
    const place = entry + 4 + inline;
    const from = count * size <= inline ? place : this.#offset(place);
    const values: number[] = [];
    for (let i = 0; i < Math.min(count, MAX_VALUES); i++) {
      const at = from + i * size;
      if (at + size > this.#view.byteLength) return undefined;
      values.push(
        size === 1
          ? this.#view.getUint8(at)
          : size === 2
          ? this.#view.getUint16(at, this.#little)
          : this.#view.getUint32(at, this.#little),
      );
    }
    return { values, from, size };
  }
}
