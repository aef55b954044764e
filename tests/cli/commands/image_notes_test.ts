import assert from "node:assert/strict";
import { join } from "node:path";
import sharp from "sharp";
import { runCli } from "../../support/run_cli.ts";
import { testImage } from "../../support/test_image.ts";
import { inFolder } from "../../support/folders.ts";

const { width, height, data } = testImage(96, 72);
const picture = () => sharp(data, { raw: { width, height, channels: 3 } });

/** A folder with photos of which something is to be said, and label images for two of them. */
function withPhotos(body: (folder: string) => Promise<void>): Promise<void> {
  return inFolder(async (folder) => {
    const write = (name: string, bytes: Uint8Array) => Deno.writeFile(join(folder, name), bytes);
    for (const name of ["photos", "masks"]) await Deno.mkdir(join(folder, name));
    const transparent = await picture().ensureAlpha(0).png().toBuffer();
    await write("photos/a.png", transparent);
    await write("photos/b.png", transparent);
    await write("photos/c.jpg", (await picture().jpeg({ progressive: true }).toBuffer()).subarray(0, -2));
    await write("photos/d.heic", Uint8Array.of(0));
    await write("photos/e.avif", await picture().avif().toBuffer());
    for (const name of ["a", "c"]) {
      const mask = sharp(new Uint8Array(width * height), { raw: { width, height, channels: 1 } });
      await write(`masks/${name}.png`, await mask.toColourspace("b-w").png().toBuffer());
    }
    await Deno.writeTextFile(
      join(folder, "classes.json"),
      JSON.stringify({ classes: [{ id: 0, name: "road" }, { id: 1, name: "sky" }] }),
    );
    await body(folder);
  });
}

const TRANSPARENT = (images: string, first: string) =>
  `bneck: warning: ${images} transparent everywhere (alpha 0); ${
    images === "1 image is" ? "it was" : "they were"
  } taken as opaque (${first})`;

Deno.test("segment says once what is to be known of its images, and reads truncated ones on demand", () =>
  withPhotos(async (cwd) => {
    const args = ["segment", "photos", "--size", "64", "--jsonl"];
    const refused = await runCli(args, { cwd });
    assert.equal(refused.code, 1);
    const files = refused.stdout.trimEnd().split("\n").map((line) => JSON.parse(line));
    assert.deepEqual(files.map(({ file, error }) => [file, error]), [
      ["photos/a.png", undefined],
      ["photos/b.png", undefined],
      [
        "photos/c.jpg",
        "cannot read photos/c.jpg: the JPEG file is truncated (read it as far as it goes with --truncated)",
      ],
      ["photos/e.avif", undefined],
    ]);
    const warnings = refused.stderr.split("\n").filter((line) => line.startsWith("bneck: warning:"));
    assert.deepEqual(warnings, [
      "bneck: warning: passed over 1 file in an unsupported format: 1 HEIC",
      TRANSPARENT("2 images are", "photos/a.png, …"),
    ]);
    const { code, stdout, stderr } = await runCli([...args, "--truncated"], { cwd });
    assert.equal(code, 0, stderr);
    assert.equal(stdout.trimEnd().split("\n").length, 4);
    assert.match(
      stderr,
      /^bneck: warning: 1 JPEG is truncated; what is missing is grey \(photos\/c\.jpg\)$/m,
    );
  }));

Deno.test("an evaluation says it too, and reads truncated photos on demand", () =>
  withPhotos(async (cwd) => {
    const args = [
      "eval",
      "segmentation",
      "--images",
      "photos",
      "--labels",
      "masks",
      "--classes",
      "classes.json",
    ];
    const refused = await runCli([...args, "--size", "64"], { cwd });
    assert.equal(refused.code, 1, refused.stderr);
    assert.match(
      refused.stderr,
      /c\.jpg: the JPEG file is truncated \(read it as far as it goes with --truncated\)/,
    );
    const { code, stderr } = await runCli([...args, "--size", "64", "--truncated"], { cwd });
    assert.equal(code, 0, stderr);
    const warnings = stderr.split("\n").filter((line) => /transparent|truncated/.test(line));
    assert.deepEqual(warnings, [
      TRANSPARENT("1 image is", "photos/a.png"),
      "bneck: warning: 1 JPEG is truncated; what is missing is grey (photos/c.jpg)",
    ]);
  }));

Deno.test("a JPEG that is damaged within is processed, and marked in every result", () =>
  withPhotos(async (cwd) => {
    const jpeg = new Uint8Array(await picture().jpeg({ quality: 95 }).toBuffer());
    const middle = jpeg.length >> 1;
    await Deno.mkdir(join(cwd, "damaged"));
    await Deno.writeFile(join(cwd, "damaged/d.jpg"), jpeg.fill(0, middle, middle + 300));
    const text = await runCli(["detect", "damaged", "--size", "64"], { cwd });
    assert.equal(text.code, 0, text.stderr);
    assert.match(text.stdout, /^damaged\/d\.jpg \(damaged\): /);
    assert.match(text.stderr, /warning: 1 JPEG is damaged within; .* \(damaged\/d\.jpg\)\n/);
    const lines = await runCli(["detect", "damaged", "--size", "64", "--jsonl"], { cwd });
    assert.deepEqual(JSON.parse(lines.stdout).notes, [{ kind: "damaged" }]);
  }));
