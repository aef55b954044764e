/**
 * Reads JSON from a file of any size, byte by byte, straight into whatever the caller keeps. Only a window of the file
 * is ever in memory, no object is created for a value, and every error names the place.
 *
 * `JSON.parse` needs the whole text as one string (V8's limit is 512 MB) and an object for each entry; a result file of
 * 400,000 detections takes 0.5 GB that way, and 25 MB this way.
 *
 * @module
 */
import { JsonFields } from "./json_fields.ts";
import { isSpace } from "./json_values.ts";

// Bytes by what they are in ASCII; not imported, since an imported constant costs a lookup until the code is optimized.
const QUOTE = 34, PLUS = 43, COMMA = 44, MINUS = 45, POINT = 46, ZERO = 48, NINE = 57, COLON = 58;
const UPPER_E = 69, UPPER_I = 73, UPPER_N = 78, LOWER_E = 101, LOWER_F = 102, LOWER_N = 110, LOWER_T = 116;
const OPEN_BRACKET = 91, CLOSE_BRACKET = 93, OPEN_BRACE = 123, CLOSE_BRACE = 125;

/** Property names in the form that {@linkcode JsonCursor.key} looks for. */
export type KeyTable = readonly Uint8Array[];

/** Prepares the names of the properties that a reader knows; {@linkcode JsonCursor.key} returns their index. */
export function keyTable(...names: string[]): KeyTable {
  return names.map((name) => new TextEncoder().encode(`"${name}"`));
}

const MAX_NESTING = 512;

/**
 * A position in a JSON text that moves forward, with the text's lists and objects.
 *
 * Every method that reads throws a `BneckError` with the position if something else is there.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { bytesSource } from "./byte_source.ts";
 * import { JsonCursor, keyTable } from "./json_cursor.ts";
 * const text = new TextEncoder().encode('[{"id": 3, "name": "cat"}, {"id": 5}]');
 * const cursor = new JsonCursor("animals.json", bytesSource(text));
 * const keys = keyTable("id");
 * let sum = 0;
 * cursor.elements("", () => {
 *   cursor.object(() => {
 *     if (cursor.key(keys) === 0) sum += cursor.integer("id");
 *     else cursor.skip();
 *   });
 * });
 * assert.ok(sum === 8);
 * ```
 */
export class JsonCursor extends JsonFields {
  #lastKey = -1;

  /** Whether nothing but white space is left. */
  atEnd(): boolean {
    return this.whole(() => {
      while (this.position < this.end && isSpace(this.bytes[this.position])) this.position++;
      if (this.position === this.end) this.needMore();
      return this.position === this.end;
    });
  }

  /**
   * Calls `read` at each element of the array here; it must pass over exactly that element. `list` is what
   * errors call the array. A call that the end of the window interrupts is repeated, as in
   * {@linkcode TextWindow.whole}. Returns the number of elements.
   */
  elements(list: string, read: (index: number) => void): number {
    this.listName = list;
    this.listIndex = -1;
    this.whole(() => {
      if (!this.atList()) this.notA("a list");
      this.position++;
    });
    let count = 0;
    let closed = false;
    while (!closed) {
      closed = this.whole(() => {
        for (;;) {
          if (this.peek() === CLOSE_BRACKET && count === 0) break;
          if (count > 0) {
            if (this.bytes[this.position] === CLOSE_BRACKET) break;
            if (this.bytes[this.position] !== COMMA) this.fail("a comma or the end of the list");
            this.position++;
            if (this.peek() === CLOSE_BRACKET) this.#commaTooMany();
          }
          this.listIndex = count;
          read(count);
          count++;
          this.passed();
        }
        this.position++;
        return true;
      });
    }
    this.listIndex = -1;
    return count;
  }

  /**
   * Calls `read` with the index in `names` (or -1) at each property of the object here; it must pass over the
   * value, with {@linkcode JsonCursor.elements} where that may be longer than the window.
   */
  members(names: KeyTable, read: (key: number) => void): void {
    const OPENED = -2, CLOSED = -3;
    let state = this.whole(() => {
      if (!this.atObject()) this.notA("an object");
      this.position++;
      return OPENED;
    });
    for (;;) {
      const key = this.whole(() => {
        const byte = this.peek();
        if (byte === CLOSE_BRACE) {
          this.position++;
          return CLOSED;
        }
        if (state !== OPENED) {
          if (byte !== COMMA) this.fail("a comma or the end of the object");
          this.position++;
        }
        return this.key(names);
      });
      if (key === CLOSED) return;
      read(key);
      state = key;
    }
  }

