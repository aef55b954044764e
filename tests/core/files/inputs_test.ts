import assert from "node:assert/strict";
import fc from "fast-check";
import type { BneckError } from "../../../core/errors.ts";
import { compareNaturally, expandInputs, hasImageExtension } from "../../../core/files/mod.ts";
import { fromFolder, temporaryTree } from "./temporary_tree.ts";
import { complaint, paths, stream } from "./found_inputs.ts";

Deno.test("a folder gives its images and those below, in natural order, each with its place in the tree", async () => {
  using tree = temporaryTree(["p/b10.jpg", "p/b9.jpg", "p/sub 2/x.png", "p/sub 2/deep/y.TIFF", "p/c.jpeg"]);
  const { files, problems, notes } = await fromFolder(tree.path, () => expandInputs(["p"]));
  assert.deepEqual(
    files.map(({ path, root, relative }) => [path, root, relative]),
    [
      ["p/b9.jpg", "p", "b9.jpg"],
      ["p/b10.jpg", "p", "b10.jpg"],
      ["p/c.jpeg", "p", "c.jpeg"],
      ["p/sub 2/deep/y.TIFF", "p", "sub 2/deep/y.TIFF"],
      ["p/sub 2/x.png", "p", "sub 2/x.png"],
    ],
  );
  assert.deepEqual([problems, notes], [[], []]);
});

Deno.test("a folder is the same however it is written", async () => {
  using tree = temporaryTree(["p/a.jpg", "p/s/b.jpg", "q/notes.txt"]);
  for (const name of ["p", "p/", "./p", "p/.", "p//", "q/../p"]) {
    assert.deepEqual(await paths(tree.path, [name]), ["p/a.jpg", "p/s/b.jpg"], name);
  }
  assert.deepEqual(await paths(tree.at("p"), ["."]), ["a.jpg", "s/b.jpg"]);
  assert.deepEqual(await paths(tree.at("p"), ["../p"]), ["../p/a.jpg", "../p/s/b.jpg"]);
  assert.deepEqual(await paths("/", [tree.at("p")]), [tree.at("p/a.jpg"), tree.at("p/s/b.jpg")]);
});

Deno.test("from folders come only files that look like images, and nothing hidden", async () => {
  using tree = temporaryTree([
    ..."jpg jpeg jpe jfif png webp gif tif tiff bmp JPG Png".split(" ").map((ending) => `p/a.${ending}`),
    ...["p/notes.txt", "p/jpg", "p/a.jpg.xml", "p/.hidden.jpg", "p/.git/b.jpg", "p/._a.jpg", "p/a.jpg~"],
  ]);
  const found = await paths(tree.path, ["p"]);
  assert.equal(found.length, 12);
  assert.ok(found.every((path) => hasImageExtension(path)));
});

Deno.test("a file that is named is taken whatever its name, and its place is its name", async () => {
  using tree = temporaryTree(["p/scan", "p/.hidden.jpg", "p/notes.txt"]);
  const { files } = await fromFolder(
    tree.path,
    () => expandInputs(["p/scan", "p/.hidden.jpg", "p/notes.txt"]),
  );
  assert.deepEqual(files.map(({ path }) => path), ["p/scan", "p/.hidden.jpg", "p/notes.txt"]);
  assert.deepEqual(files.map(({ relative }) => relative), ["scan", ".hidden.jpg", "notes.txt"]);
});

Deno.test("a hidden folder that is named is searched", async () => {
  using tree = temporaryTree([".cache/a.jpg"]);
  assert.deepEqual(await paths(tree.path, [".cache"]), [".cache/a.jpg"]);
});

Deno.test("the order of the arguments is kept", async () => {
  using tree = temporaryTree(["z.jpg", "p/2.jpg", "p/1.jpg", "a.jpg"]);
  assert.deepEqual(await paths(tree.path, ["z.jpg", "p", "a.jpg"]), ["z.jpg", "p/1.jpg", "p/2.jpg", "a.jpg"]);
});

Deno.test("a file that is found twice counts once, the first time", async () => {
  using tree = temporaryTree(["p/a.jpg", "p/b.jpg", "p/s/c.jpg"]);
  const args = ["p/s/c.jpg", "p/b.jpg", "p", "./p/a.jpg", tree.at("p"), "p/s", "p/*.jpg", "p/**/*.jpg"];
  assert.deepEqual(await paths(tree.path, args), ["p/s/c.jpg", "p/b.jpg", "p/a.jpg"]);
  assert.deepEqual(await paths(tree.path, ["{p,p/s}"]), ["p/a.jpg", "p/b.jpg", "p/s/c.jpg"]);
});

