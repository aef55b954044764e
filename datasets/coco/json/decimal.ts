/**
 * Decimal digits to the nearest double, without making a string of them. Result files are nearly all numbers,
 * so this is where reading them spends its time.
 *
 * @module
 */

/** The powers of ten that a double holds exactly. */
export const EXACT_POWERS_OF_TEN = Float64Array.from(
  { length: 23 },
  (_, exponent) => Number(`1e${exponent}`),
);

/** The maximum number of digits in `low` of {@linkcode decimalToDouble}. */
const MAX_LOW_DIGITS = 7;

const SPLITTER = 2 ** 27 + 1;

/**
 * The double nearest to `(high · 10^lowDigits + low) · 10^exponent`, or NaN where the arithmetic used here
 * cannot decide how to round (the caller then parses the text; for digits at random that is never seen).
 *
 * `high` and `low` are non-negative integers, `high` of at most 15 digits and `low` of `lowDigits` (at most
 * {@linkcode MAX_LOW_DIGITS}). The digits are divided in pairs of doubles (Dekker 1971), which leaves an
 * error below 2⁻¹⁰⁰ of the value: if the two ends of that interval round alike, so does the exact value.
 */
function decimalToDouble(high: number, low: number, lowDigits: number, exponent: number): number {
  if (lowDigits === 0) {
    if (exponent === 0) return high;
    if (exponent < 0 && exponent >= -22) return high / EXACT_POWERS_OF_TEN[-exponent];
    if (exponent > 0 && exponent <= 22) return high * EXACT_POWERS_OF_TEN[exponent];
    return high === 0 ? 0 : NaN;
  }
  if (exponent > 0 || exponent < -22) return NaN;

  // digits = product + rest, exactly.
  const scale = EXACT_POWERS_OF_TEN[lowDigits];
  let product = high * scale;
  let rest = productError(high, scale, product);
  const sum = product + low;
  rest += low - (sum - product);
  product = sum;
  const divisor = EXACT_POWERS_OF_TEN[-exponent];
  const quotient = product / divisor;
  const back = quotient * divisor;
  const remainder = product - back - productError(quotient, divisor, back) + rest;
  const correction = remainder / divisor;
  const doubt = quotient * 2 ** -98;
  const min = quotient + (correction - doubt);
  const max = quotient + (correction + doubt);
  return min === max ? min : NaN;
}

/** Where {@linkcode readDecimal} ended: after the number, or at the byte that no number has there. */
export let decimalEnd = 0;

const PLUS = 43, MINUS = 45, POINT = 46, ZERO = 48, UPPER_E = 69, LOWER_E = 101;
const MAX_EXPONENT = 1e6;

/** What {@linkcode takeDigits} took, and how many digits that are. */
let taken = 0;
let takenDigits = 0;

/**
 * The double nearest to the JSON number that begins at `bytes[start]`, and {@linkcode decimalEnd}; NaN where
 * a digit is missing, Infinity where the number is too large. The bytes must end in something that is no
 * digit.
 */
export function readDecimal(bytes: Uint8Array, start: number): number {
  const negative = bytes[start] === MINUS;
  const first = negative ? start + 1 : start;
  let p = first;
  while (isDigit(bytes[p])) p++;
  if (p === first) return missingAt(p);
  // A zero stands alone: what follows it is not of this number.
  if (bytes[first] === ZERO) p = first + 1;
  let exponent = 0;
  if (bytes[p] === POINT) {
    const point = p++;
    while (isDigit(bytes[p])) p++;
    exponent = point + 1 - p;
    if (exponent === 0) return missingAt(p);
  }
  const end = p;
  if (bytes[p] === LOWER_E || bytes[p] === UPPER_E) {
    const sign = bytes[++p];
    if (sign === MINUS || sign === PLUS) p++;
    if (!isDigit(bytes[p])) return missingAt(p);
    let written = 0;
    for (; isDigit(bytes[p]); p++) if (written < MAX_EXPONENT) written = 10 * written + bytes[p] - ZERO;
    exponent += sign === MINUS ? -written : written;
  }
  decimalEnd = p;

  // Fifteen digits in two small integers, and what is left; leading zeros do not count.
  let next = first;
  while (next < end && (bytes[next] === ZERO || bytes[next] === POINT)) next++;
  next = takeDigits(bytes, next, end, 8);
  let high = taken;
  next = takeDigits(bytes, next, end, 7);
  high = high * EXACT_POWERS_OF_TEN[takenDigits] + taken;
  next = takeDigits(bytes, next, end, MAX_LOW_DIGITS);
  let value = next < end ? NaN : decimalToDouble(high, taken, takenDigits, exponent);
  if (value !== value) value = Math.abs(Number(new TextDecoder().decode(bytes.subarray(start, p))));
  return negative ? -value : value;
}

/** Takes up to `max` digits from `bytes[from…end]`, passing over the point; returns where it stopped. */
function takeDigits(bytes: Uint8Array, from: number, end: number, max: number): number {
  let value = 0, digits = 0, p = from;
  for (; p < end && digits < max; p++) {
    const digit = bytes[p] - ZERO;
    if (digit < 0) continue;
    value = (10 * value + digit) | 0;
    digits++;
  }
  taken = value;
  takenDigits = digits;
  return p;
}

function missingAt(place: number): number {
  decimalEnd = place;
  return NaN;
}

function isDigit(byte: number): boolean {
  return byte >= ZERO && byte <= 57;
}

/** What rounding took from `a · b` to make `product`, exactly. */
function productError(a: number, b: number, product: number): number {
  const aScaled = a * SPLITTER;
  const aHigh = aScaled - (aScaled - a);
  const aLow = a - aHigh;
  const bScaled = b * SPLITTER;
  const bHigh = bScaled - (bScaled - b);
  const bLow = b - bHigh;
  return aLow * bLow - (product - aHigh * bHigh - aLow * bHigh - aHigh * bLow);
}
