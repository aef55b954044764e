/**
 * Finding duplicates among millions of items.
 *
 * @module
 */

/**
 * Finds the items among 0 … `count - 1` that equal an earlier one. A `Map` of a million names takes seconds to fill,
 * most of them for strings that are built only to be keys; this keeps 12 to 20 bytes for each item and builds no
 * strings.
 */
export class FirstIndex {
  /** Open addressing; items count from 1, 0 is an empty place. At most half of the places are used. */
  readonly #places: Int32Array;
  readonly #hashes: Int32Array;
  readonly #mask: number;

  /** `equal` compares two items whose hashes are the same. */
  constructor(count: number, readonly equal: (a: number, b: number) => boolean) {
    const places = 2 ** Math.ceil(Math.log2(Math.max(1, count) * 2));
    this.#places = new Int32Array(places);
    this.#hashes = new Int32Array(count);
    this.#mask = places - 1;
  }

  /** Adds the item `index`, which must be new, and returns the first added item that equals it: itself if none does. */
  add(index: number, hash: number): number {
    this.#hashes[index] = hash;
    let place = spread(hash) & this.#mask;
    for (; this.#places[place] !== 0; place = (place + 1) & this.#mask) {
      const other = this.#places[place] - 1;
      if (this.#hashes[other] === hash && this.equal(other, index)) return other;
    }
    this.#places[place] = index + 1;
    return index;
  }
}

/** A 32-bit hash that is equal for texts that {@linkcode fold} makes equal (FNV-1a). */
export function foldedHash(text: string, seed = 0): number {
  let hash = seed;
  for (let i = 0; i < text.length; i++) {
    let code = text.charCodeAt(i);
    if (code > MAX_ASCII) return codeHash(fold(text), seed);
    if (code >= CAPITAL_A && code <= CAPITAL_Z) code += 32;
    hash = Math.imul(hash ^ code, FNV_PRIME);
  }
  return hash;
}

/** The name in a form that is equal for names that are the same file on a file system that ignores case. */
export function fold(name: string): string {
  return name.normalize("NFC").toLowerCase();
}

const MAX_ASCII = 127;
const CAPITAL_A = 65;
const CAPITAL_Z = 90;
const FNV_PRIME = 0x01000193;

function codeHash(text: string, seed: number): number {
  let hash = seed;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), FNV_PRIME);
  return hash;
}

/** Mixes the high bits into the low ones, which choose the place, so that numbered names do not cluster. */
function spread(hash: number): number {
  const mixed = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  return mixed ^ (mixed >>> 13);
}