Deno.test("patterns match as in a shell, in natural order", async () => {
  using tree = temporaryTree([
    ...["p/img10.jpg", "p/img9.jpg", "p/img9.txt", "p/scan.raw", "p/.h.jpg"],
    ...["p/day-1/a.jpg", "p/day-1/n.txt", "p/day-2/b/c.png"],
  ]);
  const expected: [pattern: string, found: string[]][] = [
    ["p/*.jpg", ["p/img9.jpg", "p/img10.jpg"]],
    ["p/img?.jpg", ["p/img9.jpg"]],
    ["p/img[0-9].jpg", ["p/img9.jpg"]],
    ["p/img{9,10}.jpg", ["p/img9.jpg", "p/img10.jpg"]],
    ["p/**/*.{jpg,png}", ["p/day-1/a.jpg", "p/day-2/b/c.png", "p/img9.jpg", "p/img10.jpg"]],
    ["p/**", ["p/day-1/a.jpg", "p/day-2/b/c.png", "p/img9.jpg", "p/img10.jpg"]],
    ["p/*.raw", ["p/scan.raw"]],
    ["p/*9*", ["p/img9.jpg"]],
    ["p/day-*", ["p/day-1/a.jpg", "p/day-2/b/c.png"]],
    ["p/*/", ["p/day-1/a.jpg", "p/day-2/b/c.png"]],
    ["*", ["p/day-1/a.jpg", "p/day-2/b/c.png", "p/img9.jpg", "p/img10.jpg"]],
    [tree.at("p/*9.jpg"), [tree.at("p/img9.jpg")]],
  ];
  for (const [pattern, found] of expected) {
    assert.deepEqual(await paths(tree.path, [pattern]), found, pattern);
  }
});

Deno.test("what a pattern matches stands in the tree below the pattern's fixed beginning", async () => {
  using tree = temporaryTree(["p/q/day 1/a.jpg", "p/q/day 2/b.jpg"]);
  for (const pattern of ["p/q/*/*.jpg", "p/q/day*"]) {
    const { files } = await fromFolder(tree.path, () => expandInputs([pattern]));
    assert.deepEqual(files.map(({ root, relative }) => [root, relative]), [
      ["p/q", "day 1/a.jpg"],
      ["p/q", "day 2/b.jpg"],
    ]);
  }
});

Deno.test("a name with special characters that exists is that file or folder", async () => {
  using tree = temporaryTree(["a[1].jpg", "a1.jpg", "{x,y}/b.jpg", "what?.jpg", "photo (1).jpg"]);
  for (const name of ["a[1].jpg", "what?.jpg", "photo (1).jpg"]) {
    assert.deepEqual(await paths(tree.path, [name]), [name]);
    assert.deepEqual(await paths(tree.path, ["-"], { stdin: stream(name) }), [name]);
  }
  assert.deepEqual(await paths(tree.path, ["{x,y}"]), ["{x,y}/b.jpg"]);
  assert.deepEqual(await paths(tree.path, ["a[0-9].jpg"]), ["a1.jpg"]);
});

Deno.test("results of earlier runs are passed over in folders and patterns, but not where they are named", async () => {
  using tree = temporaryTree(["a.jpg", "a.overlay.jpg", "out/a.ids.png", "out/b.jpg"]);
  const results = /.\.(?:overlay\.jpg|ids\.png)$/;
  const { files, notes } = await fromFolder(tree.path, () => expandInputs(["."], { results }));
  assert.deepEqual(files.map(({ path }) => path), ["a.jpg", "out/b.jpg"]);
  assert.deepEqual(notes, [
    "passed over 2 files in . named as results of an earlier run, such as a.overlay.jpg; name them to process them",
  ]);
  assert.deepEqual(await paths(tree.path, ["*.jpg"], { results }), ["a.jpg"]);
  assert.deepEqual(await paths(tree.path, ["*.overlay.jpg"], { results }), ["a.overlay.jpg"]);
  assert.deepEqual(await paths(tree.path, ["out/a.ids.png"], { results }), ["out/a.ids.png"]);
  assert.match(await complaint(tree.path, ["*.png", "out/*.png"], { results }), /results of an earlier run/);
});

