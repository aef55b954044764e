import assert from "node:assert/strict";
import fc from "fast-check";
import { ByteReader } from "../../../core/weights/byte_reader.ts";
import { MAX_CONTAINERS, MAX_OPERATIONS, unpickle } from "../../../core/weights/pickle.ts";
import {
  PickleGlobal,
  type PickleHost,
  PickleTuple,
  type PickleValue,
} from "../../../core/weights/pickle_values.ts";
import {
  APPEND,
  BUILD,
  call,
  dictionary,
  DUP,
  EMPTY_DICT,
  EMPTY_LIST,
  float,
  get,
  global,
  integer,
  list,
  MARK,
  NONE,
  pickle,
  type Pickled,
  put,
  REDUCE,
  text,
  tuple,
} from "./pickle_writer.ts";

const host: PickleHost = {
  findGlobal: (module, name) =>
    new PickleGlobal(`${module}.${name}`, name === "name_only" ? undefined : (args) => new PickleTuple(args)),
  findPersistent: (id) => new PickleTuple(["persistent", id]),
};

const read = (bytes: Uint8Array) => unpickle(new ByteReader(bytes, "x.pth"), host);
const readParts = (...parts: Pickled[]) => read(pickle(...parts));
const malformed = (message: RegExp, ...parts: Pickled[]) =>
  assert.throws(() => readParts(...parts), { name: "BneckError", exitStatus: 3, message });
const items = (value: PickleValue) => value instanceof PickleTuple ? value.items : assert.fail("not a tuple");

Deno.test("scalars are read as they were written", () => {
  assert.equal(readParts(NONE), null);
  assert.equal(readParts([0x88]), true);
  assert.equal(readParts([0x89]), false);
  assert.equal(readParts([0x4b, 200]), 200);
  assert.equal(readParts([0x4d, 1, 2]), 513);
  fc.assert(fc.property(fc.integer(), (value) => assert.equal(readParts(integer(value)), value)));
  fc.assert(fc.property(fc.double(), (value) => assert.ok(Object.is(readParts(float(value)), value))));
  fc.assert(
    fc.property(fc.string({ unit: "grapheme" }), (value) => assert.equal(readParts(text(value)), value)),
  );
});

Deno.test("long integers are exact", () => {
  assert.equal(readParts([0x8a, 0]), 0);
  assert.equal(readParts([0x8a, 1, 0xff]), -1);
  assert.equal(readParts([0x8a, 2, 0xff, 0x00]), 255);
  assert.equal(readParts([0x8b, 2, 0, 0, 0, 0x00, 0x80]), -32768);
  fc.assert(fc.property(fc.bigInt({ min: -(2n ** 90n), max: 2n ** 90n }), (value) => {
    const exact = value >= Number.MIN_SAFE_INTEGER && value <= Number.MAX_SAFE_INTEGER;
    assert.equal(readParts(integer(value)), exact ? Number(value) : value);
  }));
});

Deno.test("text and bytes are read in every length of their opcodes", () => {
  const payload = [104, 105];
  for (
    const opcode of [[0x55, 2], [0x54, 2, 0, 0, 0], [0x8c, 2], [0x58, 2, 0, 0, 0], [
      0x8d,
      2,
      0,
      0,
      0,
      0,
      0,
      0,
      0,
    ]]
  ) {
    assert.equal(readParts(opcode, payload), "hi");
  }
  for (
    const opcode of [[0x43, 2], [0x42, 2, 0, 0, 0], [0x8e, 2, 0, 0, 0, 0, 0, 0, 0], [
      0x96,
      2,
      0,
      0,
      0,
      0,
      0,
      0,
      0,
    ]]
  ) {
    assert.deepEqual(readParts(opcode, payload), Uint8Array.from(payload));
  }
});

Deno.test("lists, tuples, dictionaries and sets are built", () => {
  assert.deepEqual(readParts(list(integer(1), integer(2))), [1, 2]);
  assert.deepEqual(readParts(EMPTY_LIST, integer(5), APPEND), [5]);
  assert.deepEqual(readParts(MARK, integer(5), [0x6c]), [5]);
  assert.deepEqual(items(readParts(tuple(integer(1), tuple()))).length, 2);
  assert.deepEqual(items(readParts(integer(1), integer(2), integer(3), [0x87])), [1, 2, 3]);
  assert.deepEqual(readParts(dictionary(["a", integer(1)])), new Map([["a", 1]]));
  assert.deepEqual(readParts(EMPTY_DICT, text("a"), integer(1), [0x73]), new Map([["a", 1]]));
  assert.deepEqual(readParts(MARK, text("a"), integer(1), [0x64]), new Map([["a", 1]]));
  assert.deepEqual(readParts([0x8f], MARK, integer(1), integer(1), [0x90]), new Set([1]));
  assert.deepEqual(readParts(MARK, integer(1), [0x91]), new Set([1]));
});

Deno.test("the memo recalls, by number and in order", () => {
  assert.deepEqual(
    readParts(text("a"), put(7), [0x71, 8], get(7), [0x68, 8], [0x87]),
    new PickleTuple(["a", "a", "a"]),
  );
  assert.deepEqual(
    readParts(text("a"), [0x94], text("b"), [0x94], get(0), [0x87]),
    new PickleTuple(["a", "b", "a"]),
  );
});

