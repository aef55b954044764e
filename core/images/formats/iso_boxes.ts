/** The boxes of AVIF files (ISO/IEC 14496-12, ISO base media file format). */

/** Brands of still images, and of sequences. */
const AVIF_BRANDS = ["avif", "avis"];

/** Major brands under which AVIF files may go, beside their own. */
const GENERAL_BRANDS = ["mif1", "msf1", "miaf", "MA1A", "MA1B"];

/** The brands that the file names first: its own, then those that it is compatible with; none if it has no boxes. */
export function brandsOf(bytes: Uint8Array): string[] {
  const [box] = boxesIn(bytes, 0, Math.min(bytes.length, 4096));
  if (box?.type !== "ftyp") return [];
  const brands: string[] = [];
  for (let at = box.start; at + 4 <= box.end; at += 4) brands.push(textAt(bytes, at));
  return [brands[0] ?? "", ...brands.slice(2)]; // The second is a version.
}

/** Whether a file of these brands is an AVIF. */
export function isAvif([major, ...others]: readonly string[]): boolean {
  if (AVIF_BRANDS.includes(major)) return true;
  return GENERAL_BRANDS.includes(major) && others.some((brand) => AVIF_BRANDS.includes(brand));
}

/**
 * The file as one that libvips opens: it does not know the brand of sequences, though they begin with a still image. A
 * copy, where something is changed.
 */
export function asStillAvif(bytes: Uint8Array): Uint8Array {
  if (textAt(bytes, 8) === "avif") return bytes;
  const copy = bytes.slice();
  copy.set([0x61, 0x76, 0x69, 0x66], 8);
  return copy;
}

/** The frames of an image sequence, or `undefined` if the file has none. */
export function sequenceFrames(bytes: Uint8Array): number | undefined {
  let [start, end] = [0, bytes.length];
  for (const type of ["moov", "trak", "mdia", "minf", "stbl", "stsz"]) {
    const box = boxesIn(bytes, start, end).find((each) => each.type === type);
    if (box === undefined) return undefined;
    ({ start, end } = box);
  }
  // Version and flags, the size of all samples or 0, their number.
  return start + 12 > end ? undefined : uint32(bytes, start + 8);
}

/** Whether the last box extends beyond the end of the file. */
export function boxesAreCutOff(bytes: Uint8Array): boolean {
  return boxesIn(bytes, 0, bytes.length).some(({ whole }) => !whole);
}

interface Box {
  readonly type: string;
  /** Where its contents are. */
  readonly start: number;
  readonly end: number;
  /** Whether it ends where it says. */
  readonly whole: boolean;
}

/** Boxes that are looked at; images have some tens. */
const MAX_BOXES = 1000;

function boxesIn(bytes: Uint8Array, start: number, end: number): Box[] {
  const boxes: Box[] = [];
  for (let at = start; at + 8 <= end && boxes.length < MAX_BOXES;) {
    const short = uint32(bytes, at);
    const long = short === 1 && at + 16 <= end;
    const length = short === 0
      ? end - at
      : long
      ? uint32(bytes, at + 8) * 2 ** 32 + uint32(bytes, at + 12)
      : short;
    const header = long ? 16 : 8;
    if (length < header) break;
    const whole = at + length <= end;
    boxes.push({ type: textAt(bytes, at + 4), start: at + header, end: Math.min(at + length, end), whole });
    at += length;
  }
  return boxes;
}

function uint32(bytes: Uint8Array, at: number): number {
  return (bytes[at] << 24 | bytes[at + 1] << 16 | bytes[at + 2] << 8 | bytes[at + 3]) >>> 0;
}

function textAt(bytes: Uint8Array, at: number): string {
  return String.fromCharCode(...bytes.subarray(at, at + 4));
}
