import assert from "node:assert/strict";
import { readImage } from "../../../core/images/decode.ts";
import { readLabelMap } from "../../../core/images/label_map.ts";
import { encodeLabelPng } from "../../../core/images/label_png.ts";
import { BneckError } from "../../../core/errors.ts";
import { gradient, pngOf } from "./pictures.ts";

Deno.test("files are read by path, and what is wrong with one is said", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const picture = gradient(6, 4);
    await Deno.writeFile(`${folder}/picture.jpg`, await pngOf(picture));
    assert.deepEqual(await readImage(`${folder}/picture.jpg`), picture);

    const labels = { width: 2, height: 1, data: Uint8Array.of(3, 4) };
    await Deno.writeFile(`${folder}/labels.png`, encodeLabelPng(labels));
    assert.deepEqual(await readLabelMap(`${folder}/labels.png`), labels);

    await Deno.writeFile(`${folder}/empty.png`, new Uint8Array(0));
    await Deno.mkdir(`${folder}/folder.png`);
    const reasons: Record<string, string> = {
      "empty.png": "the file is empty",
      "folder.png": "it is a folder",
      "missing.png": "no such file or folder",
      "picture.jpg/within.png": "a part of the path is a file, not a folder",
    };
    for (const [name, reason] of Object.entries(reasons)) {
      for (const read of [readImage, readLabelMap]) {
        await assert.rejects(() => read(`${folder}/${name}`), (error) => {
          assert.ok(error instanceof BneckError, `${error}`);
          assert.equal(error.message, `cannot read ${folder}/${name}: ${reason}`);
          return true;
        });
      }
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test({
  name: "whatever else the system says of a file comes with its name",
  ignore: Deno.build.os === "windows",
  fn: async () => {
    const folder = await Deno.makeTempDir();
    try {
      await Deno.symlink("loop.jpg", `${folder}/loop.jpg`);
      const long = `${folder}/${"x".repeat(300)}.jpg`;
      for (
        const [path, reason] of [
          [`${folder}/loop.jpg`, "a symbolic link leads back to itself"],
          [long, "the name is too long"],
        ]
      ) {
        await assert.rejects(() => readImage(path), {
          name: "BneckError",
          message: `cannot read ${path}: ${reason}`,
        });
      }
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
});

Deno.test("a name that is not UTF-8, which cannot be opened, is told from a missing file", async () => {
  // As it comes from a folder's listing.
  const message = "cannot read p/bad\ufffd.png: its name is not UTF-8; rename it";
  await assert.rejects(() => readImage("p/bad\ufffd.png"), { name: "BneckError", message });
});

Deno.test({
  name: "a device is not read as an image",
  ignore: Deno.build.os === "windows",
  fn: async () => {
    await assert.rejects(() => readImage("/dev/zero"), /cannot read \/dev\/zero: it is not a regular file/);
  },
});