Deno.test("values can be dropped and doubled", () => {
  assert.deepEqual(readParts(integer(1), DUP, integer(9), [0x30], [0x86]), new PickleTuple([1, 1]));
  assert.equal(readParts(integer(1), MARK, integer(2), integer(3), [0x31]), 1);
  assert.equal(readParts(integer(1), MARK, [0x30]), 1);
});

Deno.test("globals, calls and persistent ids are the host's affair", () => {
  const called = readParts(call(global("m", "f"), integer(1)), integer(2), [0x51], [0x86]);
  assert.deepEqual(called, new PickleTuple([new PickleTuple([1]), new PickleTuple(["persistent", 2])]));
  assert.deepEqual(readParts(text("m"), text("f"), [0x93], tuple(integer(4)), [0x81]), new PickleTuple([4]));
});

Deno.test("attributes set on dictionaries and on the host's objects are dropped", () => {
  assert.deepEqual(readParts(EMPTY_DICT, dictionary(["_metadata", NONE]), BUILD), new Map());
});

Deno.test("a dictionary may contain itself", () => {
  const value = readParts(EMPTY_DICT, put(0), text("self"), get(0), [0x73]);
  assert.ok(value instanceof Map && value.get("self") === value);
});

Deno.test("nesting of any depth needs no call stack", () => {
  const depth = 100_000;
  let value = readParts(new Array(depth).fill(0x5d), new Array(depth - 1).fill(0x61));
  for (let level = 1; level < depth; level++) {
    value = Array.isArray(value) ? value[0] : assert.fail("too shallow");
  }
  assert.deepEqual(value, []);
});

Deno.test("reading stops at the end of the first pickle", () => {
  const reader = new ByteReader(Uint8Array.from([...pickle(integer(1)), ...pickle(integer(2))]), "x");
  assert.deepEqual([unpickle(reader, host), unpickle(reader, host), reader.remaining], [1, 2, 0]);
});

Deno.test("a pickle that does not hang together is refused", () => {
  malformed(/stack underflow/);
  malformed(/stack underflow/, APPEND);
  malformed(/stack underflow/, integer(1), MARK, [0x86]);
  malformed(/no mark on the stack/, [0x74]);
  malformed(/nothing stored in the memo at 3/, get(3));
  malformed(/stack underflow/, put(3));
  malformed(/key without a value/, EMPTY_DICT, MARK, text("a"), [0x75]);
  malformed(/not a dictionary/, integer(1), MARK, text("a"), NONE, [0x75]);
  malformed(/not a list/, integer(1), integer(2), APPEND);
  malformed(/not a set/, integer(1), MARK, [0x90]);
  malformed(/not a function/, integer(1), tuple(), REDUCE);
  malformed(/not a function/, global("m", "f"), integer(1), REDUCE);
  malformed(/"m.name_only", which is not callable here/, call(global("m", "name_only")));
  malformed(/without attributes/, integer(1), NONE, BUILD);
  malformed(/name of a global is not a string/, integer(1), text("f"), [0x93]);
  malformed(/protocol 9/, [0x80, 9]);
  malformed(/is not terminated/, [0x63, 104, 105]);
});

Deno.test("opcodes that torch.save does not write are refused", () => {
  const used =
    "2e 80 95 4e 88 89 4a 4b 4d 8a 8b 47 8c 58 8d 55 54 43 42 8e 96 28 30 31 32 29 74 85 86 87 5d 6c 61 " +
    "65 7d 64 73 75 8f 90 91 68 6a 71 72 94 63 93 52 81 92 62 51";
  const allowed = new Set(used.split(" ").map((code) => parseInt(code, 16)));
  for (let opcode = 0; opcode < 256; opcode++) {
    if (!allowed.has(opcode)) malformed(/which torch.save does not write/, [opcode]);
  }
});

Deno.test("lengths that reach past the end are refused before anything is allocated", () => {
  const most = [0xff, 0xff, 0xff, 0xff];
  for (const opcode of [0x58, 0x54, 0x42]) malformed(/truncated/, [opcode], most);
  for (const opcode of [0x8d, 0x8e, 0x96]) malformed(/truncated/, [opcode], most, [0, 0, 0, 0]);
  for (const opcode of [0x8d, 0x8e, 0x96, 0x95]) malformed(/claims a size/, [opcode], most, most);
  malformed(/integer of 4294967295 bytes/, [0x8b], most);
  malformed(/integer of 100000 bytes/, [0x8b, 0xa0, 0x86, 0x01, 0], new Array(100_000).fill(1));
});

Deno.test("pickles that build far too much are refused", () => {
  malformed(/more than \d+ objects/, new Array(MAX_CONTAINERS + 1).fill(0x7d));
  malformed(/more than \d+ opcodes/, new Array(MAX_OPERATIONS).fill(0x4e));
  // One list given to calls again and again, which may copy it each time.
  const copies = new Array<Pickled>(1000).fill([...global("m", "f"), ...get(0), 0x85, ...REDUCE]);
  malformed(/more than \d+ objects/, list(...new Array<Pickled>(1000).fill(NONE)), put(0), ...copies);
});

Deno.test("a pickle cut anywhere is refused", () => {
  const bytes = pickle(
    dictionary(["a", list(integer(70000), float(1.5))], ["b", call(global("m", "f"), tuple())]),
  );
  for (let length = 0; length < bytes.length; length++) {
    assert.throws(() => read(bytes.subarray(0, length)), { name: "BneckError" });
  }
});
