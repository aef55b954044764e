import assert from "node:assert/strict";
import { imageMatcher } from "../../../datasets/coco/image_files.ts";

const matcher = (...fileNames: string[]) =>
  imageMatcher({ name: "gt.json", images: fileNames.map((fileName, id) => ({ id, fileName })) });

Deno.test("an image is found by the folders that its path shares with its name", () => {
  const find = matcher("val/a/1.jpg", "val/b/1.jpg", "train/a/1.jpg", "2.jpg");
  assert.equal(find("/data/val/b/1.jpg")?.id, 1);
  assert.equal(find("val/a/1.jpg")?.id, 0);
  assert.equal(find("./train/a/1.jpg")?.id, 2);
  assert.equal(find("anywhere/2.jpg")?.id, 3);
  assert.equal(find("3.jpg"), undefined);
});

Deno.test("backslashes separate folders, and accents compare however they are composed", () => {
  const find = matcher("images\\x.jpg", "images/e\u0301te\u0301.jpg");
  assert.equal(find("in/x.jpg")?.id, 0);
  assert.equal(find("images/x.jpg")?.id, 0);
  assert.equal(find("images\\\u00e9t\u00e9.jpg")?.id, 1);
});

Deno.test("a path that fits several images equally well is refused by name", () => {
  const find = matcher("a/1.jpg", "b/1.jpg", "c/1.jpg", "d/1.jpg");
  assert.throws(() => find("1.jpg"), {
    message: /^1\.jpg could be a\/1\.jpg or b\/1\.jpg or c\/1\.jpg \(and 1 more\) of gt\.json/,
    exitStatus: 2,
  });
  assert.throws(() => matcher("1.jpg", "./1.jpg")("x/1.jpg"), /could be/);
});
