/** Lists of inputs, in files and on standard input. */
import assert from "node:assert/strict";
import { expandInputs } from "../../../core/files/mod.ts";
import { fromFolder, temporaryTree } from "./temporary_tree.ts";
import { complaint, paths, stream } from "./found_inputs.ts";

Deno.test("a list names files, folders and patterns, one in each line", async () => {
  using tree = temporaryTree(["p/2.jpg", "p/1.jpg", "z.jpg", "scan", "q/a.png", "name with spaces.jpg"]);
  const text = "z.jpg\r\n\n./scan\np\nq/*.png\nname with spaces.jpg";
  const found = ["z.jpg", "scan", "p/1.jpg", "p/2.jpg", "q/a.png", "name with spaces.jpg"];
  Deno.writeTextFileSync(tree.at("list.txt"), text);
  assert.deepEqual(await paths(tree.path, ["@list.txt"]), found);
  assert.deepEqual(await paths(tree.path, ["-"], { stdin: stream(text) }), found);
  assert.deepEqual(await paths(tree.path, ["z.jpg", "@list.txt", "p/2.jpg"]), found);
});

Deno.test("lines end with or without a carriage return, and only the one before the line break goes", async () => {
  using tree = temporaryTree(["a.jpg"]);
  for (const text of ["\r\n\na.jpg\r\nb.jpg", "a.jpg\nb.jpg\n\n", "a.jpg\n\r\nb.jpg\r\n"]) {
    assert.deepEqual(await paths(tree.path, ["-"], { stdin: stream(text) }), ["a.jpg", "b.jpg"], text);
  }
  assert.deepEqual(await paths(tree.path, ["-"], { stdin: stream("a\r.jpg\nb.jpg\r\r\nc.jpg\r") }), [
    "a\r.jpg",
    "b.jpg\r",
    "c.jpg\r",
  ]);
});

Deno.test("files of a list have their own folders, however these are mixed and written", async () => {
  using tree = temporaryTree(["p/a.jpg", "q/b.jpg"]);
  const stdin = stream("p/a.jpg\np/s/a.jpg\n./p/c.jpg\nq/b.jpg\np//d.jpg\n/a.jpg\nz.jpg\np/e.jpg");
  const { files } = await fromFolder(tree.path, () => expandInputs(["-"], { stdin }));
  assert.deepEqual(files.map(({ folder, name }) => [folder.path, name]), [
    ...[["p", "a.jpg"], ["p/s", "a.jpg"], ["p", "c.jpg"], ["q", "b.jpg"], ["p", "d.jpg"]],
    ...[["/", "a.jpg"], ["", "z.jpg"], ["p", "e.jpg"]],
  ]);
  assert.equal(files[0].folder, files[2].folder);
});

Deno.test("a list may be separated by NUL, for names with line breaks", async () => {
  using tree = temporaryTree(["a\nb.jpg", "c.jpg"]);
  assert.deepEqual(await paths(tree.path, ["-"], { stdin: stream("a\nb.jpg\0c.jpg\0") }), [
    "a\nb.jpg",
    "c.jpg",
  ]);
});

Deno.test("a list may be in UTF-16, as Windows' tools write it", async () => {
  using tree = temporaryTree(["a.jpg", "p/b.jpg"]);
  const text = "a.jpg\r\np/b.jpg\r\n";
  const utf16 = new Uint8Array(Uint16Array.from(text, (c) => c.charCodeAt(0)).buffer);
  for (const bytes of [utf16, Uint8Array.of(0xff, 0xfe, ...utf16)]) {
    Deno.writeFileSync(tree.at("list.txt"), bytes);
    assert.deepEqual(await paths(tree.path, ["@list.txt"]), ["a.jpg", "p/b.jpg"]);
    const stdin = new Blob([bytes]).stream();
    assert.deepEqual(await paths(tree.path, ["-"], { stdin }), ["a.jpg", "p/b.jpg"]);
  }
});

Deno.test("lines that begin with # are comments unless a file is called so", async () => {
  using tree = temporaryTree(["#1.jpg", "a.jpg"]);
  const stdin = stream("# photos of May\n#1.jpg\n#2.jpg\n#a*.jpg\na.jpg\n");
  assert.deepEqual(await paths(tree.path, ["-"], { stdin }), ["#1.jpg", "a.jpg"]);
});

