/**
 * Raw frames with their times, as a stream that ffmpeg reads: Matroska (RFC 9559) of uncompressed RGB. Pipes of bare
 * pixels know no times, and frames of telephones and screens do not come evenly.
 *
 * @module
 */
import { concatenate } from "../bytes.ts";
import type { ImageSize } from "../images/image.ts";

/** Nanoseconds of a unit of its times: they are microseconds. */
const TIME_UNIT = 1000;

/**
 * What comes before the first frame.
 *
 * @param rate frames a second, about
 */
export function matroskaHeader({ width, height }: ImageSize, rate: number): Uint8Array {
  const video = element(0xe0, unsigned(0xb0, width), unsigned(0xba, height), text(0x2eb524, "RGB\x18"));
  const track = element(
    0xae,
    unsigned(0xd7, 1), // TrackNumber
    unsigned(0x73c5, 1), // TrackUID
    unsigned(0x83, 1), // TrackType: video
    unsigned(0x9c, 0), // FlagLacing
    unsigned(0x23e383, Math.round(1e9 / rate)), // DefaultDuration, in nanoseconds
    text(0x86, "V_UNCOMPRESSED"),
    video,
  );
  return concatenate([
    element(
      0x1a45dfa3,
      ...[unsigned(0x4286, 1), unsigned(0x42f7, 1), unsigned(0x42f2, 4), unsigned(0x42f3, 8)],
      ...[text(0x4282, "matroska"), unsigned(0x4287, 4), unsigned(0x4285, 2)],
    ),
    // A segment whose size is not known.
    ...[bytesOf(0x18538067), Uint8Array.of(0x01, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff)],
    element(0x1549a966, unsigned(0x2ad7b1, TIME_UNIT), text(0x4d80, "bneck"), text(0x5741, "bneck")),
    element(0x1654ae6b, track),
  ]);
}

/**
 * What comes before the pixels of a frame: each is a cluster of one block.
 *
 * @param microseconds when it is shown
 * @param length of its pixels in bytes
 */
export function matroskaFrame(microseconds: number, length: number): Uint8Array {
  const time = unsigned(0xe7, microseconds);
  const block = Uint8Array.of(0x81, 0, 0, 0x80); // The track, no time from that of the cluster, a key frame.
  const size = block.length + length;
  const blockHead = [bytesOf(0xa3), sizeOf(size)];
  const inside = time.length + 1 + SIZE_BYTES + size;
  return concatenate([bytesOf(0x1f43b675), sizeOf(inside), time, ...blockHead, block]);
}

const SIZE_BYTES = 8;

function element(id: number, ...content: readonly Uint8Array[]): Uint8Array {
  const length = content.reduce((sum, part) => sum + part.length, 0);
  return concatenate([bytesOf(id), sizeOf(length), ...content]);
}

function unsigned(id: number, value: number): Uint8Array {
  return element(id, bytesOf(value));
}

function text(id: number, value: string): Uint8Array {
  return element(id, new TextEncoder().encode(value));
}

/** A number in as few bytes as it needs, the highest first. */
function bytesOf(value: number): Uint8Array {
  const bytes: number[] = [];
  for (let rest = value; rest > 0 || bytes.length === 0; rest = Math.floor(rest / 256)) {
    bytes.unshift(rest % 256);
  }
  return Uint8Array.from(bytes);
}

/** A size in eight bytes, of which the first only says so. */
function sizeOf(length: number): Uint8Array {
  const bytes = new Uint8Array(SIZE_BYTES);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(length) | 1n << 56n);
  return bytes;
}
