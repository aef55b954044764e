/** Images, models and flags that cannot be used, and runs that are stopped. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { encodeRgbImage } from "../../../../core/images/mod.ts";
import { runCli, spawnCli } from "../../../support/run_cli.ts";
import { ROOT, shared, testWithShared } from "../../../support/shared.ts";
import { testImage } from "../../../support/test_image.ts";
import { STREET_PHOTO } from "../../../support/street.ts";
import { jsonLines, resultsIn, withStreet } from "./street.ts";

Deno.test("bad images are listed with their reasons, good ones are done, and the exit status is 1", () =>
  withStreet(async (cwd) => {
    const png = await Deno.readFile(STREET_PHOTO);
    const jpeg = await encodeRgbImage(testImage(64, 48), "jpeg");
    await Deno.writeTextFile(join(cwd, "photos/text.jpg"), "this is no picture");
    await Deno.writeFile(join(cwd, "photos/empty.jpg"), new Uint8Array());
    await Deno.writeFile(join(cwd, "photos/cut.png"), png.subarray(0, png.length / 2));
    await Deno.writeFile(join(cwd, "photos/cut.jpg"), jpeg.subarray(0, jpeg.length / 2));
    await Deno.writeFile(join(cwd, "photos/good.jpg"), jpeg);
    const { code, stdout, stderr } = await runCli(["segment", "photos", "-o", "out", "--jsonl"], { cwd });
    assert.equal(code, 1);
    const lines = jsonLines(stdout);
    assert.deepEqual(lines.map(({ file }) => file), [
      "photos/cut.jpg",
      "photos/cut.png",
      "photos/empty.jpg",
      "photos/good.jpg",
      "photos/street.png",
      "photos/text.jpg",
    ]);
    assert.deepEqual(lines.filter(({ error }) => error).length, 4);
    assert.match(stderr, /cannot read photos\/text\.jpg: not an image \(first bytes 74 68 69 73\)/);
    assert.match(stderr, /cannot read photos\/empty\.jpg: the file is empty/);
    assert.match(stderr, /cannot read photos\/cut\.png: .*truncated/);
    assert.match(stderr, /2 images done, 4 failed/);
    assert.deepEqual(resultsIn(join(cwd, "out")).length, 6 - 2);
    assert.doesNotMatch(stderr, /\bat .*\.ts:\d+/);
  }));

Deno.test({
  name: "names that hold line breaks and escapes take one line each, and --jsonl gives them as they are",
  ignore: Deno.build.os === "windows",
  fn: () =>
    withStreet(async (folder) => {
      await Deno.rename(join(folder, "photos/street.png"), join(folder, "photos/a\n\x1b[31m.png"));
      await Deno.writeTextFile(join(folder, "photos/b\nc.jpg"), "no picture");
      const text = await runCli(["segment", "photos", "-m", "street"], { cwd: folder });
      assert.match(text.stdout, /^photos\/a\\n\\x1b\[31m\.png: road [^\n]*\n$/);
      assert.match(text.stderr, /^bneck: error: cannot read photos\/b\\nc\.jpg: not an image/m);
      const { stdout } = await runCli(["segment", "photos", "--jsonl"], { cwd: folder });
      const files = ["photos/a\n\x1b[31m.png", "photos/b\nc.jpg"];
      assert.deepEqual(jsonLines(stdout).map(({ file }) => file), files);
    }),
});

Deno.test("--fail-fast stops at the first bad image", () =>
  withStreet(async (cwd) => {
    for (let i = 0; i < 40; i++) await Deno.copyFile(STREET_PHOTO, join(cwd, `photos/x${i}.png`));
    await Deno.writeTextFile(join(cwd, "photos/a.jpg"), "no");
    const { code, stdout } = await runCli(["segment", "photos", "--fail-fast", "--jsonl", "-j", "1"], {
      cwd,
    });
    assert.equal(code, 1);
    assert.ok(jsonLines(stdout).length < 30);
  }));

Deno.test("a file that is not a model is called what it is, by every command that takes models", async () => {
  const folder = await Deno.makeTempDir({ prefix: "bneck-no-model-" });
  try {
    const image = `${folder}/photo.jpg`, notes = `${folder}/notes.txt`;
    await Deno.writeFile(image, new Uint8Array([0xff, 0xd8, 0xff, 0xe0, 0, 16]));
    await Deno.writeTextFile(notes, "no model");
    for (
      const [args, status, message] of [
        [["segment", image, "-m", image], 3, /photo\.jpg is a JPEG image, not a model/],
        [["segment", image, "-m", notes], 3, /notes\.txt is not a model: files that can be run are ONNX/],
        [["segment", image, "-m", ""], 2, /the name of the model is empty/],
        [["profile", image], 3, /photo\.jpg is a JPEG image, not a model/],
      ] as const
    ) {
      const { code, stderr } = await runCli([...args]);
      assert.equal(code, status, stderr);
      assert.match(stderr, message);
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("an unknown model, class, input, flag or kind of file is a usage error with a suggestion", () =>
  withStreet(async (cwd) => {
    const cases: [string[], RegExp][] = [
      [
        ["segment", "photos", "-m", "mb3-large-057"],
        /unknown model mb3-large-057.*did you mean mb3-large-075/,
      ],
      [["segment", "photos", "-m", "street", "--classes", "raod"], /did you mean road/],
      [["segment", "photoss"], /cannot find photoss.*did you mean photos/],
      [["segment", "photos", "--opacty", "1"], /did you mean --opacity/],
      [["detect", "photos", "-o", "out", "--save", "boxs"], /boxs/],
    ];
    for (const [args, message] of cases) {
      const { code, stdout, stderr } = await runCli(args, { cwd });
      assert.equal(code, 2, args.join(" "));
      assert.match(stderr, message);
      assert.equal(stdout, "");
    }
  }));

Deno.test("an empty path is refused by name, as an unset variable gives it", async () => {
  for (
    const [args, flag] of [
      [["detect", "a.jpg", "-o", ""], "--out"],
      [["detect", "a.jpg", "--report", ""], "--report"],
      [["export", "street", "-o", ""], "--out"],
      [["eval", "coco", "--annotations", ""], "--annotations"],
      [["fit", "classify", "--images", "x", "-o", ""], "--out"],
    ] as const
  ) {
    const { code, stderr } = await runCli(args);
    assert.deepEqual([code, stderr], [
      2,
      `bneck: error: ${flag} "": the path is empty, as an unset variable gives it\n`,
    ]);
  }
});

Deno.test("missing weights end the program with status 3 and a way out", () =>
  withStreet(async (cwd) => {
    // Without leave to read the package, the weights are as good as missing.
    const permissions = ["--allow-read", "--allow-env", "--allow-ffi", "--allow-sys", "--no-prompt"];
    const deny = `--deny-read=${ROOT}models/weights`;
    const { code, stderr } = await runCli(["segment", "photos"], {
      cwd,
      permissions: [...permissions, deny],
    });
    assert.equal(code, 3, stderr);
    assert.match(stderr, /everyday_lraspp_head\.safetensors/);
  }));

Deno.test("Ctrl-C finishes the images in hand, prints the summary and exits with 130", () =>
  withStreet(async (cwd) => {
    const list = Array.from({ length: 4000 }, (_, i) => `photos/${i}.png`);
    for (const path of list) await Deno.symlink(join(cwd, "photos/street.png"), join(cwd, path));
    const child = spawnCli(["segment", "photos", "-o", "out", "--save", "ids", "--jsonl"], { cwd });
    await child.stdin.close();
    const stderr = new Response(child.stderr).text();
    let stdout = "";
    let sent = false;
    for await (const chunk of child.stdout.pipeThrough(new TextDecoderStream())) {
      stdout += chunk;
      if (!sent) child.kill("SIGINT");
      sent = true;
    }
    assert.equal((await child.status).code, 130);
    const done = jsonLines(stdout);
    assert.ok(done.length > 0 && done.length < list.length);
    assert.match(await stderr, new RegExp(`${done.length} images? done`));
    const files = resultsIn(join(cwd, "out"));
    assert.deepEqual(files.filter((name) => !name.endsWith(".ids.png")), []);
    assert.equal(files.length, done.length);
  }));

testWithShared("data/photos", "each of the odd photos is done or refused as photos.json says", async () => {
  const photos = JSON.parse(await Deno.readTextFile(shared("data/photos/photos.json"))) as Record<
    string,
    { decodes: boolean; upright_width?: number; upright_height?: number }
  >;
  const { code, stdout } = await runCli(["detect", shared("data/photos"), "--jsonl"]);
  assert.equal(code, 1);
  const lines = jsonLines(stdout);
  assert.equal(lines.length, Object.keys(photos).length);
  for (const line of lines) {
    const expected = photos[line.file.slice(line.file.lastIndexOf("/") + 1)];
    assert.equal(line.error === undefined, expected.decodes, line.file);
    if (expected.decodes) {
      assert.deepEqual(
        [line.width, line.height],
        [expected.upright_width, expected.upright_height],
        line.file,
      );
    }
  }
});

Deno.test("files of a head that is not run are refused, and empty inputs and a second list on stdin too", () =>
  withStreet(async (cwd) => {
    for (
      const [args, message] of [
        [
          ["run", "photos", "--heads", "detect", "-o", "o", "--save", "ids"],
          /--save ids needs the segment head/,
        ],
        [
          ["run", "photos", "--heads", "segment", "-o", "o", "--save", "coco"],
          /--save coco of classes of pixels needs --annotations/,
        ],
        [
          ["run", "photos", "--heads", "segment", "-o", "o", "--save", "csv"],
          /--save csv needs the detect head/,
        ],
        [["detect", ""], /an input is empty/],
        [["detect", "-", "-"], /can be read once/],
      ] as const
    ) {
      const { code, stderr } = await runCli(args, { cwd });
      assert.equal(code, 2);
      assert.match(stderr, message);
    }
  }));

Deno.test("a folder whose name looks like flags is said to be given with ./", () =>
  withStreet(async (cwd) => {
    await Deno.rename(join(cwd, "photos"), join(cwd, "-fotos"));
    const { code, stderr } = await runCli(["segment", "-fotos"], { cwd });
    assert.equal(code, 2);
    assert.equal(
      stderr,
      "bneck: error: unknown flag -fotos; a file or folder of that name is given as ./-fotos\n",
    );
    assert.equal((await runCli(["segment", "./-fotos"], { cwd })).code, 0);
  }));
