/** Outputs that cannot be written are found before the work, in the same words and with the same status everywhere. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { encodeRgbImage } from "../../core/images/mod.ts";
import { runCli } from "../support/run_cli.ts";
import { testImage } from "../support/test_image.ts";
import { STREET_MASK, STREET_PHOTO } from "../support/street.ts";

const IMAGE = ["in/1.png"];
const TRUTH = {
  images: [{ id: 1, file_name: "1.png", width: 8, height: 8 }],
  annotations: [],
  categories: [{ id: 1, name: "person" }],
};
const COCO = ["eval", "coco", "--annotations", "gt.json"];
const SEGMENTATION = [
  "eval",
  "segmentation",
  "--labels",
  "masks",
  "--predictions",
  "masks",
  "--classes",
  "c.txt",
];

/** What cannot be written, and why. */
const PLACES = {
  "file/x": "a part of the path is a file, not a folder|it is a file, not a folder",
  "folder": "it is a folder",
};

/** The endings that commands ask for. */
const ENDINGS: Readonly<Record<string, string>> = {
  fit: ".safetensors",
  adapt: ".safetensors",
  search: ".json",
};

/** Every command that writes a file, up to its name. */
const COMMANDS: readonly (readonly string[])[] = [
  ...["segment", "detect", "run"].map((command) => [command, ...IMAGE, "--report"]),
  ["export", "mb3-large-075", "-o"],
  ["adopt", "model.onnx", "-o"],
  ["profile", "mobilenetv2-1.0", "--no-latency", "--report"],
  ["profile", "mobilenetv2-1.0", "--trace"],
  [...COCO, "--detections", "dt.json", "--report"],
  [...COCO, "--detections", "dt.json", "--save-state"],
  [...COCO, "--images", "in", "--save-detections"],
  [...COCO, "--compare", "dt.json", "dt.json", "--report"],
  [...SEGMENTATION, "--report"],
  [...SEGMENTATION, "--save-state"],
  ["eval", "merge", "state.json", "--report"],
  ["eval", "merge", "state.json", "--save-state"],
  ["quantize", "mb3-large-075", "--calibrate", "in", "-o"],
  ["search", "--latency", "5", "-o"],
  ["fit", "segment", "--images", "in", "--labels", "masks", "--classes", "c.txt", "-o"],
  ["fit", "classify", "--images", "byclass", "-o"],
  ["adapt", "street", "--target", "0.9", "--calibrate", "in", "-o"],
];

Deno.test("a file that cannot be written ends every command with status 2 before it works", async () => {
  const cwd = await Deno.makeTempDir({ prefix: "bneck-unwritable-" });
  try {
    for (const folder of ["in", "masks", "byclass", "folder.onnx", "folder.safetensors", "folder.json"]) {
      await Deno.mkdir(join(cwd, folder));
    }
    await Deno.copyFile(STREET_PHOTO, join(cwd, "in/1.png"));
    await Deno.copyFile(STREET_MASK, join(cwd, "masks/1.png"));
    for (const name of ["a", "b"]) {
      await Deno.mkdir(join(cwd, "byclass", name));
      const png = await encodeRgbImage(testImage(32, 24), "png");
      for (const number of [1, 2, 3]) await Deno.writeFile(join(cwd, `byclass/${name}/${number}.png`), png);
    }
    await Deno.writeTextFile(join(cwd, "gt.json"), JSON.stringify(TRUTH));
    await Deno.writeTextFile(join(cwd, "dt.json"), "[]");
    await Deno.writeTextFile(
      join(cwd, "c.txt"),
      Array.from({ length: 12 }, (_, i) => `class ${i}\n`).join(""),
    );
    await Deno.writeTextFile(join(cwd, "file"), "");
    await runCli([...SEGMENTATION, "--save-state", "state.json"], { cwd });
    await runCli(["export", "mb3-large-075", "--raw", "--heads", "segment", "-o", "model.onnx"], { cwd });
    for (const command of COMMANDS) {
      const ending = ENDINGS[command[0]] ?? ".onnx";
      for (const [stem, reason] of Object.entries(PLACES)) {
        const place = stem + ending;
        const { code, stdout, stderr } = await runCli([...command, place], { cwd });
        const what = `${command.join(" ")} ${place}\n${stderr}`;
        assert.match(stderr, new RegExp(`^bneck: error: cannot write ${place}: (${reason})`, "m"), what);
        assert.deepEqual([code, stdout], [2, ""], what);
      }
    }
  } finally {
    await Deno.remove(cwd, { recursive: true });
  }
});
