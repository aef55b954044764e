import assert from "node:assert/strict";
import { concatenate, firstBytes, release, shortDigest, SpareBytes, startsWith } from "../../core/bytes.ts";

Deno.test("parts are joined in order into a copy", () => {
  const part = Uint8Array.of(1, 2);
  const whole = concatenate([part, new Uint8Array(0), Uint8Array.of(3)]);
  assert.deepEqual([...whole], [1, 2, 3]);
  part[0] = 9;
  assert.equal(whole[0], 1);
  assert.equal(concatenate([]).length, 0);
});

Deno.test("a file is recognised by its first bytes, as text or numbers, and by bytes further on", () => {
  const bytes = Uint8Array.of(0x89, 0x50, 0x4e, 0x47);
  assert.ok(startsWith(bytes, [0x89, 0x50]));
  assert.ok(startsWith(bytes, "\x89PNG"));
  assert.ok(startsWith(bytes, "NG", 2));
  assert.ok(!startsWith(bytes, "PNG"));
  assert.ok(!startsWith(bytes, "\x89PNG\r"), "longer than the file");
  assert.equal(firstBytes(bytes), "89 50 4e 47");
  assert.equal(firstBytes(bytes.subarray(0, 1)), "89");
});

Deno.test("a short digest is the start of SHA-256", async () => {
  assert.equal(await shortDigest(new TextEncoder().encode("abc")), "ba7816bf8f01cfea");
});

Deno.test("released arrays are empty, shared memory stays, and releasing twice does no harm", () => {
  const bytes = new Uint8Array(100);
  const shared = new Uint8Array(new SharedArrayBuffer(10));
  release(bytes, bytes.subarray(3), shared, undefined);
  release(bytes);
  assert.deepEqual([bytes.length, shared.length], [0, 10]);
});

Deno.test("memory that was given back is handed out again, once, if it is large enough and not too large", () => {
  const spare = new SpareBytes();
  const first = spare.take(100);
  assert.deepEqual(first, new Uint8Array(100));
  const { buffer } = first.fill(7);
  spare.giveBack(first);
  const again = spare.take(60);
  assert.deepEqual([again.buffer === buffer, again.length], [true, 60]);
  assert.notEqual(spare.take(60).buffer, buffer, "two users at a time");
  spare.giveBack(again);
  const larger = spare.take(101);
  assert.deepEqual([larger.length, larger[0]], [101, 0]);
  spare.giveBack(larger);
  assert.ok(buffer.detached, "the larger one is kept");
  const huge = spare.take(2 ** 24 + 1);
  spare.giveBack(huge);
  assert.equal(huge.length, 0);
  assert.equal(spare.take(101).buffer, larger.buffer);
});