Deno.test("a file that is not a text is refused as a list in one line", async () => {
  using tree = temporaryTree(["a.jpg"]);
  const noise = Uint8Array.from({ length: 5000 }, (_, i) => (Math.imul(i + 1, 0x9e3779b1) >>> 13) & 255);
  const files: Readonly<Record<string, Uint8Array>> = {
    noise,
    jpeg: Uint8Array.of(
      0xff,
      0xd8,
      0xff,
      0xe0,
      0,
      16,
      ...new TextEncoder().encode("JFIF\0"),
      1,
      1,
      0,
      ...noise,
    ),
    gzip: Uint8Array.of(0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3),
    latin1: Uint8Array.of(0xe9, 0x74, 0xe9, 0x2e, 0x6a, 0x70, 0x67, 10),
  };
  for (const [name, bytes] of Object.entries(files)) {
    Deno.writeFileSync(tree.at(name), bytes);
    assert.equal(
      await complaint(tree.path, [`@${name}`]),
      `cannot read the list ${name}: not UTF-8 or UTF-16 text`,
    );
    assert.equal(
      await complaint(tree.path, ["-"], { stdin: new Response(bytes.slice()).body! }),
      "cannot read the list on standard input: not UTF-8 or UTF-16 text",
    );
  }
});

Deno.test("JSON is refused as a list in one line; a pattern in braces is none", async () => {
  using tree = temporaryTree(["a.jpg", "b.jpg"]);
  Deno.writeTextFileSync(tree.at("gt.json"), '{\n "images": []\n}\n');
  assert.equal(
    await complaint(tree.path, ["@gt.json"]),
    "cannot read the list gt.json: it is JSON, not a file in each line",
  );
  Deno.writeTextFileSync(tree.at("l"), "[ab].jpg\n{a,b}.jpg\n");
  assert.deepEqual(await paths(tree.path, ["@l"]), ["a.jpg", "b.jpg"]);
});

Deno.test("a few names in a list that are not UTF-8 fail alone", async () => {
  using tree = temporaryTree(["a.jpg", "b.jpg", "c.jpg"]);
  const latin1 = Uint8Array.of(0xe9, 0x2e, 0x6a, 0x70, 0x67, 10);
  Deno.writeFileSync(
    tree.at("l"),
    Uint8Array.of(...latin1, ...new TextEncoder().encode("a.jpg\nb.jpg\nc.jpg\n")),
  );
  assert.deepEqual(await paths(tree.path, ["@l"]), ["\ufffd.jpg", "a.jpg", "b.jpg", "c.jpg"]);
});

Deno.test("a list cannot name a folder above the current one, such as the root of the disk", async () => {
  using tree = temporaryTree(["a.jpg", "p/b.jpg", "p/q/c.jpg"]);
  for (const line of ["/", "..", "../..", "../../p", tree.path]) {
    const stdin = stream(`c.jpg\n${line}\n`);
    const { files, problems } = await fromFolder(tree.at("p/q"), () => expandInputs(["-"], { stdin }));
    assert.deepEqual(files.map(({ path }) => path), ["c.jpg"], line);
    assert.match(problems[0].message, /a folder that contains the current one/);
    assert.equal(problems[0].exitStatus, 1);
  }
  assert.deepEqual(await paths(tree.at("p"), ["-"], { stdin: stream(".\n") }), ["b.jpg", "q/c.jpg"]);
  assert.deepEqual(await paths(tree.at("p/q"), ["..", "../../p/*.jpg"]), ["../b.jpg", "../q/c.jpg"]);
});

Deno.test("a line of a list that names nothing is a failed input, and the rest is found", async () => {
  using tree = temporaryTree(["a.jpg", "b.jpg"]);
  const stdin = stream("a.jpg\nvanished.jpg\nnone/*.jpg\nvanished\nb.jpg\n");
  const { files, problems } = await fromFolder(tree.path, () => expandInputs(["-"], { stdin }));
  assert.deepEqual(files.map(({ path }) => path), ["a.jpg", "vanished.jpg", "vanished", "b.jpg"]);
  assert.deepEqual(problems.map(({ message, exitStatus }) => [message, exitStatus]), [
    ["cannot find none: no such file or folder", 1],
  ]);
});
