/**
 * The ids of images and categories: mostly small whole numbers, but files also have texts and numbers beyond 2⁵³.
 *
 * @module
 */

/** An id as the file has it; a whole number beyond 2⁵³ is a `bigint`, so that no digit is lost. */
export type CocoId = number | bigint | string;

/** Ascending order: numbers by value, then texts by code points, as numpy sorts them. */
export function compareIds(a: CocoId, b: CocoId): number {
  if (typeof a === "string" && typeof b === "string") return compareTexts(a, b);
  if (typeof a === "string") return 1;
  if (typeof b === "string") return -1;
  return a < b ? -1 : a > b ? 1 : 0;
}

function compareTexts(a: string, b: string): number {
  if (a === b) return 0;
  // JavaScript compares UTF-16 units, in which characters beyond U+FFFF come before some that are below.
  const [first, second] = [[...a], [...b]];
  for (let i = 0; i < Math.min(first.length, second.length); i++) {
    if (first[i] !== second[i]) return first[i].codePointAt(0)! - second[i].codePointAt(0)!;
  }
  return first.length - second.length;
}

/** The id as a JSON value, which {@linkcode idFromJson} restores. */
export type SavedId = number | string | { readonly bigint: string };

/** The JSON form of an id. */
export function idToJson(id: CocoId): SavedId {
  return typeof id === "bigint" ? { bigint: String(id) } : id;
}

/** Restores an id, or returns undefined for anything else. */
export function idFromJson(saved: unknown): CocoId | undefined {
  if (typeof saved === "string" || Number.isSafeInteger(saved)) return saved as string | number;
  const { bigint } = (saved ?? {}) as { bigint?: unknown };
  return typeof bigint === "string" && /^-?\d{16,100}$/.test(bigint) ? BigInt(bigint) : undefined;
}

/** The id as it is written in a JSON file: digits, or a quoted text. */
export function idAsJsonText(id: CocoId): string {
  return typeof id === "string" ? JSON.stringify(id) : String(id);
}

/** The id as messages show it: a text in quotes. */
export function quotedId(id: CocoId): string {
  if (typeof id !== "string") return String(id);
  return JSON.stringify(id.length > 40 ? `${id.slice(0, 40)}…` : id);
}

/**
 * Ids as doubles, to keep many of them in a typed array: a number stands for itself, any other id for its place in this
 * table plus ½, which no whole number is.
 */
export class IdCodes {
  readonly #places = new Map<bigint | string, number>();

  /** The double that stands for the id. */
  of(id: CocoId): number {
    if (typeof id === "number") return id;
    let place = this.#places.get(id);
    if (place === undefined) {
      place = this.#places.size;
      this.#places.set(id, place);
    }
    return place + 0.5;
  }
}
