import assert from "node:assert/strict";
import fc from "fast-check";
import { inputError } from "../../../core/errors.ts";
import {
  decodeText,
  parseUserJson,
  quote,
  readUserFile,
  readUserJson,
  readUserText,
} from "../../../core/files/read_user_file.ts";
import { temporaryTree } from "./temporary_tree.ts";

const READERS = [readUserFile, readUserText, readUserJson];

Deno.test("bytes, text and JSON are read; a byte order mark is dropped", async () => {
  using tree = temporaryTree();
  Deno.writeTextFileSync(tree.at("list.json"), '\ufeff["é"]');
  assert.equal((await readUserFile(tree.at("list.json"))).length, 9);
  assert.equal(await readUserText(tree.at("list.json")), '["é"]');
  assert.deepEqual(await readUserJson(tree.at("list.json")), ["é"]);
});

Deno.test("what cannot be read is refused in the same words by every reader", async () => {
  using tree = temporaryTree(["a.txt", "folder/"]);
  const reasons: Record<string, string> = {
    "missing.txt": "no such file or folder",
    "folder": "it is a folder",
    "a.txt/b.txt": "a part of the path is a file, not a folder",
    "bad\ufffd.txt": "its name is not UTF-8; rename it",
  };
  for (const [name, reason] of Object.entries(reasons)) {
    for (const read of READERS) {
      const path = tree.at(name);
      await assert.rejects(read(path), { exitStatus: 2, message: `cannot read ${path}: ${reason}` });
      await assert.rejects(read(path, { what: "the class list", error: inputError }), {
        exitStatus: 1,
        message: `cannot read the class list ${path}: ${reason}`,
      });
    }
  }
});

Deno.test("a file above the limit is refused before it is read", async () => {
  using tree = temporaryTree();
  Deno.writeTextFileSync(tree.at("three"), "123");
  assert.equal(await readUserText(tree.at("three"), { maxBytes: 3 }), "123");
  for (const read of READERS) {
    await assert.rejects(
      read(tree.at("three"), { maxBytes: 2 }),
      /it has 3 bytes, more than the limit of 2$/,
    );
  }
});

Deno.test({
  name: "texts come from pipes too, up to the limit; devices are never read",
  ignore: Deno.build.os === "windows",
  fn: async () => {
    using tree = temporaryTree();
    const pipe = tree.at("pipe");
    assert.ok((await new Deno.Command("mkfifo", { args: [pipe] }).output()).success);
    const written = (text: string) => Deno.writeTextFile(pipe, text);
    assert.deepEqual((await Promise.all([readUserText(pipe), written("a\nb")]))[0], "a\nb");
    const [refusal] = await Promise.allSettled([readUserText(pipe, { maxBytes: 2 }), written("abc")]);
    assert.match(String((refusal as PromiseRejectedResult).reason), /more than the limit of 2 bytes$/);
    await assert.rejects(readUserFile(pipe), /it is not a regular file$/);
    for (const read of READERS) await assert.rejects(read("/dev/zero"), /it is not a regular file$/);
  },
});

Deno.test("JSON that is not valid is refused without control characters from the file", () => {
  for (const text of ["", "{", '{"a": \u001b[31m}', "nope"]) {
    assert.throws(() => parseUserJson(text, "x.json", { what: "the labels" }), (error: Error) => {
      assert.match(error.message, /^cannot read the labels x\.json: not valid JSON \([ -~“”‘’…]*\)$/);
      return true;
    });
  }
});

Deno.test("values are quoted in a form that is safe to print", () => {
  assert.equal(quote("a\u001bb"), '"a\\u001bb"');
  assert.equal(quote("x".repeat(200)).length, 103);
  assert.equal(quote({}), "(an object)");
  assert.equal(quote(null), "null");
});

/** `text` in UTF-16, its low bytes first unless `bigEndian`. */
function utf16(text: string, bigEndian = false): Uint8Array {
  const bytes = new Uint8Array(2 * text.length);
  const view = new DataView(bytes.buffer);
  for (let i = 0; i < text.length; i++) view.setUint16(2 * i, text.charCodeAt(i), !bigEndian);
  return bytes;
}

const LIST = "photos/été.jpg\r\nphotos/b.png\r\n";

Deno.test("UTF-8 and UTF-16 are decoded with and without a byte order mark, which is dropped", () => {
  for (const text of [LIST, `\ufeff${LIST}`]) {
    assert.equal(decodeText(new TextEncoder().encode(text)), LIST);
    assert.equal(decodeText(utf16(text)), LIST);
    assert.equal(decodeText(utf16(text, true)), LIST);
  }
});

Deno.test("names that NUL separates stay UTF-8", () => {
  for (const names of ["a.jpg\0b.jpg\0", "a\0b\0c\0d\0", "x/a.jpg\0", ""]) {
    assert.equal(decodeText(new TextEncoder().encode(names)), names);
  }
});

Deno.test("any text of UTF-8 without NUL is decoded as it stands", () => {
  fc.assert(fc.property(fc.string({ unit: "grapheme" }), (text) => {
    fc.pre(!text.includes("\0") && !text.startsWith("\ufeff"));
    assert.equal(decodeText(new TextEncoder().encode(text)), text);
  }));
});