  #commaTooMany(): never {
    throw this.error(`not valid JSON: a comma before the end of the list ${this.listName}`.trimEnd());
  }

  /** Skips the value of a {@linkcode JsonCursor.members} property, however long. */
  skipMember(): void {
    if (this.whole(() => this.atList())) this.elements("", () => this.skip());
    else this.whole(() => this.skip());
  }

  /** Calls `read` at each element of a list inside one entry; returns their number. */
  list(read: (index: number) => void): number {
    if (!this.atList()) this.notA("a list");
    this.position++;
    if (this.peek() === CLOSE_BRACKET) {
      this.position++;
      return 0;
    }
    for (let count = 0;;) {
      read(count++);
      const byte = this.peek();
      if (byte !== COMMA && byte !== CLOSE_BRACKET) this.fail("a comma or the end of the list");
      this.position++;
      if (byte === CLOSE_BRACKET) return count;
    }
  }

  /** Calls `read` at each property of an object inside one entry; it must take the key and the value. */
  object(read: () => void): void {
    if (!this.atObject()) this.notA("an object");
    this.position++;
    this.#lastKey = -1;
    if (this.peek() === CLOSE_BRACE) {
      this.position++;
      return;
    }
    for (;;) {
      read();
      const byte = this.peek();
      if (byte !== COMMA && byte !== CLOSE_BRACE) this.fail("a comma or the end of the object");
      this.position++;
      if (byte === CLOSE_BRACE) return;
    }
  }

  /**
   * Passes over a property name and its colon, and returns its index in `names`, or -1. Entries of a list
   * mostly have their properties in the same order, so the name after the last one found is tried first.
   */
  key(names: KeyTable): number {
    if (!this.atText()) this.fail("a property name");
    const bytes = this.bytes;
    const start = this.position;
    let found = -1;
    for (let i = 0, candidate = this.#lastKey; i < names.length; i++) {
      if (++candidate >= names.length) candidate = 0;
      const name = names[candidate];
      let k = 1;
      while (k < name.length && bytes[start + k] === name[k]) k++;
      if (k === name.length) {
        found = candidate;
        this.#lastKey = candidate;
        this.position = start + k;
        break;
      }
    }
    if (found === -1 && this.skipString()) found = this.#escapedKey(names, start);
    if (this.peek() !== COLON) this.fail("a colon");
    this.position++;
    return found;
  }

  /** The index in `names` of the name from `start` to here, which has escapes. */
  #escapedKey(names: KeyTable, start: number): number {
    const end = this.position;
    this.position = start;
    const name = new TextEncoder().encode(JSON.stringify(this.string("property name")));
    this.position = end;
    return names.findIndex((known) =>
      known.length === name.length && known.every((byte, i) => byte === name[i])
    );
  }

  /** Skips the value here, whatever it is. */
  override skip(): void {
    const closing = new Uint8Array(MAX_NESTING);
    let depth = 0;
    for (;;) {
      const byte = this.peek();
      if (byte === OPEN_BRACE || byte === OPEN_BRACKET) {
        if (depth === MAX_NESTING) throw this.error(`nested more than ${MAX_NESTING} levels deep`);
        closing[depth++] = byte + 2;
        this.position++;
        if (this.peek() !== byte + 2) {
          if (byte === OPEN_BRACE) this.key([]);
          continue;
        }
      } else if (byte === QUOTE) this.skipString();
      else if (byte === LOWER_T) this.literal("true");
      else if (byte === LOWER_F) this.literal("false");
      else if (byte === LOWER_N) this.literal("null");
      else this.#skipNumber();

      for (;;) {
        if (depth === 0) return;
        const after = this.peek();
        if (after === closing[depth - 1]) {
          this.position++;
          depth--;
          continue;
        }
        if (after !== COMMA) this.fail("a comma or a closing bracket");
        this.position++;
        if (closing[depth - 1] === CLOSE_BRACE) this.key([]);
        break;
      }
    }
  }

  /** Skips a number whose value does not matter, Python's NaN and Infinity included. */
  #skipNumber(): void {
    const bytes = this.bytes;
    const start = this.position;
    let p = start;
    if (bytes[p] === MINUS) p++;
    if (bytes[p] === UPPER_N || bytes[p] === UPPER_I) {
      this.position = p;
      this.literal(bytes[p] === UPPER_N ? "NaN" : "Infinity");
      return;
    }
    let byte = bytes[p];
    while (
      (byte >= ZERO && byte <= NINE) || byte === POINT || byte === LOWER_E || byte === UPPER_E ||
      byte === MINUS ||
      byte === PLUS
    ) byte = bytes[++p];
    if (p === start) this.fail("a value");
    this.position = p;
    if (p === this.end) this.needMore();
  }
}
