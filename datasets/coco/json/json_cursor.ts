/**
 * Reads JSON from a file of any size, byte by byte, straight into whatever the caller keeps. Nothing but a
 * window of the file is ever in memory, no object is built for a value, and every error names the place.
 *
 * `JSON.parse` needs the whole text as one string (V8 ends at 512 MB) and an object for each entry; a result
 * file of 400,000 detections takes 0.5 GB that way, and 25 MB this way.
 *
 * @module
 */
import { usageError } from "../../../core/errors.ts";
import type { Column } from "../columns.ts";
import { decimalEnd, EXACT_POWERS_OF_TEN, readDecimal } from "./decimal.ts";
import { TextWindow } from "./text_window.ts";

/** Property names in the form {@linkcode JsonCursor.key} looks for. */
export type KeyTable = readonly Uint8Array[];

/** Prepares the names of the properties a reader knows; {@linkcode JsonCursor.key} returns their index. */
export function keyTable(...names: string[]): KeyTable {
  return names.map((name) => new TextEncoder().encode(`"${name}"`));
}

const DEEPEST_NESTING = 512;

const TAB = 9, NEW_LINE = 10, RETURN = 13, SPACE = 32;
const QUOTE = 34, PLUS = 43, COMMA = 44, MINUS = 45, POINT = 46, ZERO = 48, NINE = 57, COLON = 58;
const UPPER_E = 69, UPPER_I = 73, UPPER_N = 78, LOWER_E = 101, LOWER_F = 102, LOWER_N = 110, LOWER_T = 116;
const OPEN_BRACKET = 91, BACKSLASH = 92, CLOSE_BRACKET = 93, OPEN_BRACE = 123, CLOSE_BRACE = 125;

