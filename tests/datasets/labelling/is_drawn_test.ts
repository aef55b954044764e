import assert from "node:assert/strict";
import { join } from "node:path";
import { isToBeDrawn } from "../../../datasets/labelling/is_drawn.ts";

const LABELME = JSON.stringify({ imagePath: "a.png", imageWidth: 8, imageHeight: 8, shapes: [] });

/** Files by their paths, and whether labels of the folder are drawn, with photos in it and elsewhere. */
const FOLDERS: Readonly<
  Record<string, [files: Readonly<Record<string, string>>, beside: boolean, apart: boolean]>
> = {
  "label maps": [{ "a.png": "", "b/c.png": "" }, false, false],
  "labels": [{ "a.json": LABELME }, true, true],
  "nothing": [{ "a.jpg": "" }, false, false],
  "PNG photos with labels of labelme": [{ "a.png": "", "a.json": LABELME, "b.png": "" }, true, false],
  "PNG photos with labels of YOLO": [
    { "images/a.png": "", "labels/a.txt": "0 0.5 0.5 1 1e-1\n" },
    true,
    false,
  ],
  "label maps that labelme made of JPEG photos": [
    { "a.jpg": "", "a.png": "", "a.json": LABELME },
    false,
    false,
  ],
  "label maps with notes beside them": [
    { "a.png": "", "a.txt": "taken in 2020", "a.json": "{}" },
    false,
    false,
  ],
  "label maps with a list of classes": [{ "a.png": "", "classes.json": "{}" }, false, false],
};

for (const [name, [files, beside, apart]] of Object.entries(FOLDERS)) {
  Deno.test(`a folder of ${name} is ${beside ? "" : "not "}drawn`, async () => {
    const folder = await Deno.makeTempDir({ prefix: "bneck-drawn-" });
    const photos = await Deno.makeTempDir({ prefix: "bneck-photos-" });
    try {
      for (const [path, content] of Object.entries(files)) {
        await Deno.mkdir(join(folder, path, ".."), { recursive: true });
        await Deno.writeTextFile(join(folder, path), content);
      }
      assert.deepEqual(
        await Promise.all([isToBeDrawn(folder), isToBeDrawn(folder, folder), isToBeDrawn(folder, photos)]),
        [beside, beside, apart],
      );
    } finally {
      await Deno.remove(folder, { recursive: true });
      await Deno.remove(photos, { recursive: true });
    }
  });
}
