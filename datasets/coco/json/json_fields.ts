/**
 * Reads the values of fields that files write in more than one way: ids, flags, what may be missing or of any kind.
 *
 * @module
 */
import type { CocoId } from "../ids.ts";
import { JsonValues } from "./json_values.ts";

// Bytes by what they are in ASCII; not imported, since an imported constant costs a lookup until the code is optimized.
const MINUS = 45, POINT = 46, ZERO = 48, NINE = 57;
const UPPER_E = 69, LOWER_E = 101, LOWER_F = 102, LOWER_N = 110, LOWER_T = 116;

/** A place in a JSON text, at the value of a field. */
export abstract class JsonFields extends JsonValues {
  /** The whole number here, at most 2⁵³ in size. */
  integer(field: string): number {
    const value = this.number(field);
    if (!Number.isSafeInteger(value)) this.fieldError(field, `is ${value}, not a whole number`);
    return value;
  }

  /** The id here: a whole number of any size, exactly, or a text. */
  id(field: string): CocoId {
    const start = this.position;
    return this.#idOrFraction(field) ??
      this.fieldError(field, `is ${Number(this.textFrom(start))}, neither a whole number nor a text`);
  }

  /** The id here; undefined for anything else, which is then passed over. */
  idIfAny(field: string): CocoId | undefined {
    if (this.atNumber() || this.atText()) return this.#idOrFraction(field);
    this.skip();
  }

  /** The id here; undefined for a number that is not whole. */
  #idOrFraction(field: string): CocoId | undefined {
    if (this.atText()) return this.string(field);
    const bytes = this.bytes, start = this.position;
    let p = start, digits = 0, digit = bytes[p] - ZERO;
    while (digit >= 0 && digit <= 9) {
      digits = (10 * digits + digit) | 0;
      digit = bytes[++p] - ZERO;
    }
    const after = bytes[p];
    // Up to nine digits and nothing else: nearly all ids.
    if (
      p > start && p - start <= 9 && p !== this.end && after !== POINT && after !== LOWER_E &&
      after !== UPPER_E &&
      (bytes[start] !== ZERO || p === start + 1)
    ) {
      this.position = p;
      return digits;
    }
    const value = this.number(field);
    if (Number.isSafeInteger(value)) return value;
    const text = this.textFrom(start);
    return /^-?\d{1,100}$/.test(text) ? BigInt(text) : undefined;
  }

  /** The number here, also written as a text; NaN for anything else, which is then passed over. */
  numberIfAny(field: string): number {
    const first = this.peek();
    if (first >= ZERO && first <= NINE) return this.number(field);
    const next = this.bytes[this.position + 1];
    if (first === MINUS && next >= ZERO && next <= NINE) return this.number(field);
    if (!this.atText()) {
      this.skip();
      return NaN;
    }
    const text = this.string(field).trim();
    return text === "" ? NaN : Number(text);
  }

  /** The text here, or the digits of a number; undefined for anything else, which is then passed over. */
  textIfAny(field: string): string | undefined {
    if (this.atText()) return this.string(field);
    const value = this.numberIfAny(field);
    return Number.isNaN(value) ? undefined : String(value);
  }

  /** 0 or 1, also written as false or true. */
  flag(field: string): number {
    const first = this.peek();
    if (first !== LOWER_T && first !== LOWER_F) return this.number(field) === 0 ? 0 : 1;
    this.literal(first === LOWER_T ? "true" : "false");
    return first === LOWER_T ? 1 : 0;
  }

  /** Whether the value here is null, which is then passed over. */
  null(): boolean {
    if (this.peek() !== LOWER_N) return false;
    this.literal("null");
    return true;
  }
}
