/** The frame header of a JPEG (ITU-T T.81, B.2.2). */

/** What it says. */
export interface JpegFrame {
  readonly width: number;
  /** 0 where it follows after the first scan. */
  readonly height: number;
  /** Bits of a sample. */
  readonly bits: number;
  /** 1 grey, 3 colours, 4 CMYK or YCCK. */
  readonly components: number;
  /** The number of its marker, 0 to 15: 0 to 2 are the usual kinds. */
  readonly process: number;
}

/** The markers that no length follows: RST0 to RST7, SOI, and TEM. */
const isBare = (marker: number) => marker >= 0xd0 && marker <= 0xd8 || marker === 0x01;

/** Markers among SOF0 to SOF15 that are not frames: DHT, JPG and DAC. */
const NOT_FRAMES = [0xc4, 0xc8, 0xcc];

/**
 * The first frame header, or `undefined` if the scan or the file's end comes first. As in libjpeg, whatever stands
 * between two segments is passed over.
 */
export function jpegFrame(bytes: Uint8Array): JpegFrame | undefined {
  for (const { marker, at } of headerSegments(bytes)) {
    if (marker < 0xc0 || marker > 0xcf || NOT_FRAMES.includes(marker)) continue;
    if (at + 8 > bytes.length) return undefined;
    return {
      bits: bytes[at + 2],
      height: bytes[at + 3] << 8 | bytes[at + 4],
      width: bytes[at + 5] << 8 | bytes[at + 6],
      components: bytes[at + 7],
      process: marker - 0xc0,
    };
  }
  return undefined;
}

/** The marker of the segments (APP1) that hold EXIF's orientation, among others. */
const APP1 = 0xe1;

/** Whether the header may say that the image is to be turned upright. */
export function mayBeTurned(bytes: Uint8Array): boolean {
  return headerSegments(bytes).some(({ marker }) => marker === APP1);
}

/** The segments before the first scan: their markers, and where their lengths stand. */
function* headerSegments(bytes: Uint8Array): Generator<{ marker: number; at: number }, void, undefined> {
  for (let at = 2; at < bytes.length;) {
    at = bytes.indexOf(0xff, at);
    if (at < 0) return;
    while (bytes[at] === 0xff) at++;
    const marker = bytes[at++];
    if (marker === 0 || isBare(marker)) continue;
    if (marker === 0xda || marker === 0xd9) return;
    yield { marker, at };
    // A length below 2 is an error in libjpeg too.
    at += Math.max(2, bytes[at] << 8 | bytes[at + 1]);
  }
}

/** Whether the file ends before its end marker (EOI), as far as its segments can be followed. */
export function endsEarly(bytes: Uint8Array): boolean {
  for (let at = 2;;) {
    at = bytes.indexOf(0xff, at);
    if (at < 0) return true;
    while (bytes[at] === 0xff) at++;
    const marker = bytes[at++];
    if (marker === 0xd9) return false;
    if (marker === undefined) return true;
    // 0 follows an 0xff of the data; scans have a short header and then data of no stated length.
    if (marker !== 0 && !isBare(marker)) at += Math.max(2, bytes[at] << 8 | bytes[at + 1]);
  }
}

/** What is unusual in the frame, of the kinds that no codec here reads: `12-bit samples`. */
export function unsupportedJpeg({ bits, components, process }: JpegFrame): string | undefined {
  if (process === 3 || process === 11) return "lossless compression";
  if (process >= 5 && process !== 9 && process !== 10) return "hierarchical frames";
  if (bits !== 8) return `${bits}-bit samples`;
  if (![1, 3, 4].includes(components)) return `${components} components`;
  return undefined;
}
