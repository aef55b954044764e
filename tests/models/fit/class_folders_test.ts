import assert from "node:assert/strict";
import { join } from "node:path";
import { encodeRgbImage } from "../../../core/images/mod.ts";
import { readClassFolders } from "../../../models/fit/class_folders.ts";
import { inspectFolders } from "../../../models/fit/mod.ts";
import { inFolder, write } from "../../support/folders.ts";
import { testImage } from "../../support/test_image.ts";

Deno.test("folders of classes may hold folders and links, and hidden ones are passed over", () =>
  inFolder(async (folder) => {
    await write(join(folder, "set/bolt/10.jpg"), "");
    await write(join(folder, "set/bolt/9.jpg"), "");
    await write(join(folder, "set/bolt/small/1.jpg"), "");
    await write(join(folder, "set/bolt/notes.txt"), "");
    await write(join(folder, "set/.ipynb_checkpoints/x.txt"), "");
    await write(join(folder, "elsewhere/a.png"), "");
    await Deno.symlink(join(folder, "elsewhere"), join(folder, "set/nut"));
    await Deno.mkdir(join(folder, "set/pin"));
    await Deno.symlink(join(folder, "elsewhere/a.png"), join(folder, "set/pin/a.png"));
    const { names, images } = await readClassFolders(join(folder, "set"));
    assert.deepEqual(names, ["bolt", "nut", "pin"]);
    assert.deepEqual(images.map(({ name, truth }) => [name, truth]), [
      ["bolt/9", 0],
      ["bolt/10", 0],
      ["bolt/small/1", 0],
      ["nut/a", 1],
      ["pin/a", 2],
    ]);
  }));

Deno.test("images that are numbered in each class's folder are learned from and validated on in every class", () =>
  inFolder(async (folder) => {
    const image = await encodeRgbImage(testImage(8, 8), "png");
    for (const name of ["bolt", "nut"]) {
      for (let i = 1; i <= 5; i++) await write(join(folder, name, `IMG_${i}.png`), image);
    }
    const { names, images } = await readClassFolders(folder);
    const { train, val, notes } = await inspectFolders(images, { share: 0.2 }, names);
    assert.deepEqual(val.map(({ name }) => name), ["bolt/IMG_5", "nut/IMG_5"]);
    assert.equal(train.length, 8);
    assert.match(notes.join("\n"), /the names show 2 sequences, .*: their ends are kept for validation/);
  }));
