/** What holds for the reports of all commands; those of adapt and search are looked at in the tests of these. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { join } from "node:path";
import { encodeRgbImage } from "../../../core/images/mod.ts";
import { encodeSafetensors } from "../../../core/weights/mod.ts";
import { fakeTensors } from "../../models/fake_checkpoint.ts";
import { writeSquares } from "../../models/fit/squares.ts";
import { runCli } from "../../support/run_cli.ts";
import { ROOT, testIf } from "../../support/shared.ts";
import { testImage } from "../../support/test_image.ts";
import { smallSet, writeSmallSet } from "../commands/eval/coco_set.ts";
import { CAMVID_CLASSES } from "../commands/eval/support.ts";
import { CHROMIUM } from "./browser.ts";
import { ChromiumSession, OVERFLOWING } from "./chromium_session.ts";
import { assertFacts, assertFit } from "./page_checks.ts";
import { copy, inFolder, write } from "../../support/folders.ts";
import { STREET_PHOTO, STREET_TRUTH } from "../../support/street.ts";

const CITYSCAPES = `${ROOT}tests/fixtures/cityscapes`;
const ON_SMALL_SET = ["eval", "coco", "--annotations", "truth.json"];
const ON_STREET = ["eval", "segmentation", "--labels", "labels", "--classes", "classes.json", "-m", "street"];
const QUICK = ["--size", "96", "--runs", "2", "--warmup", "1"];
const A_LONG_NAME = `photos/${"a-rather-long-name-of-a-photo-".repeat(4)}.png`;

/** The commands, and what their reports say of model and data. */
const REPORTS: Readonly<
  Record<string, { readonly args: readonly string[]; readonly from: readonly RegExp[] }>
> = {
  segment: {
    args: ["segment", "photos", "-m", "street"],
    from: [
      /model mb3-large-075\.coco-street, SHA-256 of its ONNX form SUM/,
      /weights .*CamVid/,
      /images 2 files, SHA-256 SUM/,
    ],
  },
  detect: { args: ["detect", "photos", "faulty.jpg"], from: [/model .* SUM/, /images 2 files, SHA-256 SUM/] },
  run: { args: ["run", "photos", "-m", "street"], from: [/model .* SUM/, /images 2 files, SHA-256 SUM/] },
  classify: {
    args: ["classify", "photos", "--weights", "small.safetensors"],
    from: [/model mobilenet_v3_small.*, SHA-256 of its ONNX form SUM/, /images 2 files, SHA-256 SUM/],
  },
  coco: {
    args: [...ON_SMALL_SET, "--detections", "results.json", "--images", "images"],
    from: [/annotations truth\.json, SHA-256 TRUTH/, /detections results\.json, SHA-256 SUM/],
  },
  "coco of a model": {
    args: [...ON_SMALL_SET, "--images", "images", "--limit", "2"],
    from: [/model .* ONNX form SUM/, /annotations truth\.json, SHA-256 TRUTH/, /photos 2 files, SHA-256 SUM/],
  },
  "coco --compare": {
    args: [...ON_SMALL_SET, "--samples", "10", "--compare", "results.json", "others.json"],
    from: [
      /annotations truth\.json, SHA-256 TRUTH/,
      /first results\.json, SHA-256 SUM/,
      /second others\.json, SHA-256 SUM/,
    ],
  },
  imagenet: {
    args: [
      "eval",
      "imagenet",
      "--images",
      "photos",
      "--labels",
      "labels.csv",
      "--weights",
      "small.safetensors",
    ],
    from: [/model .* ONNX form SUM/, /labels labels\.csv, SHA-256 SUM/, /photos 2 files, SHA-256 SUM/],
  },
  cityscapes: {
    args: ["eval", "cityscapes", "--root", CITYSCAPES, "--predictions", `${CITYSCAPES}/results`],
    from: [/ground truth \d+ files, SHA-256 SUM/, /predictions 3 files, SHA-256 SUM/],
  },
  segmentation: {
    args: [...ON_STREET, "--images", "streets"],
    from: [
      /model .* ONNX form SUM/,
      /classes classes\.json, SHA-256 SUM/,
      /photos 1 file, SHA-256 SUM/,
      /ground truth 1 file, SHA-256 SUM/,
    ],
  },
  merge: { args: ["eval", "merge", "state.json"], from: [/states 1 file, SHA-256 SUM/] },
  profile: {
    args: ["profile", "mobilenetv3-small-1.0", ...QUICK],
    from: [/model mobilenetv3-small-1\.0 with random weights/],
  },
  "profile of a file": {
    args: ["profile", "small.safetensors", ...QUICK],
    from: [/model .*small\.safetensors.*, SHA-256 of its file SUM/],
  },
  "profile of two": {
    args: ["profile", "mobilenetv3-small-1.0", "mobilenetv3-small-0.75", ...QUICK],
    from: [/mobilenetv3-small-0\.75 with random weights/],
  },
  "profile --by block": {
    args: [
      "profile",
      "mobilenetv3-small-0.35",
      "mobilenetv3-small-0.5",
      "--by",
      "block",
      "--size",
      "32",
      ...QUICK.slice(2),
    ],
    from: [/mobilenetv3-small-0\.5 with random weights/],
  },
  "profile --paper": {
    args: ["profile", "--paper", "table3", "--measure", "none"],
    from: [/mnasnet-a1 with random weights/],
  },
  fit: {
    args: [
      ...["fit", "segment", "--images", "squares/images", "--labels", "squares/labels", "--size", "128"],
      ...[
        "--classes",
        "squares/classes.json",
        "--passes",
        "1",
        "--variants",
        "1",
        "-o",
        "fitted.safetensors",
      ],
    ],
    from: [
      /model fitted, SHA-256 of its file SUM/,
      /classes squares\/classes\.json, SHA-256 SUM/,
      /photos to learn from \d+ files, SHA-256 SUM/,
      /masks for validation \d+ files, SHA-256 SUM/,
    ],
  },
};