Deno.test("a path that leads nowhere is refused, with the part that is missing and the nearest name", async () => {
  using tree = temporaryTree(["photos/street.jpg", "photos/.streat.jpg"]);
  assert.equal(
    await complaint(tree.path, ["photo"]),
    "cannot find photo: no such file or folder; did you mean photos?",
  );
  assert.equal(
    await complaint(tree.path, ["photos/streat.jpg"]),
    "cannot find photos/streat.jpg: no such file or folder; did you mean photos/street.jpg?",
  );
  assert.equal(
    await complaint(tree.path, ["fotos/day/street.jpg"]),
    "cannot find fotos/day/street.jpg: no such file or folder (there is no fotos); did you mean photos?",
  );
  assert.equal(
    await complaint("/", [tree.at("photo/*.jpg")]),
    `cannot find ${tree.at("photo")}: no such file or folder; did you mean ${tree.at("photos")}?`,
  );
  assert.equal(await complaint(tree.path, ["@lists.txt"]), "cannot find lists.txt: no such list");
  using named = temporaryTree(["@at.jpg"]);
  assert.equal(
    await complaint(named.path, ["@at.jpg"]),
    "cannot find at.jpg: no such list; a file that is called @at.jpg is given as ./@at.jpg",
  );
  assert.equal(
    await complaint(tree.path, ["quite different"]),
    "cannot find quite different: no such file or folder",
  );
  assert.match(await complaint(tree.path, ["x".repeat(5000)]), /^cannot find x+: no such file or folder$/);
  assert.equal(
    await complaint(tree.path, ["photos/street.jpg/x"]),
    "cannot find photos/street.jpg/x: no such file or folder",
  );
});

Deno.test("inputs without any image are refused, and what was looked for is said", async () => {
  using tree = temporaryTree(["docs/a.txt", "docs/b.pdf", "empty/", "p/a.jpg"]);
  assert.match(
    await complaint(tree.path, ["docs"]),
    /^no images in docs \(files ending in \.jpg .*\.bmp\); 2 other files\npassed over 1 file in an unsupported format: 1 PDF$/,
  );
  assert.match(await complaint(tree.path, ["empty"]), /^no images in empty \(files ending in [^)]*\)$/);
  assert.equal(await complaint(tree.path, ["p/*.png"]), "nothing matches p/*.png; 1 other file");
  assert.equal(await complaint(tree.path, ["-"], { stdin: stream("\n") }), "no inputs: the list is empty");
  assert.equal((await complaint(tree.path, ["empty", "docs"])).split("\n").length, 3);
});

Deno.test("an empty folder beside a full one is noted, not refused", async () => {
  using tree = temporaryTree(["empty/", "p/a.jpg"]);
  const { files, notes } = await fromFolder(tree.path, () => expandInputs(["empty", "p"]));
  assert.equal(files.length, 1);
  assert.match(notes.join(), /^no images in empty/);
});

Deno.test("the output folder is left out of a search, however it is reached, and the user is told", async () => {
  using tree = temporaryTree(["p/a.jpg", "p/out/a.ids.png", "p/out/sub/b.ids.png", "p/z.jpg"]);
  Deno.symlinkSync(tree.at("p/out"), tree.at("p/link"));
  for (const args of [["."], ["**/*"], ["*"], ["../p"], ["-"]]) {
    for (const output of ["out", "./out/", tree.at("p/link")]) {
      const { files, notes } = await fromFolder(
        tree.at("p"),
        () => expandInputs(args, { output, stdin: stream(".") }),
      );
      assert.deepEqual(files.map(({ name }) => name), ["a.jpg", "z.jpg"], `${args} ${output}`);
      assert.match(notes.join(), /^skipped the output folder .*, which is inside /);
    }
  }
  assert.deepEqual(await paths(tree.at("p"), ["out/a.ids.png"], { output: "out" }), ["out/a.ids.png"]);
});

Deno.test("a search of the output folder itself is refused with a better place", async () => {
  using tree = temporaryTree(["p/a.jpg"]);
  Deno.symlinkSync(tree.at("p"), tree.at("link"));
  const message = await complaint(tree.path, ["p"], { output: "./p" });
  assert.match(message, /^the output folder \.\/p is also the input folder p,.*such as p\/out$/);
  await complaint(tree.path, ["link"], { output: "p" });
  await complaint(tree.at("p"), ["."], { output: "." });
});

Deno.test("only an image that is left in the output folder is as good as none", async () => {
  using tree = temporaryTree(["p/out/a.ids.png"]);
  assert.match(
    await complaint(tree.path, ["p"], { output: "p/out" }),
    /no images in p .*output folder was skipped/,
  );
});

Deno.test("symbolic links to files and folders are followed, and loops end", async () => {
  using tree = temporaryTree(["real/a.jpg", "p/b/c.jpg"]);
  Deno.symlinkSync(tree.at("real"), tree.at("p/linked"));
  Deno.symlinkSync(tree.at("real/a.jpg"), tree.at("p/link.jpg"));
  Deno.symlinkSync("..", tree.at("p/b/up"));
  Deno.symlinkSync(".", tree.at("p/self"));
  Deno.symlinkSync(tree.at("p"), tree.at("real/across"));
  for (const argument of ["p", "p/**", "p/*"]) {
    assert.deepEqual(
      await paths(tree.path, [argument]),
      ["p/b/c.jpg", "p/link.jpg", "p/linked/a.jpg"],
      argument,
    );
  }
});

