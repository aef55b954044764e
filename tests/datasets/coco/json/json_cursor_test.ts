import assert from "node:assert/strict";
import fc from "fast-check";
import { type ByteSource, bytesSource, fileSource } from "../../../../datasets/coco/json/byte_source.ts";
import { JsonCursor, keyTable } from "../../../../datasets/coco/json/json_cursor.ts";
import { refuses } from "../support.ts";

const KEYS = keyTable("id", "name", "values", "missing");

interface Entry {
  id: number;
  name: string;
  values: number[];
  other: unknown;
}

/** Gives only a few bytes at a time, so that the window ends in the middle of everything. */
function drip(bytes: Uint8Array, piece: number): ByteSource {
  const whole = bytesSource(bytes);
  return { ...whole, size: 0, read: (target) => whole.read(target.subarray(0, piece)) };
}

function readEntries(cursor: JsonCursor): Omit<Entry, "other">[] {
  const entries: Omit<Entry, "other">[] = [];
  cursor.elements("entries", () => {
    const entry = { id: NaN, name: "", values: [] as number[] };
    cursor.object(() => {
      const key = cursor.key(KEYS);
      if (key === 0) entry.id = cursor.number("id");
      else if (key === 1) entry.name = cursor.string("name");
      else if (key === 2) cursor.list(() => entry.values.push(cursor.number("values")));
      else cursor.skip();
    });
    entries.push(entry);
  });
  assert.ok(cursor.atEnd());
  return entries;
}

const cursorOf = (text: string, name = "test.json") =>
  new JsonCursor(name, bytesSource(new TextEncoder().encode(text)));

Deno.test("lists of objects read as JSON.parse reads them, wherever the window ends", () => {
  const entry = fc.record({
    id: fc.double({ noNaN: true, noDefaultInfinity: true }),
    name: fc.string({ unit: "grapheme" }),
    values: fc.array(fc.oneof(fc.integer(), fc.double({ noNaN: true, noDefaultInfinity: true }))),
    other: fc.jsonValue(),
  });
  fc.assert(
    fc.property(
      fc.array(entry),
      fc.integer({ min: 1, max: 9 }),
      fc.constantFrom(0, 1),
      (entries, piece, indent) => {
        const text = JSON.stringify(entries, null, indent);
        const cursor = new JsonCursor("test.json", drip(new TextEncoder().encode(text), piece));
        // JSON has no -0 in JavaScript's writer, so both sides go through the text.
        const expected = (JSON.parse(text) as Entry[]).map(({ id, name, values }) => ({ id, name, values }));
        assert.deepEqual(readEntries(cursor), expected);
      },
    ),
    { numRuns: 300 },
  );
});

Deno.test("a file larger than the window reads to its end", () => {
  const entries = Array.from(
    { length: 60_000 },
    (_, id) => ({ id, name: `entry ${id}`, values: [id / 8, -id - 1] }),
  );
  const path = Deno.makeTempFileSync();
  try {
    Deno.writeTextFileSync(path, JSON.stringify(entries));
    using file = Deno.openSync(path);
    assert.ok(file.statSync().size > 2 ** 21);
    assert.deepEqual(readEntries(new JsonCursor(path, fileSource(file))), entries);
  } finally {
    Deno.removeSync(path);
  }
});

Deno.test("an entry larger than the window reads", () => {
  const values = Array.from({ length: 400_000 }, (_, i) => i + 0.5);
  assert.deepEqual(
    readEntries(cursorOf(JSON.stringify([{ id: 1, name: "long", values }])))[0].values,
    values,
  );
});

Deno.test("properties read in any order, and unknown ones are passed over", () => {
  const cursor = cursorOf(
    ' [ {"x": {"a": [1, {"b": "]}"}]}, "values" : [1 ,2], "id":3, "y": null, "name":"\\u00e9"} ] ',
  );
  assert.deepEqual(readEntries(cursor), [{ id: 3, name: "é", values: [1, 2] }]);
});

Deno.test("a byte order mark is passed over", () => {
  assert.deepEqual(readEntries(cursorOf("\ufeff[]")), []);
});

