import assert from "node:assert/strict";
import fc from "fast-check";
import { parseShard, takeShard } from "../../../core/files/mod.ts";

Deno.test("a shard is read as part of parts, counted from 1", () => {
  assert.deepEqual(parseShard("2/8"), { number: 2, count: 8 });
  assert.deepEqual(parseShard("1/1"), { number: 1, count: 1 });
});

Deno.test("what is not a shard is refused with an example", () => {
  for (
    const text of ["", "2", "2/", "/8", "a/b", "-1/8", "1.5/8", "2/8/9", " 2/8", "2 of 8", "1/99999999999"]
  ) {
    assert.throws(() => parseShard(text), { exitStatus: 2, message: /as in 2\/8/ }, text);
  }
});

Deno.test("a part that does not exist is refused with the parts there are", () => {
  for (const text of ["0/8", "9/8", "0/0", "1/0"]) {
    assert.throws(() => parseShard(text), { exitStatus: 2, message: /parts count from 1/ }, text);
  }
});

Deno.test("the shards of a list hold each item exactly once, in order, and are of even size", () => {
  fc.assert(fc.property(fc.nat(200), fc.integer({ min: 1, max: 20 }), (length, count) => {
    const items = Array.from({ length }, (_, i) => i);
    const shards = Array.from({ length: count }, (_, i) => takeShard(items, { number: i + 1, count }));
    assert.deepEqual(shards.flat().sort((a, b) => a - b), items);
    for (const shard of shards) {
      assert.deepEqual(shard, shard.toSorted((a, b) => a - b));
      assert.ok(Math.abs(shard.length - length / count) < 1);
    }
  }));
});
