/**
 * The wire format of Protocol Buffers, as far as ONNX needs it: varints, 32-bit floats and length-delimited fields. The
 * reader checks every length against the bytes available.
 *
 * @see https://protobuf.dev/programming-guides/encoding/
 */
import { concatenate } from "../bytes.ts";
import { modelError } from "../errors.ts";

const VARINT = 0;
const FIXED64 = 1;
const LENGTH_DELIMITED = 2;
const FIXED32 = 5;

const MAX_INT64 = 2n ** 63n - 1n;

const textEncoder = new TextEncoder();
const textDecoder = new TextDecoder();

/** Writes one message. Byte fields are kept by reference until `finish` copies everything once. */
export class ProtoWriter {
  #parts: Uint8Array[] = [];
  #pending: number[] = [];
  #length = 0;

  /** An integer field. Negative values are written as 64-bit two's complement. */
  integer(field: number, value: number | bigint): void {
    this.#tag(field, VARINT);
    this.#varint(value);
  }

  /** A 32-bit float field. */
  float(field: number, value: number): void {
    this.#tag(field, FIXED32);
    this.#push(new Uint8Array(Float32Array.of(value).buffer));
  }

  /** A string or bytes field. */
  bytes(field: number, value: string | Uint8Array): void {
    const data = typeof value === "string" ? textEncoder.encode(value) : value;
    this.#tag(field, LENGTH_DELIMITED);
    this.#varint(data.length);
    this.#push(data);
  }

  /** A packed list of integers. */
  integers(field: number, values: readonly (number | bigint)[]): void {
    this.message(field, (packed) => values.forEach((value) => packed.#varint(value)));
  }

  /** A packed list of 32-bit floats. */
  floats(field: number, values: readonly number[]): void {
    this.bytes(field, new Uint8Array(Float32Array.from(values).buffer));
  }

  /** A nested message. */
  message(field: number, write: (message: ProtoWriter) => void): void {
    const message = new ProtoWriter();
    write(message);
    message.#flush();
    this.#tag(field, LENGTH_DELIMITED);
    this.#varint(message.#length);
    this.#flush();
    this.#parts.push(...message.#parts);
    this.#length += message.#length;
  }

  /** The bytes of the message. */
  finish(): Uint8Array<ArrayBuffer> {
    this.#flush();
    return concatenate(this.#parts);
  }

  #tag(field: number, wireType: number): void {
    this.#varint(field * 8 + wireType);
  }

  #varint(value: number | bigint): void {
    if (typeof value === "number" && value >= 0 && value < 2 ** 31) {
      for (; value > 127; value >>= 7) this.#pending.push(value & 127 | 128);
      this.#pending.push(value);
      return;
    }
    // A double cannot represent the largest 64-bit integer, which ONNX files use for "to the end".
    const clamped = typeof value === "number" && value >= 2 ** 63 ? MAX_INT64 : BigInt(value);
    let rest = BigInt.asUintN(64, clamped);
    while (rest > 127n) {
      this.#pending.push(Number(rest & 127n) | 128);
      rest >>= 7n;
    }
    this.#pending.push(Number(rest));
  }

  #push(data: Uint8Array): void {
    this.#flush();
    this.#parts.push(data);
    this.#length += data.length;
  }

  #flush(): void {
    if (this.#pending.length === 0) return;
    this.#parts.push(Uint8Array.from(this.#pending));
    this.#length += this.#pending.length;
    this.#pending = [];
  }
}

/** One field of a message. */
export interface ProtoField {
  readonly number: number;
  /** Present for varint and fixed-width fields. */
  readonly integer?: bigint;
  /** Present for length-delimited fields, and for fixed-width ones (4 or 8 bytes): a view, not a copy. */
  readonly bytes?: Uint8Array;
}

/**
 * Iterates over the fields of a message.
 *
 * @throws {BneckError} if a length reaches outside the message or a wire type is unknown
 */
export function* readFields(message: Uint8Array): Generator<ProtoField> {
  const cursor = { at: 0 };
  while (cursor.at < message.length) {
    const tag = Number(readVarint(message, cursor));
    const number = Math.floor(tag / 8);
    switch (tag % 8) {
      case VARINT:
        yield { number, integer: readVarint(message, cursor) };
        break;
      case FIXED64:
        yield { number, bytes: take(message, cursor, 8) };
        break;
      case LENGTH_DELIMITED: {
        const length = Number(readVarint(message, cursor));
        yield { number, bytes: take(message, cursor, length) };
        break;
      }
      case FIXED32:
        yield { number, bytes: take(message, cursor, 4) };
        break;
      default:
        throw modelError(`not a protobuf message: wire type ${tag % 8} at byte ${cursor.at}`);
    }
  }
}

/**
 * Reads the varints of a packed field.
 *
 * @throws {BneckError} if the last one is truncated or one has more than 10 bytes
 */
export function* readPackedIntegers(packed: Uint8Array): Generator<bigint> {
  const cursor = { at: 0 };
  while (cursor.at < packed.length) yield BigInt.asIntN(64, readVarint(packed, cursor));
}

/** The number of varints in a packed field: each ends with a byte below 128. */
export function countPackedIntegers(packed: Uint8Array): number {
  let count = 0;
  for (let i = 0; i < packed.length; i++) if (packed[i] < 128) count++;
  return count;
}

/** A UTF-8 string field. */
export function readText(bytes: Uint8Array): string {
  return textDecoder.decode(bytes);
}

/** Little-endian 32-bit floats of a packed (or single fixed32) field. */
export function readFloats(bytes: Uint8Array): number[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Array.from({ length: bytes.length >> 2 }, (_, index) => view.getFloat32(index * 4, true));
}

function take(message: Uint8Array, cursor: { at: number }, length: number): Uint8Array {
  if (length > message.length - cursor.at) {
    throw modelError(
      `truncated protobuf message: ${length} bytes expected at byte ${cursor.at}, ` +
        `${message.length - cursor.at} left`,
    );
  }
  const bytes = message.subarray(cursor.at, cursor.at + length);
  cursor.at += length;
  return bytes;
}

function readVarint(message: Uint8Array, cursor: { at: number }): bigint {
  let low = 0;
  let factor = 1;
  // A double represents 49 bits exactly; only longer varints need bigint arithmetic.
  for (let byte = 0; byte < 7; byte++) {
    const value = message[cursor.at++];
    if (value === undefined) throw modelError("truncated protobuf message: it ends inside a number");
    low += (value & 127) * factor;
    if (value < 128) return BigInt(low);
    factor *= 128;
  }
  let result = BigInt(low);
  for (let shift = 49n; shift < 70n; shift += 7n) {
    const value = message[cursor.at++];
    if (value === undefined) throw modelError("truncated protobuf message: it ends inside a number");
    result += BigInt(value & 127) << shift;
    if (value < 128) return BigInt.asUintN(64, result);
  }
  throw modelError(`not a protobuf message: a number of more than 10 bytes at byte ${cursor.at}`);
}
