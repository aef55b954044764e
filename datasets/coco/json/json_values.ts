/**
 * Reads single values of a JSON text: numbers and strings.
 *
 * @module
 */
import { type Hint, usageError } from "../../../core/errors.ts";
import type { Column } from "../files/columns.ts";
import { decimalEnd, EXACT_POWERS_OF_TEN, readDecimal } from "./decimal.ts";
import { TextWindow } from "./text_window.ts";

// Bytes by what they are in ASCII; not imported, since an imported constant costs a lookup until the code is optimized.
const TAB = 9, NEW_LINE = 10, RETURN = 13, SPACE = 32;
const QUOTE = 34, MINUS = 45, POINT = 46, ZERO = 48, NINE = 57;
const UPPER_E = 69, UPPER_I = 73, UPPER_N = 78, LOWER_E = 101, LOWER_F = 102, LOWER_N = 110, LOWER_T = 116;
const OPEN_BRACKET = 91, BACKSLASH = 92, OPEN_BRACE = 123;

/** A text that holds one number as JSON writes it, with space around it. */
const NUMBER_IN_TEXT = /^\s*(-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)\s*$/;

/**
 * A place in a JSON text, at a value. The window ends in a zero byte, which no JSON value can contain, so that the
 * loops below need not check for the end: whatever does not expect a zero fails, and {@linkcode JsonValues.fail} finds
 * out whether the text or only the window has ended.
 */
export abstract class JsonValues extends TextWindow {
  /** The list that is being read and the index of its element, for errors; -1 outside a list. */
  protected listName = "";
  protected listIndex = -1;
  /** Whether a number may also be written as a text ("12.5"), as some tools do. */
  textNumbers = false;
  readonly #decoder = new TextDecoder("utf-8", { fatal: true });

  /** Skips white space and returns the byte after it without passing over that one. */
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

  /** Whether a number is here. */
  atNumber(): boolean {
    const byte = this.peek();
    return byte === MINUS || (byte >= ZERO && byte <= NINE);
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
    if (this.textNumbers && this.bytes[this.position] === QUOTE) return this.#numberInText(field);
    const first = this.bytes[this.position] === MINUS ? this.position + 1 : this.position;
    if (this.bytes[first] < ZERO || this.bytes[first] > NINE) this.#notNumber(field, first);
    const value = readDecimal(this.bytes, this.position);
    if (decimalEnd === this.end) this.needMore();
    if (Number.isNaN(value)) this.failAt(decimalEnd, `a digit of ${field}`);
    if (Math.abs(value) === Infinity) this.fieldError(field, "is too large for a number");
    this.position = decimalEnd;
    return value;
  }