/**
 * A place in a JSON text that moves forward. The window ends in a zero byte, which no JSON value can contain, so
 * that the loops below need not look for the end: whatever does not expect a zero fails, and
 * {@linkcode JsonCursor.fail} sees whether the text or only the window has ended.
 *
 * Whatever reads throws a `BneckError` with the place where something else stands than what is to be read.
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
export class JsonCursor extends TextWindow {
  #list = "";
  #index = -1;
  #lastKey = -1;
  readonly #decoder = new TextDecoder("utf-8", { fatal: true });

  /** Passes over white space and returns the byte after it without passing over that one. */
  peek(): number {
    const byte = this.bytes[this.position];
    return byte > SPACE ? byte : this.#peekAfterSpace();
  }

  #peekAfterSpace(): number {
    const bytes = this.bytes;
    let p = this.position;
    while (isSpace(bytes[p])) p++;
    this.position = p;
    if (bytes[p] <= SPACE) this.fail("a value");
    return bytes[p];
  }

  /** Whether nothing but white space is left. */
  atEnd(): boolean {
    return this.whole(() => {
      while (this.position < this.end && isSpace(this.bytes[this.position])) this.position++;
      if (this.position === this.end) this.needMore();
      return this.position === this.end;
    });
  }

  /** Whether a list is here. */
  atList(): boolean {
    return this.peek() === OPEN_BRACKET;
  }

  /** Whether an object is here. */
  atObject(): boolean {
    return this.peek() === OPEN_BRACE;
  }

  /** Whether a string is here. */
  atText(): boolean {
    return this.peek() === QUOTE;
  }

  /**
   * Calls `read` at each element of the array here; it must pass over exactly that element. `list` is what
   * errors call the array. A call that the end of the window interrupts is repeated, as in
   * {@linkcode TextWindow.whole}. Returns the number of elements.
   */
  elements(list: string, read: (index: number) => void): number {
    this.#list = list;
    this.#index = -1;
    this.whole(() => {
      if (!this.atList()) this.fail("a list");
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
            this.peek();
          }
          this.#index = count;
          read(count);
          count++;
          this.passed();
        }
        this.position++;
        return true;
      });
    }
    this.#index = -1;
    return count;
  }

  /**
   * Calls `read` with the index in `names` (or -1) at each property of the object here; it must pass over the
   * value, with {@linkcode JsonCursor.elements} where that may be longer than the window.
   */
  members(names: KeyTable, read: (key: number) => void): void {
    const OPENED = -2, CLOSED = -3;
    let state = this.whole(() => {
      if (!this.atObject()) this.fail("an object");
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

  /** Passes over the value of a {@linkcode JsonCursor.members} property, however long. */
  skipMember(): void {
    if (this.whole(() => this.atList())) this.elements("", () => this.skip());
    else this.whole(() => this.skip());
  }

  /** Calls `read` at each element of a list inside one entry; returns their number. */
  list(read: (index: number) => void): number {
    if (!this.atList()) this.fail("a list");
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
    if (!this.atObject()) this.fail("an object");
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
    if (found === -1) this.#skipString();
    if (this.peek() !== COLON) this.fail("a colon");
    this.position++;
    return found;
  }

  /** The number here. `field` is what errors call it. */
  number(field: string): number {
    const first = this.peek();
    const bytes = this.bytes;
    const start = first === MINUS ? this.position + 1 : this.position;
    let p = start, digits = 0, digit = bytes[p] - ZERO;
    while (digit >= 0 && digit <= 9) {
      digits = (10 * digits + digit) | 0;
      digit = bytes[++p] - ZERO;
    }
    const point = p;
    if (bytes[p] === POINT) {
      digit = bytes[++p] - ZERO;
      while (digit >= 0 && digit <= 9) {
        digits = (10 * digits + digit) | 0;
        digit = bytes[++p] - ZERO;
      }
    }
    // Up to nine digits and no exponent: nearly all numbers in files that were rounded before they were
    // written.
    const last = bytes[p];
    const fraction = p > point ? p - point - 1 : 0;
    if (
      p - start - (p > point ? 1 : 0) > 9 || point === start || p === point + 1 || last === LOWER_E ||
      last === UPPER_E || p === this.end ||
      (bytes[start] === ZERO && point > start + 1)
    ) {
      return this.#anyNumber(field);
    }
    this.position = p;
    const value = fraction === 0 ? digits : digits / EXACT_POWERS_OF_TEN[fraction];
    return first === MINUS ? -value : value;
  }

  /** Any number, of any number of digits. */
  #anyNumber(field: string): number {
    const first = this.bytes[this.position] === MINUS ? this.position + 1 : this.position;
    if (this.bytes[first] < ZERO || this.bytes[first] > NINE) this.#notNumber(field, first);
    const value = readDecimal(this.bytes, this.position);
    if (decimalEnd === this.end) this.needMore();
    if (Number.isNaN(value)) this.#failAt(decimalEnd, `a digit of ${field}`);
    if (Math.abs(value) === Infinity) this.fieldError(field, "is too large for a number");
    this.position = decimalEnd;
    return value;
  }

  /** The whole number here, at most 2⁵³ in size. */
  integer(field: string): number {
    const value = this.number(field);
    if (!Number.isSafeInteger(value)) this.fieldError(field, `is ${value}, not a whole number`);
    return value;
  }

  /** 0 or 1, also written as false or true. */
  flag(field: string): number {
    const first = this.peek();
    if (first !== LOWER_T && first !== LOWER_F) return this.number(field) === 0 ? 0 : 1;
    this.skip();
    return first === LOWER_T ? 1 : 0;
  }

  /** The text of the string here. */
  string(field: string): string {
    if (!this.atText()) this.fieldError(field, `is ${this.describe()}, not a text`);
    const start = this.position;
    const escaped = this.#skipString();
    try {
      return escaped
        ? JSON.parse(this.#decoder.decode(this.bytes.subarray(start, this.position))) as string
        : this.#decoder.decode(this.bytes.subarray(start + 1, this.position - 1));
    } catch (error) {
      if (error instanceof TypeError) this.fieldError(field, "is not valid UTF-8");
      this.fieldError(field, "is not a valid JSON text");
    }
  }

  /** Adds the characters of the string here, which must be ASCII, to `target`. */
  asciiInto(field: string, target: Column<Uint8Array<ArrayBuffer>>): void {
    if (!this.atText()) this.fieldError(field, `is ${this.describe()}, not a text`);
    const bytes = this.bytes;
    let p = this.position + 1, byte = bytes[p];
    target.reserve(this.end - this.position);
    const { values } = target;
    let length = target.length;
    while (byte !== QUOTE) {
      if (byte === BACKSLASH) {
        // In run lengths only the backslash itself is ever escaped.
        byte = bytes[++p];
        if (byte !== BACKSLASH && byte !== 0) this.fieldError(field, "has an escaped character");
      }
      if (byte < SPACE) this.#failAt(p, "the end of the text");
      values[length++] = byte;
      byte = bytes[++p];
    }
    target.length = length;
    this.position = p + 1;
  }

  /** Whether the value here is null, which is then passed over. */
  null(): boolean {
    if (this.peek() !== LOWER_N) return false;
    this.#literal("null");
    return true;
  }

  /** Passes over the value here, whatever it is. */
  skip(): void {
    const closing = new Uint8Array(DEEPEST_NESTING);
    let depth = 0;
    for (;;) {
      const byte = this.peek();
      if (byte === OPEN_BRACE || byte === OPEN_BRACKET) {
        if (depth === DEEPEST_NESTING) this.fail(`less than ${DEEPEST_NESTING} levels of nesting`);
        closing[depth++] = byte + 2;
        this.position++;
        if (this.peek() !== byte + 2) {
          if (byte === OPEN_BRACE) this.key([]);
          continue;
        }
      } else if (byte === QUOTE) this.#skipString();
      else if (byte === LOWER_T) this.#literal("true");
      else if (byte === LOWER_F) this.#literal("false");
      else if (byte === LOWER_N) this.#literal("null");
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

  /** What kind of value is here, for messages: "a list", "the text "abc"". */
  describe(): string {
    const byte = this.peek();
    if (byte === OPEN_BRACE) return "an object";
    if (byte === OPEN_BRACKET) return "a list";
    if (byte === LOWER_T || byte === LOWER_F) return "a truth value";
    if (byte === LOWER_N) return "null";
    if (byte !== QUOTE) return "a number";
    const text = this.string("text");
    return `the text ${JSON.stringify(text.length > 40 ? `${text.slice(0, 40)}…` : text)}`;
  }

  /** Throws the error that `field` of the element being read is unusable. */
  fieldError(field: string, problem: string): never {
    throw this.error(`${this.#path(field)} ${problem}`);
  }

  /** The text does not go on as JSON must; `wanted` is what should stand here. */
  fail(wanted: string): never {
    if (this.position >= this.end) {
      this.needMore();
      if (this.isEmpty) throw usageError(`cannot read ${this.name}: the file is empty`);
      const inside = this.#index < 0 ? "" : ` in ${this.#path("")}`;
      throw this.error(`the file ends${inside} where ${wanted} should follow: it is truncated`);
    }
    const byte = this.bytes[this.position];
    const shown = byte > SPACE && byte < 127 ? `"${String.fromCharCode(byte)}"` : `byte ${byte}`;
    const inside = this.#index < 0 ? "" : ` in ${this.#path("")}`;
    throw this.error(`not valid JSON: found ${shown} instead of ${wanted}${inside}`);
  }

  #failAt(position: number, wanted: string): never {
    this.position = position;
    this.fail(wanted);
  }

  #path(field: string): string {
    const element = this.#index < 0 ? this.#list : `${this.#list || "element"}[${this.#index}]`;
    return element && field ? `${element}.${field}` : element || field;
  }

  /** The byte at `place`, after a sign if there is one, begins no number. */
  #notNumber(field: string, place: number): never {
    const byte = this.bytes[place];
    // Python writes NaN and Infinity, which JSON does not have.
    if (byte === UPPER_N) this.fieldError(field, "is NaN");
    if (byte === UPPER_I) this.fieldError(field, "is infinite");
    if (byte === 0 || place > this.position) this.#failAt(place, `the number ${field}`);
    this.fieldError(field, `is ${this.describe()}, not a number`);
  }

  #literal(text: string): void {
    for (let i = 0; i < text.length; i++) {
      if (this.bytes[this.position] !== text.charCodeAt(i)) this.fail(text);
      this.position++;
    }
  }

  /** Passes over a number whose value does not matter, Python's NaN and Infinity included. */
  #skipNumber(): void {
    const bytes = this.bytes;
    const start = this.position;
    let p = start;
    if (bytes[p] === MINUS) p++;
    if (bytes[p] === UPPER_N || bytes[p] === UPPER_I) {
      this.position = p;
      this.#literal(bytes[p] === UPPER_N ? "NaN" : "Infinity");
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

  /** Passes over a string; whether it contains escapes. */
  #skipString(): boolean {
    const bytes = this.bytes;
    let p = this.position + 1;
    let escaped = false;
    let byte = bytes[p];
    while (byte !== QUOTE) {
      if (byte === BACKSLASH) {
        escaped = true;
        p++;
      }
      if (bytes[p] < SPACE) this.#failAt(p, "the end of the text");
      byte = bytes[++p];
    }
    this.position = p + 1;
    return escaped;
  }
}

function isSpace(byte: number): boolean {
  return byte === SPACE || byte === NEW_LINE || byte === RETURN || byte === TAB;
}
