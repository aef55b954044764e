import assert from "node:assert/strict";
import fc from "fast-check";
import { compareIds } from "../../../datasets/coco/ids.ts";
import { readAnnotations } from "../../../datasets/coco/files/annotations.ts";
import { ImageFolder } from "../../../datasets/coco/image_files.ts";
import { selectImages } from "../../../datasets/coco/image_selection.ts";
import { inFolder, write } from "../../support/folders.ts";

/** Annotations that list images of these ids. */
function listing(ids: readonly number[]) {
  const images = ids.map((id) => ({ id, file_name: `${id}.jpg` }));
  const bytes = new TextEncoder().encode(JSON.stringify({ images, annotations: [], categories: [] }));
  return readAnnotations({ name: "truth.json", bytes });
}

Deno.test("shards of any selection hold each of its images once", () =>
  fc.assert(
    fc.property(
      fc.uniqueArray(fc.integer({ min: 0, max: 1000 }), { minLength: 1, maxLength: 30 }),
      fc.option(fc.integer({ min: 1, max: 40 }), { nil: undefined }),
      fc.integer({ min: 1, max: 6 }),
      (ids, limit, count) => {
        const truth = listing(ids);
        const { here: all, evaluated } = selectImages(truth, { limit });
        const shards = Array.from({ length: count }, (_, i) =>
          selectImages(truth, { limit, shard: { number: i + 1, count } }));
        const together = shards.flatMap(({ here }) =>
          here
        ).sort((a, b) => compareIds(a.id, b.id));
        assert.deepEqual(together, all);
        for (const shard of shards) assert.deepEqual(shard.evaluated, evaluated);
        assert.equal(evaluated === undefined, all.length === ids.length);
      },
    ),
  ));

Deno.test("images that are not there are left out before the limit counts", () => {
  const truth = listing([1, 2, 3, 4, 5]);
  const { here } = selectImages(truth, { limit: 2 }, ({ id }) => id !== 1);
  assert.deepEqual(here.map(({ id }) => id), [2, 3]);
  assert.throws(() => selectImages(truth, {}, () => false), /none of them is in the folder/);
});

Deno.test("an image is found as it is named, by the last part of its name, or by its id", () =>
  inFolder(async (cwd) => {
    await write(`${cwd}/set/a/1.jpg`, "");
    await write(`${cwd}/set/2.jpg`, "");
    await write(`${cwd}/set/000000000003.jpg`, "");
    await write(`${cwd}/4.jpg`, "");
    const folder = new ImageFolder(`${cwd}/set`);
    const find = (id: number, fileName: string) => folder.find({ id, fileName })?.slice(`${cwd}/set/`.length);
    assert.equal(find(1, "a/1.jpg"), "a/1.jpg");
    assert.equal(find(2, "val2017/2.jpg"), "2.jpg");
    assert.equal(find(2, "C:\\images\\2.jpg"), "2.jpg");
    assert.equal(find(3, ""), "000000000003.jpg");
    assert.equal(find(4, "../4.jpg"), undefined);
    assert.equal(find(4, "a/../../4.jpg"), undefined);
    assert.equal(find(4, `${cwd}/4.jpg`), undefined);
    assert.throws(() => new ImageFolder(`${cwd}/4.jpg`), /4\.jpg: it is a file, not a folder/);
    assert.throws(() => new ImageFolder(`${cwd}/nowhere`), /nowhere: no such file or folder/);
  }));
