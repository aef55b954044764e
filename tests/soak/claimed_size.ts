/** Small files whose headers claim another size. */
import { crc32 } from "node:zlib";

/** A size in pixels. */
export interface Size {
  readonly width: number;
  readonly height: number;
}

/**
 * A copy of a whole picture file whose header claims `size`, as far as its fields can hold it (14 bits a side in a simple
 * WebP, 24 in an extended one, 16 in JPEG and GIF). A file without such a header is copied as it is.
 */
export function claimSize(file: Uint8Array, size: Size): Uint8Array<ArrayBuffer> {
  const copy = new Uint8Array(file);
  const start = String.fromCharCode(...copy.subarray(0, 4));
  if (String.fromCharCode(...copy.subarray(4, 8)) === "ftyp") {
    claimAvif(copy, size);
    return copy;
  }
  const claim = Object.entries(CLAIMS).find(([signature]) => start.startsWith(signature));
  claim?.[1](new DataView(copy.buffer), size);
  return copy;
}

const CLAIMS: Readonly<Record<string, (file: DataView, size: Size) => void>> = {
  "\xff\xd8": claimJpeg,
  "\x89PNG": claimPng,
  "RIFF": claimWebp,
  "GIF8": claimGif,
  "II*\0": claimTiff,
  "BM": claimBmp,
};

/** In the frame header, which follows the tables and the EXIF data. */
function claimJpeg(file: DataView, { width, height }: Size): void {
  for (let at = 2; at + 9 < file.byteLength && file.getUint8(at) === 0xff;) {
    if ([0xc0, 0xc1, 0xc2].includes(file.getUint8(at + 1))) {
      file.setUint16(at + 5, height);
      file.setUint16(at + 7, width);
      return;
    }
    at += 2 + file.getUint16(at + 2);
  }
}

/** In IHDR, always the first chunk; its checksum is made right. */
function claimPng(file: DataView, { width, height }: Size): void {
  file.setUint32(16, width);
  file.setUint32(20, height);
  file.setUint32(29, crc32(new Uint8Array(file.buffer, 12, 17)));
}

function claimWebp(file: DataView, { width, height }: Size): void {
  const kind = String.fromCharCode(file.getUint8(15));
  if (kind === " ") { // VP8: two 14-bit fields behind the start code
    file.setUint16(26, Math.min(width, 0x3fff), true);
    file.setUint16(28, Math.min(height, 0x3fff), true);
  } else if (kind === "L") { // VP8L: 14 bits each, less one
    const rest = file.getUint32(21, true) & 0xf0000000;
    const side = (length: number) => Math.min(length - 1, 0x3fff);
    file.setUint32(21, rest | side(height) << 14 | side(width), true);
  } else { // VP8X: 24 bits each, less one
    for (const [place, length] of [[24, width], [27, height]]) {
      const value = Math.min(length - 1, 0xffffff);
      file.setUint16(place, value & 0xffff, true);
      file.setUint8(place + 2, value >> 16);
    }
  }
}

/** Both of the screen and of the first frame. */
function claimGif(file: DataView, size: Size): void {
  const [screenWidth, screenHeight] = [file.getUint16(6, true), file.getUint16(8, true)];
  for (let at = 6; at + 4 <= file.byteLength; at++) {
    const frame = at > 6 && file.getUint8(at - 5) === 0x2c && file.getUint16(at, true) === screenWidth &&
      file.getUint16(at + 2, true) === screenHeight;
    if (at > 6 && !frame) continue;
    file.setUint16(at, size.width, true);
    file.setUint16(at + 2, size.height, true);
    if (frame) return;
  }
}

/** In the first directory; the file is little-endian, as sharp writes it. */
function claimTiff(file: DataView, { width, height }: Size): void {
  const directory = file.getUint32(4, true);
  const entries = file.getUint16(directory, true);
  for (let entry = 0; entry < entries; entry++) {
    const at = directory + 2 + entry * 12;
    const tag = file.getUint16(at, true);
    if (tag !== 256 && tag !== 257) continue;
    file.setUint16(at + 2, 4, true); // a 32-bit number
    file.setUint32(at + 4, 1, true);
    file.setUint32(at + 8, tag === 256 ? width : height, true);
  }
}

/** In the property of the item's size. */
function claimAvif(file: Uint8Array<ArrayBuffer>, { width, height }: Size): void {
  const at = new TextDecoder("latin1").decode(file).indexOf("ispe");
  const view = new DataView(file.buffer);
  view.setUint32(at + 8, width);
  view.setUint32(at + 12, height);
}

function claimBmp(file: DataView, { width, height }: Size): void {
  file.setInt32(18, width, true);
  file.setInt32(22, height, true);
}
