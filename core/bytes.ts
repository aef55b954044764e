/** Bytes of files: joining them, naming them, and recognising a file by how it begins. */

/** All parts, one after another, as a copy. */
export function concatenate(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/**
 * Gives back the memory of arrays that nothing reads any more, at once: it lies outside of the JavaScript heap, whose size
 * decides when garbage is collected, so that a worker would have some fifty megabytes of it at a time. Shared memory stays.
 */
export function release(...arrays: readonly (ArrayBufferView | undefined)[]): void {
  for (const array of arrays) {
    if (array?.buffer instanceof ArrayBuffer && !array.buffer.detached) array.buffer.transfer(0);
  }
}

/** Bytes of memory that {@linkcode SpareBytes} keeps at most: more than the classes of 12 million pixels need. */
const MAX_SPARE = 2 ** 24;

/**
 * Memory that is used again: new memory is filled with zeros and mapped page by page, which takes as long as a plane of 12
 * million pixels takes to compress.
 */
export class SpareBytes {
  #spare: ArrayBuffer | undefined;

  /** An array with whatever was left in it; to be given back when nothing reads it any more. */
  take(length: number): Uint8Array<ArrayBuffer> {
    const spare = this.#spare;
    if (spare === undefined || spare.byteLength < length) return new Uint8Array(length);
    this.#spare = undefined;
    return new Uint8Array(spare, 0, length);
  }

  /** Keeps the memory of an array for the next, or gives it back if a larger one is kept. */
  giveBack(array: Uint8Array<ArrayBuffer>): void {
    const { buffer } = array;
    const [kept = 0, length] = [this.#spare?.byteLength, buffer.byteLength];
    if (length <= kept || length > MAX_SPARE) return release(array);
    if (this.#spare) release(new Uint8Array(this.#spare));
    this.#spare = buffer;
  }
}

/** Whether `bytes` has the bytes or Latin-1 characters of `start` at the offset `at`. */
export function startsWith(bytes: Uint8Array, start: string | readonly number[], at = 0): boolean {
  for (let i = 0; i < start.length; i++) {
    if (bytes[at + i] !== (typeof start === "string" ? start.charCodeAt(i) : start[i])) return false;
  }
  return true;
}

/** The first four bytes in hexadecimal, for messages about unknown files: `89 50 4e 47`. */
export function firstBytes(bytes: Uint8Array): string {
  return Array.from(bytes.subarray(0, 4), (byte) => byte.toString(16).padStart(2, "0")).join(" ");
}

/** A short name for some bytes: sixteen digits of their SHA-256. */
export async function shortDigest(bytes: Uint8Array): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", bytes.slice());
  return new Uint8Array(digest, 0, 8).toHex();
}