Deno.test("a broken symbolic link is an input, so that it is reported", async () => {
  using tree = temporaryTree(["p/a.jpg"]);
  Deno.symlinkSync("gone.jpg", tree.at("p/b.jpg"));
  assert.deepEqual(await paths(tree.path, ["p"]), ["p/a.jpg", "p/b.jpg"]);
});

Deno.test("pipes in a folder are passed over, because opening one waits forever", async () => {
  using tree = temporaryTree(["p/a.jpg"]);
  await new Deno.Command("mkfifo", { args: [tree.at("p/pipe.jpg")] }).output();
  assert.deepEqual(await paths(tree.path, ["p"]), ["p/a.jpg"]);
});

Deno.test("other endings can be asked for", async () => {
  using tree = temporaryTree(["p/a.jpg", "p/b.npy"]);
  assert.deepEqual(await paths(tree.path, ["p"], { extensions: ["npy"] }), ["p/b.npy"]);
});

Deno.test("a folder gives each image of a random tree once, in the order of comparing paths", async () => {
  const part = fc.string({
    unit: fc.constantFrom("a", "B", "1", "0", "-", "é", " "),
    minLength: 1,
    maxLength: 3,
  });
  const path = fc.array(part, { minLength: 1, maxLength: 4 }).map((parts) => `${parts.join("/")}.jpg`);
  await fc.assert(
    fc.asyncProperty(fc.uniqueArray(path, { minLength: 1, maxLength: 12 }), async (names) => {
      using tree = temporaryTree(names);
      const { files } = await expandInputs([tree.path]);
      const relatives = files.map(({ relative }) => relative);
      assert.deepEqual(relatives.toSorted(), names.toSorted());
      for (const { folder } of files) {
        const here = files.filter((file) => file.folder === folder).map(({ name }) => name);
        assert.deepEqual(here, here.toSorted(compareNaturally));
      }
    }),
    { numRuns: 50 },
  );
});

Deno.test("files in unsupported formats are counted in one line, each once", async () => {
  using tree = temporaryTree([
    ...["p/a.jpg", "p/b.HEIC", "p/c.heif", "p/.d.heic", "p/notes.txt", "p/clip.mov"],
    ...["p/below/e.heic", "p/below/f.nef", "p/below/g.MP4", "p/heic"],
  ]);
  const notesOf = async (args: string[]) => (await fromFolder(tree.path, () => expandInputs(args))).notes;
  const all = [
    "passed over 6 files in unsupported formats: 3 HEIC, 1 MOV, 1 MP4, 1 RAW",
  ];
  assert.deepEqual(await notesOf(["p"]), all);
  assert.deepEqual(await notesOf(["p", "p/below", "p/**/*"]), [
    "no images in p/below (files ending in .jpg .jpeg .jpe .jfif .png .webp .avif .gif .tif .tiff .bmp); 3 other files",
    ...all,
  ]);
  assert.deepEqual(await notesOf(["p/*.jpg"]), []);
  assert.deepEqual(await notesOf(["p/a*"]), []);
  assert.deepEqual(await notesOf(["p/{a,c}*"]), [
    "passed over 2 files in unsupported formats: 1 HEIC, 1 MOV",
  ]);
  // A pattern that names an extension finds such files, so that each is refused by name.
  assert.deepEqual((await fromFolder(tree.path, () => expandInputs(["p/*.mov"]))).files.length, 1);
});

Deno.test("videos in folders are counted for who reads those that are named, or taken", async () => {
  using tree = temporaryTree(["p/a.jpg", "p/b.heic", "p/clip.mov", "p/clip.overlay.mp4", "films/a.MP4"]);
  const options = { results: /\.overlay\.mp4$/, videos: "counted" } as const;
  await fromFolder(tree.path, async () => {
    const counted = await expandInputs(["p"], options);
    assert.equal(counted.passedVideos, 1);
    assert.deepEqual(counted.notes, ["passed over 1 file in an unsupported format: 1 HEIC"]);
    const taken = await expandInputs(["p", "films"], { ...options, videos: "taken" });
    assert.deepEqual(taken.files.map(({ name }) => name), ["a.jpg", "clip.mov", "a.MP4"]);
    assert.match(taken.notes[0], /^passed over 1 file in p named as results of an earlier run/);
    await assert.rejects(
      expandInputs(["films"], options),
      (error: BneckError) => error.hint?.option === "videos" && error.hint.advice === "take the video",
    );
  });
});