/** What all of them are made of. */
async function writeData(cwd: string): Promise<void> {
  await copy(STREET_PHOTO, join(cwd, "photos/a.png"));
  await copy(STREET_PHOTO, join(cwd, A_LONG_NAME));
  await copy(STREET_PHOTO, join(cwd, "streets/a.png"));
  await copy(STREET_TRUTH, join(cwd, "labels/a.png"));
  await write(join(cwd, "faulty.jpg"), "not an image");
  await write(join(cwd, "classes.json"), JSON.stringify(CAMVID_CLASSES));
  await write(join(cwd, "labels.csv"), `a.png,7\n${A_LONG_NAME.slice("photos/".length)},8\n`);
  await write(join(cwd, "small.safetensors"), encodeSafetensors(fakeTensors("mobilenet_v3_small")));
  await Deno.mkdir(join(cwd, "squares"));
  await writeSquares(join(cwd, "squares"), 8);
  await writeSmallSet(cwd, 12);
  await copy(join(cwd, "results.json"), join(cwd, "others.json"));
  const picture = await encodeRgbImage(testImage(320, 240), "jpeg");
  for (const { file_name } of smallSet(12).truth.images) await write(`${cwd}/images/${file_name}`, picture);
  const { code, stderr } = await runCli([...ON_STREET, "--images", "streets", "--save-state", "state.json"], {
    cwd,
  });
  assert.equal(code, 0, stderr);
}

Deno.test("every report says when and how it was made, of which model and of which data, and fits narrow and wide windows", async (t) => {
  await inFolder(async (cwd) => {
    await writeData(cwd);
    const truth = createHash("sha256").update(await Deno.readFile(join(cwd, "truth.json"))).digest("hex");
    const pages: Record<string, string> = {};
    for (const [name, { args, from }] of Object.entries(REPORTS)) {
      const file = `${name.replaceAll(" ", "-")}.html`;
      await t.step(name, async () => {
        const { code, stderr } = await runCli([...args, "--report", file], { cwd });
        assert.equal(code, name === "detect" ? 1 : 0, stderr);
        await assertFacts(join(cwd, file), [
          new RegExp(`^command bneck ${args.slice(0, 2).join(" ")}.* --report ${file}$`),
          ...from.map(({ source }) =>
            new RegExp(source.replace("SUM", "[0-9a-f]{64}").replace("TRUTH", truth))
          ),
        ]);
        pages[name] = join(cwd, file);
      });
    }
    await t.step({ name: "in windows", ignore: CHROMIUM === undefined, fn: () => assertFit(pages) });
  });
});

testIf(CHROMIUM !== undefined, "no chromium", "what sticks out of a page is noticed", async () => {
  const path = await Deno.makeTempFile({ suffix: ".html" });
  try {
    await Deno.writeTextFile(path, `<body><p style="width:900px">wide</p>`);
    await using chromium = await ChromiumSession.start();
    await chromium.open(path, { width: 500 });
    const { page, elements } = await chromium.evaluate<{ page: number; elements: string[] }>(OVERFLOWING);
    assert.ok(page > 300);
    assert.deepEqual(elements, ["P.: wide"]);
  } finally {
    await Deno.remove(path);
  }
});