  #numberInText(field: string): number {
    const start = this.position;
    const value = Number(NUMBER_IN_TEXT.exec(this.string(field))?.[1] ?? NaN);
    if (Number.isFinite(value)) return value;
    this.position = start;
    this.fieldError(field, `is ${this.describe()}, not a number`);
  }

  /** Skips the value here, whatever it is. */
  abstract skip(): void;

  /** The text of the string here. */
  string(field: string): string {
    if (!this.atText()) this.fieldError(field, `is ${this.describe()}, not a text`);
    const start = this.position;
    const escaped = this.skipString();
    try {
      return escaped
        ? JSON.parse(this.textFrom(start)) as string
        : this.#decoder.decode(this.bytes.subarray(start + 1, this.position - 1));
    } catch (error) {
      if (error instanceof TypeError) this.fieldError(field, "is not valid UTF-8");
      this.fieldError(field, "is not a valid JSON text");
    }
  }

  /** Adds the characters of the string here, which must be in the range of single bytes, to `target`. */
  asciiInto(field: string, target: Column<Uint8Array<ArrayBuffer>>): void {
    if (!this.atText()) this.fieldError(field, `is ${this.describe()}, not a text`);
    const bytes = this.bytes;
    let p = this.position + 1, byte = bytes[p];
    target.reserve(this.end - this.position);
    const { values } = target;
    let length = target.length;
    while (byte !== QUOTE) {
      if (byte === BACKSLASH) {
        // Of the characters of run lengths only the backslash itself has to be escaped, but any may be.
        byte = bytes[++p];
        if (byte !== BACKSLASH && byte !== 0) {
          this.#escapedInto(field, target);
          return;
        }
      }
      if (byte < SPACE) this.failAt(p, "the end of the text");
      values[length++] = byte;
      byte = bytes[++p];
    }
    target.length = length;
    this.position = p + 1;
  }

  #escapedInto(field: string, target: Column<Uint8Array<ArrayBuffer>>): void {
    const text = this.string(field);
    target.reserve(text.length);
    for (let i = 0; i < text.length; i++) {
      if (text.charCodeAt(i) > 127) this.fieldError(field, "has a character that is not ASCII");
      target.push(text.charCodeAt(i));
    }
  }

  /** What kind of value is here, for messages: "a list", "the text "abc"". It is not passed over. */
  describe(): string {
    const byte = this.peek();
    if (byte === OPEN_BRACE) return "an object";
    if (byte === OPEN_BRACKET) return "a list";
    if (byte === LOWER_T || byte === LOWER_F) return "a truth value";
    if (byte === LOWER_N) return "null";
    if (byte !== QUOTE) return "a number";
    const start = this.position, text = this.string("text");
    this.position = start;
    return `the text ${JSON.stringify(text.length > 40 ? `${text.slice(0, 40)}…` : text)}`;
  }

  /** Throws the error that `field` of the element being read is unusable. */
  fieldError(field: string, problem: string, hint?: Hint): never {
    throw this.error(`${this.#path(field)} ${problem}`, hint);
  }

  /** Throws the error that the value here is not `wanted`: of another kind, or no JSON value at all. */
  notA(wanted: string): never {
    if (!this.#atValue()) this.fail(wanted);
    throw this.error(`${this.#path("") || "the file"} is ${this.describe()}, not ${wanted}`);
  }

  /** Whether a JSON value begins here. */
  #atValue(): boolean {
    const byte = this.peek();
    return byte === QUOTE || byte === OPEN_BRACE || byte === OPEN_BRACKET || this.atNumber() ||
      ["true", "false", "null"].some((word) => this.#atWord(word));
  }

  #atWord(word: string): boolean {
    for (let i = 0; i < word.length; i++) {
      if (this.bytes[this.position + i] !== word.charCodeAt(i)) return false;
    }
    return true;
  }

  /** The text does not continue as JSON must; `wanted` is what should stand here. */
  fail(wanted: string): never {
    if (this.position >= this.end) {
      this.needMore();
      if (this.isEmpty) throw usageError(`cannot read ${this.name}: the file is empty`);
      const inside = this.listIndex < 0 ? "" : ` in ${this.#path("")}`;
      throw this.error(`the file ends${inside} where ${wanted} should follow: it is truncated`);
    }
    const byte = this.bytes[this.position];
    const shown = byte > SPACE && byte < 127 ? `"${String.fromCharCode(byte)}"` : `byte ${byte}`;
    const inside = this.listIndex < 0 ? "" : ` in ${this.#path("")}`;
    throw this.error(`not valid JSON: found ${shown} instead of ${wanted}${inside}`);
  }

  protected failAt(position: number, wanted: string): never {
    this.position = position;
    this.fail(wanted);
  }

  #path(field: string): string {
    const element = this.listIndex < 0 ? this.listName : `${this.listName || "element"}[${this.listIndex}]`;
    return element && field ? `${element}.${field}` : element || field;
  }

  /** The byte at `place`, after a sign if there is one, begins no number. */
  #notNumber(field: string, place: number): never {
    const byte = this.bytes[place];
    // Python writes NaN and Infinity, which JSON does not have.
    if (byte === UPPER_N) this.fieldError(field, "is NaN");
    if (byte === UPPER_I) this.fieldError(field, "is infinite");
    if (place > this.position || !this.#atValue()) this.failAt(place, `the number ${field}`);
    this.fieldError(field, `is ${this.describe()}, not a number`);
  }

  /** The text from `start` to here. */
  protected textFrom(start: number): string {
    return this.#decoder.decode(this.bytes.subarray(start, this.position));
  }

  protected literal(text: string): void {
    for (let i = 0; i < text.length; i++) {
      if (this.bytes[this.position] !== text.charCodeAt(i)) this.fail(text);
      this.position++;
    }
  }

  /** Skips a string; whether it contains escapes. */
  protected skipString(): boolean {
    const bytes = this.bytes;
    let p = this.position + 1;
    let escaped = false;
    let byte = bytes[p];
    while (byte !== QUOTE) {
      if (byte === BACKSLASH) {
        escaped = true;
        p++;
      }
      if (bytes[p] < SPACE) this.failAt(p, "the end of the text");
      byte = bytes[++p];
    }
    this.position = p + 1;
    return escaped;
  }
}

/** Whether a byte is white space between JSON values. */
export function isSpace(byte: number): boolean {
  return byte === SPACE || byte === NEW_LINE || byte === RETURN || byte === TAB;
}
