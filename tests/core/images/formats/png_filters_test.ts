import assert from "node:assert/strict";
import { inflateSync } from "node:zlib";
import fc from "fast-check";
import {
  deflateRows,
  filterRowsUp,
  rowsUnfiltered,
  unfilterRows,
} from "../../../../core/images/formats/png_filters.ts";

/** Filters a row as section 9 of the PNG specification defines it. */
function filterRow(filter: number, row: number[], above: number[], distance: number): number[] {
  return row.map((value, i) => {
    const [left, up, corner] = [row[i - distance] ?? 0, above[i] ?? 0, above[i - distance] ?? 0];
    const estimate = left + up - corner;
    const nearest = [left, up, corner].reduce((best, candidate) =>
      Math.abs(estimate - candidate) < Math.abs(estimate - best) ? candidate : best
    );
    const predicted = [0, left, up, Math.floor((left + up) / 2), nearest][filter];
    return (value - predicted + 512) % 256;
  });
}

Deno.test("every filter is undone exactly, for rows of any length and pixels of one and two bytes", () => {
  const picture = fc.integer({ min: 1, max: 19 }).chain((rowBytes) =>
    fc.record({
      rows: fc.array(
        fc.tuple(fc.nat(4), fc.array(fc.nat(255), { minLength: rowBytes, maxLength: rowBytes })),
        { minLength: 1, maxLength: 7 },
      ),
      distance: fc.constantFrom(1, 2),
    })
  );
  fc.assert(
    fc.property(picture, ({ rows, distance }) => {
      const rowBytes = rows[0][1].length;
      const filtered = rows.flatMap(([filter, row], y) => [
        filter,
        ...filterRow(filter, row, rows[y - 1]?.[1] ?? [], distance),
      ]);
      const out = new Uint8Array(rows.length * rowBytes);
      unfilterRows(Uint8Array.from(filtered), out, rows.length, rowBytes, distance);
      assert.deepEqual([...out], rows.flatMap(([, row]) => row));
    }),
    { numRuns: 500 },
  );
});

Deno.test("rows filtered up come back, aligned to words or not", () => {
  const picture = fc.record({
    rowBytes: fc.integer({ min: 1, max: 24 }),
    rows: fc.integer({ min: 1, max: 9 }),
    offset: fc.nat(4),
    bytes: fc.uint8Array({ minLength: 24 * 9 + 4, maxLength: 24 * 9 + 4 }),
  });
  fc.assert(fc.property(picture, ({ rowBytes, rows, offset, bytes }) => {
    const picture = bytes.subarray(offset, offset + rowBytes * rows);
    const filtered = filterRowsUp(picture, rowBytes, rows);
    assert.deepEqual(
      Array.from({ length: rows }, (_, y) => filtered[y * (rowBytes + 1)]),
      Array.from({ length: rows }, (_, y) => y === 0 ? 0 : 2),
    );
    const out = new Uint8Array(rowBytes * rows);
    unfilterRows(filtered, out, rows, rowBytes, 1);
    assert.deepEqual([...out], [...picture]);
  }));
});

Deno.test("a filter that does not exist is an error", () => {
  assert.throws(() => unfilterRows(Uint8Array.of(5, 0), new Uint8Array(1), 1, 1, 1), RangeError);
});

Deno.test("nothing of one image is left in the rows of the next", () => {
  const noise = Uint8Array.from({ length: 64 }, (_, i) => i * 37 + 11);
  for (const filter of [filterRowsUp, rowsUnfiltered]) {
    const fresh = Uint8Array.from(filter(noise, 5, 3));
    deflateRows(filter(noise.map((byte) => ~byte), 8, 8), { level: 1 });
    const filtered = filter(noise, 5, 3);
    assert.deepEqual([...filtered], [...fresh]);
    assert.deepEqual([...inflateSync(deflateRows(filtered, { level: 1 }))], [...fresh]);
  }
});
