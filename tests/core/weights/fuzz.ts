/**
 * Damaged and hostile files of weights, for the tests (a few thousand) and for `tests/bench/fuzz_weights.ts` (many):
 * whatever the bytes, a reader gives consistent tensors or a `BneckError`, and allocates in proportion to the file.
 */
import assert from "node:assert/strict";
import fc from "fast-check";
import { BneckError } from "../../../core/errors.ts";
import { DTYPE_BYTES, elementCount, type WeightMap } from "../../../core/weights/tensor.ts";

/** One reader and files for it. */
export interface FuzzTarget {
  readonly name: string;
  readonly cases: fc.Arbitrary<Uint8Array>;
  /** Reads a file to the end. */
  readonly read: (bytes: Uint8Array) => WeightMap;
}

/**
 * Lets a target read `bytes`.
 *
 * @returns whether they were accepted
 * @throws if the reader threw anything but a BneckError, gave inconsistent tensors, or took too much memory
 */
export function accepts({ read }: FuzzTarget, bytes: Uint8Array): boolean {
  let weights: WeightMap;
  try {
    weights = read(bytes);
  } catch (error) {
    if (error instanceof BneckError && error.message.length < 2000) return false;
    throw error;
  }
  const buffers = new Set<ArrayBufferLike>();
  for (const { shape, dtype, data } of weights.values()) {
    assert.equal(data.length, elementCount(shape) * DTYPE_BYTES[dtype]);
    if (data.buffer !== bytes.buffer) buffers.add(data.buffer);
  }
  const allocated = [...buffers].reduce((sum, buffer) => sum + buffer.byteLength, 0);
  assert.ok(allocated <= 16 * (2 ** 20 + bytes.length), `${allocated} bytes for a file of ${bytes.length}`);
  return true;
}

const FIXTURES = new URL("../../fixtures/weights/", import.meta.url);

export const fixture = (name: string) => Deno.readFileSync(new URL(name, FIXTURES));

const INTERESTING = [0, 1, 0x7f, 0x80, 0xff, 0xffff, 0x7fffffff, 0x80000000, 0xffffffff];

/** A change to a file; positions are taken modulo its length. */
const anyDamage: fc.Arbitrary<(bytes: Uint8Array) => Uint8Array> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.tuple(fc.nat(), fc.nat(7)).map(([at, bit]) => edit(at, (bytes, i) => bytes[i] ^= 1 << bit)),
  },
  {
    weight: 2,
    arbitrary: fc.tuple(fc.nat(), fc.nat(255)).map(([at, value]) => edit(at, (bytes, i) => bytes[i] = value)),
  },
  {
    weight: 4,
    arbitrary: fc.tuple(fc.nat(), fc.constantFrom(...INTERESTING), fc.constantFrom(2, 4, 8)).map((
      [at, value, width],
    ) =>
      edit(at, (bytes, i) => {
        for (let k = 0; k < width; k++) {
          bytes[i + k] = k < 4 ? value >>> (8 * k) : value === 0xffffffff ? 0xff : 0;
        }
      })
    ),
  },
  fc.nat().map((at) => (bytes: Uint8Array) => bytes.slice(0, at % (bytes.length + 1))),
  fc.tuple(fc.nat(), fc.nat(64)).map(([at, length]) => (bytes: Uint8Array) => {
    const start = at % (bytes.length + 1);
    return Uint8Array.from([...bytes.subarray(0, start), ...bytes.subarray(start + length)]);
  }),
  fc.tuple(fc.nat(), fc.nat(), fc.nat(64)).map(([from, to, length]) => (bytes: Uint8Array) => {
    const start = from % (bytes.length + 1);
    const copy = bytes.slice();
    copy.set(
      bytes.subarray(start, start + length).subarray(0, bytes.length - to % (bytes.length + 1)),
      to % (bytes.length + 1),
    );
    return copy;
  }),
  fc.tuple(fc.nat(), fc.uint8Array({ maxLength: 16 })).map(([at, extra]) => (bytes: Uint8Array) => {
    const start = at % (bytes.length + 1);
    return Uint8Array.from([...bytes.subarray(0, start), ...extra, ...bytes.subarray(start)]);
  }),
);

function edit(at: number, change: (bytes: Uint8Array, position: number) => void) {
  return (bytes: Uint8Array) => {
    const copy = bytes.slice();
    if (copy.length > 0) change(copy, at % copy.length);
    return copy;
  };
}

/** One of `originals` with up to four changes. */
export function damaged(originals: readonly Uint8Array[]): fc.Arbitrary<Uint8Array> {
  return fc.tuple(fc.constantFrom(...originals), fc.array(anyDamage, { maxLength: 4 }))
    .map(([original, changes]) => changes.reduce((bytes, change) => change(bytes), original));
}

/** Values to put where a number, a text or a list belongs. */
const anyOddValue = fc.constantFrom<unknown>(
  ...[0, 1, -1, 1.5, 7, 2 ** 31, 2 ** 32, 2 ** 53, 1e308, null, true, "", "F32", "uint8", "float32", [], {}, [
    [1],
  ]],
  { toString: 1 },
);

/** JSON with some of its values replaced. */
export function tampered(anyJson: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> {
  return fc.tuple(anyJson, fc.array(fc.tuple(fc.nat(), anyOddValue), { maxLength: 3 })).map(
    ([json, changes]) => {
      const copy = structuredClone(json);
      for (const [at, value] of changes) {
        const places = placesIn(copy);
        if (places.length === 0) break;
        const [container, key] = places[at % places.length];
        Reflect.set(container, key, structuredClone(value));
      }
      return copy;
    },
  );
}

function placesIn(json: unknown): [object, string][] {
  if (typeof json !== "object" || json === null) return [];
  return Object.entries(json).flatMap((
    [key, value],
  ): [object, string][] => [[json, key], ...placesIn(value)]);
}
