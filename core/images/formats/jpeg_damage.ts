/**
 * Damage within a JPEG that decodes nevertheless. libjpeg continues after errors in the coded data and only warns, or not
 * even that: data that were overwritten decode to other, often fewer, blocks.
 */
import { isWhole, jpegScan } from "./jpeg_scan.ts";

/** Bytes of zeros in a row from which on coded data are suspicious. Flat areas of sound images have such runs, too. */
const MIN_BLANK = 32;

/**
 * Whether a warning of libjpeg tells that coded data are damaged. Stray bytes between the segments of the header, which
 * some cameras write, and unusual numbers in it are not damage. libvips keeps the words of all threads in one place: where
 * two images fail at once, one gets those of both and the other none. A warning without words is taken for one of data.
 */
export function isDamage(warning: string, bytes: Uint8Array): boolean {
  if (!warning.includes("VipsJpeg:")) return !jpegScan(bytes)?.hasStrayBytes;
  const ofData = warning.split("\n").filter((line) => /Corrupt JPEG data|Premature end/i.test(line));
  if (ofData.length === 0) return false;
  return !ofData.every((line) => line.includes("extraneous bytes")) || !jpegScan(bytes)?.hasStrayBytes;
}

/**
 * Whether an image that decodes without a warning has too few or too many data. It is only looked for where the data hold
 * a run of zeros, as damaged disks and broken transfers leave it, since the blocks have to be counted.
 */
export function isMiscounted(bytes: Uint8Array): boolean {
  if (findBlank(bytes, 0) < 0) return false; // Nearly always, and quicker than reading the header.
  const scan = jpegScan(bytes);
  if (scan === undefined) return false;
  const blank = findBlank(bytes, scan.data);
  return blank >= 0 && blank < endOfImage(bytes, scan.data) && isWhole(bytes, scan) === false;
}

/** Where the first run of zeros from `start` on begins; -1 if there is none. */
function findBlank(bytes: Uint8Array, start: number): number {
  const step = MIN_BLANK / 2; // A place in every run of that length.
  for (let at = start + step; at < bytes.length; at += step) {
    if (bytes[at] !== 0) continue;
    let first = at, last = at;
    while (first > start && bytes[first - 1] === 0) first--;
    while (last + 1 < bytes.length && bytes[last + 1] === 0) last++;
    if (last - first + 1 >= MIN_BLANK) return first;
    at = last;
  }
  return -1;
}

/** Where the end marker is: coded data cannot hold it. */
function endOfImage(bytes: Uint8Array, start: number): number {
  for (let at = bytes.indexOf(0xff, start); at >= 0; at = bytes.indexOf(0xff, at + 1)) {
    if (bytes[at + 1] === 0xd9) return at;
  }
  return bytes.length;
}