Deno.test("a cut text says that it is truncated, and where", () => {
  const text = '[{"id": 1, "values": [1, 2]},\n {"id": 2, "name": "cat"}]';
  for (let length = 1; length < text.length; length++) {
    refuses(
      () => readEntries(cursorOf(text.slice(0, length), "cut.json")),
      /cannot read cut\.json/,
      /truncated/,
    );
  }
  refuses(() => readEntries(cursorOf(text.slice(0, 40))), /in entries\[1\]/, /byte 40, line 2, column 11/);
});

Deno.test("an empty text says that it is empty", () => {
  refuses(() => readEntries(cursorOf("")), /the file is empty/);
});

Deno.test("what is no JSON says what was found, where, and what should be there", () => {
  for (
    const [text, pattern] of [
      ['[{"id": 1} {"id": 2}]', /found "\{" instead of a comma or the end of the list/],
      ['[{"id" 1}]', /found "1" instead of a colon/],
      ["[{id: 1}]", /found "i" instead of a property name/],
      ['[{"id": 1,}]', /found "}" instead of a property name/],
      ['[{"id": 01}]', /found "1" instead of a comma or the end of the object/],
      ['[{"id": 1.}]', /found "}" instead of a digit of id/],
      ['[{"name": "a\nb"}]', /found byte 10 instead of the end of the text/],
      ['[{"other": nul}]', /found "}" instead of null/],
      ['[{"other": [1, 2}}]', /found "}" instead of a comma or a closing bracket/],
      ['[{"other": #}]', /found "#" instead of a value/],
      ["[] []", /found "\[" instead of the end of the file/],
      [`[{"other": ${"[".repeat(600)}`, /nested more than 512 levels deep/],
    ] as const
  ) {
    const run = () => {
      const cursor = cursorOf(text);
      cursor.elements("entries", () => {
        cursor.object(() => {
          const key = cursor.key(KEYS);
          if (key === 0) cursor.number("id");
          else if (key === 1) cursor.string("name");
          else cursor.skip();
        });
      });
      if (!cursor.atEnd()) cursor.fail("the end of the file");
    };
    refuses(run, pattern, /line \d+, column \d+/);
  }
});

Deno.test("a value of the wrong kind names entry and field", () => {
  const number = (value: string) => () => readEntries(cursorOf(`[{"id": 1}, {"id": ${value}}]`));
  refuses(number('"7"'), /entries\[1\]\.id is the text "7", not a number/);
  refuses(number("null"), /entries\[1\]\.id is null, not a number/);
  refuses(number("[7]"), /entries\[1\]\.id is a list, not a number/);
  refuses(number("{}"), /entries\[1\]\.id is an object, not a number/);
  refuses(number("true"), /entries\[1\]\.id is a truth value, not a number/);
  refuses(number("NaN"), /entries\[1\]\.id is NaN/);
  refuses(number("-Infinity"), /entries\[1\]\.id is infinite/);
  refuses(number("1e999"), /entries\[1\]\.id is too large for a number/);
  refuses(() => readEntries(cursorOf('[{"name": 7}]')), /entries\[0\]\.name is a number, not a text/);
});

Deno.test("numbers around the limits of the short way read exactly", () => {
  const values = [
    999999999,
    -999999999,
    1234567890,
    -2147483648,
    2147483648,
    9999999999,
    99999.9999,
    12345678.91,
    -0,
  ];
  const texts = [...values.map(String), "1.23456789", "0.00000001", "-0.0", "100e2", "1234567890.5"];
  const cursor = cursorOf(`[{"values": [${texts.join(", ")}]}]`);
  assert.deepEqual(readEntries(cursor)[0].values, texts.map(Number));
});

Deno.test("a sign at the end of the window is not taken for a wrong number", () => {
  const bytes = new TextEncoder().encode('[{"id": -5}]');
  for (let piece = 1; piece < 12; piece++) {
    assert.equal(readEntries(new JsonCursor("test.json", drip(bytes, piece)))[0].id, -5);
  }
});

Deno.test("an error in bytes that cannot be had again names the byte", () => {
  const source: ByteSource = { ...bytesSource(new TextEncoder().encode("[\n{]")), replay: () => false };
  refuses(() => readEntries(new JsonCursor("pipe", source)), /cannot read pipe: .* \(byte 3\)$/);
});
