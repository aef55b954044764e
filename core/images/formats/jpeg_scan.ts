/** Walking through the coded data of a baseline JPEG (ITU-T T.81, annexes B, C and F) without decoding its pixels. */

/** What the header says of how the first scan is coded. */
export interface JpegScan {
  /** Where its data begin. */
  readonly data: number;
  /** Whether there are bytes between the segments before it that belong to none. */
  readonly hasStrayBytes: boolean;
  /** Of a scan that holds the whole image, and is coded with Huffman's tables one block after the other. */
  readonly blocks?: {
    /** Units of blocks (MCU) of the image. */
    readonly units: number;
    /** The tables of each block of a unit. */
    readonly tables: readonly { readonly dc: HuffmanTable; readonly ac: HuffmanTable }[];
    /** Units between restart markers; 0 if there are none. */
    readonly restart: number;
  };
}

/** By length of a code: the first code that is longer, and what to add to a code to get the place of its value. */
interface HuffmanTable {
  readonly limits: Int32Array;
  readonly offsets: Int32Array;
  readonly values: Uint8Array;
}

/** The first scan of a JPEG; `undefined` if there is none. */
export function jpegScan(bytes: Uint8Array): JpegScan | undefined {
  const tables = new Map<number, HuffmanTable>();
  let frame: Uint8Array | undefined;
  let restart = 0;
  let hasStrayBytes = false;
  for (let at = 2; at < bytes.length;) {
    if (bytes[at] !== 0xff) {
      hasStrayBytes = true;
      at = bytes.indexOf(0xff, at);
      if (at < 0) return undefined;
    }
    while (bytes[at] === 0xff) at++;
    const marker = bytes[at++];
    const length = Math.max(2, bytes[at] << 8 | bytes[at + 1]);
    const segment = bytes.subarray(at + 2, at + length);
    at += length;
    if (marker === 0xc4) readTables(segment, tables);
    else if (marker === 0xc0 || marker === 0xc1) frame = segment;
    else if (marker === 0xdd && segment.length >= 2) restart = segment[0] << 8 | segment[1];
    else if (marker === 0xda) {
      return { data: at, hasStrayBytes, blocks: frame && blocksOf(frame, segment, tables, restart) };
    }
  }
  return undefined;
}

/**
 * Whether the data are those of as many blocks as the image has, with nothing left before the next marker but what fills up;
 * `undefined` for a scan of another kind.
 */
export function isWhole(bytes: Uint8Array, { data, blocks }: JpegScan): boolean | undefined {
  if (blocks === undefined) return undefined;
  const bits = new Bits(bytes, data);
  for (let unit = 0; unit < blocks.units; unit++) {
    if (unit > 0 && blocks.restart > 0 && unit % blocks.restart === 0 && !bits.restart()) return false;
    for (const { dc, ac } of blocks.tables) if (!skipBlock(bits, dc, ac)) return false;
  }
  return bits.left() === 0;
}

/** @returns whether the data hold a whole block */
function skipBlock(bits: Bits, dc: HuffmanTable, ac: HuffmanTable): boolean {
  const first = bits.value(dc);
  if (first < 0) return false;
  bits.skip(first);
  for (let place = 1; place < 64; place++) {
    const value = bits.value(ac);
    if (value < 0) return false;
    const run = value >> 4, size = value & 15;
    if (size === 0 && run < 15) return true; // The other coefficients are 0.
    place += run;
    bits.skip(size);
  }
  return true;
}

/** Reads bits after one another; a byte 0xff is followed by one that does not count. */
class Bits {
  #bits = 0;
  #count = 0;

  constructor(readonly bytes: Uint8Array, private at: number) {}

  /** The value of the next code; -1 at the end of the data, or where there is no such code. */
  value({ limits, offsets, values }: HuffmanTable): number {
    let code = 0;
    for (let length = 1; length <= 16; length++) {
      const bit = this.#next();
      if (bit < 0) return -1;
      code = code << 1 | bit;
      if (code < limits[length]) return values[code + offsets[length]];
    }
    return -1;
  }

  skip(count: number): void {
    for (let i = 0; i < count; i++) this.#next();
  }

  /** Goes on after the next restart marker, which has to follow; whether it does. */
  restart(): boolean {
    this.#count = 0;
    const { bytes, at } = this;
    if (bytes[at] !== 0xff || bytes[at + 1] < 0xd0 || bytes[at + 1] > 0xd7) return false;
    this.at += 2;
    return true;
  }

  /** Bytes before the next marker, without zeros and ones at the end that only fill up. */
  left(): number {
    const start = this.at;
    let end = start;
    while (end < this.bytes.length && !(this.bytes[end] === 0xff && this.bytes[end + 1] !== 0)) end++;
    while (end > start && (this.bytes[end - 1] === 0 || this.bytes[end - 1] === 0xff)) end--;
    return end - start;
  }

  #next(): number {
    if (this.#count === 0) {
      const { bytes, at } = this;
      if (at >= bytes.length) return -1;
      this.#bits = bytes[at];
      if (this.#bits === 0xff) {
        if (bytes[at + 1] !== 0) return -1;
        this.at++;
      }
      this.at++;
      this.#count = 8;
    }
    return this.#bits >> --this.#count & 1;
  }
}

function readTables(segment: Uint8Array, tables: Map<number, HuffmanTable>): void {
  for (let at = 0; at + 17 <= segment.length;) {
    const name = segment[at];
    const limits = new Int32Array(17), offsets = new Int32Array(17);
    let code = 0, place = 0;
    for (let length = 1; length <= 16; length++) {
      const count = segment[at + length];
      offsets[length] = place - code;
      place += count;
      limits[length] = code + count;
      code = code + count << 1;
    }
    tables.set(name, { limits, offsets, values: segment.subarray(at + 17, at + 17 + place) });
    at += 17 + place;
  }
}

/** `undefined` for a scan of a part of the components, or where tables are missing. */
function blocksOf(
  frame: Uint8Array,
  scan: Uint8Array,
  huffman: ReadonlyMap<number, HuffmanTable>,
  restart: number,
): JpegScan["blocks"] {
  const count = frame[5];
  if (scan[0] !== count || frame.length < 6 + count * 3 || scan.length < 1 + count * 2) return undefined;
  const factors = Array.from({ length: count }, (_, i) => {
    const both = frame[7 + i * 3];
    return count === 1 ? [1, 1] : [both >> 4, both & 15];
  });
  const width = frame[3] << 8 | frame[4], height = frame[1] << 8 | frame[2];
  const [wide, high] = [0, 1].map((side) => 8 * Math.max(...factors.map((factor) => factor[side])));
  const tables = factors.flatMap(([horizontal, vertical], i) => {
    const names = scan[2 + i * 2];
    const dc = huffman.get(names >> 4), ac = huffman.get(0x10 | names & 15);
    return Array.from({ length: horizontal * vertical }, () => ({ dc, ac }));
  });
  const complete = tables.every((table): table is { dc: HuffmanTable; ac: HuffmanTable } =>
    table.dc !== undefined && table.ac !== undefined
  );
  if (!complete || wide === 0 || high === 0) return undefined;
  return { units: Math.ceil(width / wide) * Math.ceil(height / high), tables, restart };
}
