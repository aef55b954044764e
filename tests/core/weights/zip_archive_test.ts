import assert from "node:assert/strict";
import fc from "fast-check";
import { MemoryBudget } from "../../../core/weights/hostile_file.ts";
import { openZip } from "../../../core/weights/zip_archive.ts";
import { writeZip, type ZipEntryToWrite, type ZipOptions } from "./zip_writer.ts";

const open = (bytes: Uint8Array) => openZip(bytes, "x.pth", new MemoryBudget(bytes.length, "x.pth"));
const content = Uint8Array.from({ length: 100 }, (_, i) => i % 7);
const one = (entry: Partial<ZipEntryToWrite>, options?: ZipOptions) =>
  writeZip([{ name: "a", content, ...entry }], options);

Deno.test("stored and deflated entries, zip64 and comments are read as written", () => {
  const anyEntry = fc.record({ content: fc.uint8Array(), deflate: fc.boolean() });
  const anyOptions = fc.record({ zip64: fc.boolean(), comment: fc.string({ maxLength: 300 }) });
  fc.assert(
    fc.property(fc.dictionary(fc.string({ unit: "grapheme" }), anyEntry), anyOptions, (entries, options) => {
      const files = Object.entries(entries).map(([name, entry]) => ({ name, ...entry }));
      const archive = open(writeZip(files, options));
      assert.deepEqual([...archive.names], files.map(({ name }) => name));
      for (const { name, content } of files) assert.deepEqual(new Uint8Array(archive.read(name)), content);
    }),
  );
});

Deno.test("a stored entry is a view of the archive", () => {
  const bytes = one({});
  assert.equal(open(bytes).read("a").buffer, bytes.buffer);
});

Deno.test("an entry whose checksum was not computed is read", () => {
  assert.deepEqual(open(one({ crc32: 0 })).read("a"), content);
});

for (
  const [what, bytes, message] of [
    ["that is absent", writeZip([]), /no entry "a"/],
    ["that is encrypted", one({ flags: 0x801 }), /encrypted/],
    ["compressed in an unknown way", one({ method: 12 }), /unsupported zip compression method 12/],
    ["with a wrong checksum", one({ crc32: 1 }), /wrong checksum/],
    ["larger than stated", one({ deflate: true, size: 50 }), /damaged or larger/],
    ["smaller than stated", one({ deflate: true, size: 101 }), /its size differs from the one/],
    ["stored with two sizes", one({ size: 50 }), /its size differs from the one/],
    ["of more bytes than the archive", one({ compressedSize: 5000, size: 5000 }), /truncated/],
    ["that lies elsewhere", one({ headerOffset: 1 }), /not at the offset given in the zip directory/],
    ["that lies past the end", one({ headerOffset: 5000 }), /points to byte 5000/],
    ["with a zip64 size of 2^60", one({ size: 2 ** 60 }, { zip64: true }), /claims a size of/],
    ["that is no deflate data", one({ method: 8 }), /damaged or larger/],
    ["that would inflate to 1 GB", one({ deflate: true, size: 1e9 }), /far too many for a file of this size/],
  ] as const
) {
  Deno.test(`a zip entry ${what} is refused`, () => {
    assert.throws(() => open(bytes).read("a"), { name: "BneckError", exitStatus: 3, message });
  });
}

Deno.test("a name that is in an archive twice is refused", () => {
  assert.throws(() => open(writeZip([{ name: "a", content }, { name: "a", content }])), /two entries "a"/);
});

Deno.test("an archive cut anywhere is refused, and so is one with something appended", () => {
  for (const bytes of [one({}), one({}, { zip64: true }), one({}, { comment: "hello" })]) {
    for (let length = 0; length < bytes.length; length++) {
      assert.throws(() => open(bytes.subarray(0, length)).read("a"), { name: "BneckError" });
    }
    assert.throws(() => open(Uint8Array.from([...bytes, 0])), {
      name: "BneckError",
      message: /no directory/,
    });
  }
});

Deno.test("a small file cannot make the reader inflate gigabytes, in one entry or in many", () => {
  const zeros = new Uint8Array(8 * 2 ** 20);
  const names = ["a", "b", "c", "d"];
  const bytes = writeZip(names.map((name) => ({ name, content: zeros, deflate: true })));
  assert.ok(bytes.length < 50_000);
  const archive = open(bytes);
  assert.throws(() => names.forEach((name) => archive.read(name)), {
    name: "BneckError",
    message: /far too many/,
  });
});
