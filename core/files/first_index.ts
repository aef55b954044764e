/**
 * Finding what is equal among millions.
 *
 * @module
 */

/**
 * Says which of the items 0 … `count - 1` come a second time. A `Map` of a million names takes seconds to fill, most of
 * it for strings that are made only to be keys, and grows faster than the number of names; this keeps eight to
 * sixteen bytes for each item and makes no strings.
 */
export class FirstIndex {
  /** Open addressing; items count from 1, 0 is an empty place. At most half of the places are taken. */
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

  /** Adds the item `index`, each once, and returns the first item that was added and equals it: often itself. */
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

/** A hash of 32 bits that is the same for texts that {@linkcode fold} makes the same. */
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

/** What two names have in common that are the same file on some file systems. */
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

/** The low bits decide on the place: the high ones are brought down, so that numbered names do not crowd together. */
function spread(hash: number): number {
  const mixed = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  return mixed ^ (mixed >>> 13);
}
