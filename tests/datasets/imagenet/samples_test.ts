import assert from "node:assert/strict";
import { BneckError } from "../../../core/errors.ts";
import { readClassTable } from "../../../datasets/imagenet/class_table.ts";
import { readImageSamples } from "../../../datasets/imagenet/samples.ts";
import { shared, testWithShared } from "../../support/shared.ts";

const CLASSES = ["n01", "n02", "n03"].map((wnid) => ({ wnid, label: `name of ${wnid}` }));

/** Runs `test` in a folder of empty images and a file of labels beside it. */
async function withImages(
  images: readonly string[],
  labels: string,
  test: (images: string, labels: string) => Promise<void>,
): Promise<void> {
  const root = await Deno.makeTempDir();
  try {
    for (const path of images) {
      await Deno.mkdir(`${root}/i/${path}`.replace(/\/[^/]*$/, ""), { recursive: true });
      await Deno.writeTextFile(`${root}/i/${path}`, "");
    }
    await Deno.writeTextFile(`${root}/labels`, labels);
    await test(`${root}/i`, `${root}/labels`);
  } finally {
    await Deno.remove(root, { recursive: true });
  }
}

Deno.test("folders are classes: in sorted order, which is said, or by a table", async () => {
  await withImages(["n03/x.jpg", "n01/b/y.png", "n01/a.jpg", "loose.jpg"], "", async (images) => {
    const { samples, unlabelled, assumed } = await readImageSamples({ images });
    assert.deepEqual(samples, [
      { image: `${images}/n01/a.jpg`, index: 0 },
      { image: `${images}/n01/b/y.png`, index: 0 },
      { image: `${images}/n03/x.jpg`, index: 1 },
    ]);
    assert.deepEqual(unlabelled, [`${images}/loose.jpg`]);
    assert.equal(assumed, "the 2 folders in sorted order are the classes 0 to 1");
    const byTable = await readImageSamples({ images, classes: CLASSES });
    assert.deepEqual(byTable.samples.map(({ index }) => index), [0, 0, 2]);
    assert.equal(byTable.assumed, null);
    await assert.rejects(
      readImageSamples({ images, classes: CLASSES.slice(0, 2) }),
      /1 folders in .* do not have the name of a class; a table of the classes says which is which:\n {2}n03/,
    );
  });
});

Deno.test("images of a label file are found by path, name or stem, and the others are reported", async () => {
  const labels = "file,class\nval/a.jpg,2\nelsewhere/b.JPEG,n01\nc,name of n02\n";
  await withImages(
    ["val/a.jpg", "b.JPEG", "deep/c.png", "d.jpg", "notes.txt"],
    labels,
    async (images, labels) => {
      const { samples, unlabelled, assumed } = await readImageSamples({ images, labels, classes: CLASSES });
      assert.deepEqual(samples, [
        { image: `${images}/val/a.jpg`, index: 2 },
        { image: `${images}/b.JPEG`, index: 0 },
        { image: `${images}/deep/c.png`, index: 1 },
      ]);
      assert.deepEqual(unlabelled, [`${images}/d.jpg`]);
      assert.equal(assumed, null);
    },
  );
});

Deno.test("labels from 1 to 1000 are TensorFlow's, and that is said", async () => {
  await withImages(["a.jpg", "b.jpg"], "a.jpg 1\nb.jpg 1000\n", async (images, labels) => {
    const { samples, assumed } = await readImageSamples({ images, labels });
    assert.deepEqual(samples.map(({ index }) => index), [0, 999]);
    assert.match(assumed!, /1 to 1000 are TensorFlow's/);
  });
  for (
    const [text, indices] of [["a.jpg 0\nb.jpg 1000", [0, 1000]], ["a.jpg 1\nb.jpg 999", [1, 999]], [
      "a.jpg 1000\nb.jpg 21840",
      [1000, 21840],
    ]] as const
  ) {
    await withImages(["a.jpg", "b.jpg"], text, async (images, labels) => {
      const { samples, assumed } = await readImageSamples({ images, labels });
      assert.deepEqual(samples.map(({ index }) => index), indices);
      assert.equal(assumed, null);
    });
  }
});

Deno.test("labels of images that are not there are listed, ten of them, with their number", async () => {
  const labels = Array.from({ length: 12 }, (_, k) => `${k}.jpg 1`).join("\n");
  await withImages(["11.jpg"], labels, async (images, labels) => {
    await assert.rejects(readImageSamples({ images, labels }), (error) => {
      assert.ok(error instanceof BneckError);
      assert.equal(error.exitStatus, 1);
      const lines = error.message.split("\n  ");
      assert.match(lines[0], /^11 of 12 images named in .*labels are not in .*, so nothing was scored:$/);
      assert.deepEqual(lines.slice(1), [...Array.from({ length: 10 }, (_, k) => `${k}.jpg`), "… and 1 more"]);
      return true;
    });
  });
});

Deno.test("ambiguous, repeated, unknown and missing things are errors", async () => {
  const refused = (files: string[], text: string, message: RegExp, classes?: typeof CLASSES) =>
    withImages(
      files,
      text,
      (images, labels) => assert.rejects(readImageSamples({ images, labels, classes }), message),
    );
  await refused(
    ["x/a.jpg", "y/a.jpg"],
    "a.jpg 1",
    /the label of a\.jpg matches several images:\n {2}x\/a\.jpg\n {2}y\/a\.jpg/,
  );
  await refused(["a.jpg"], "a.jpg 1\na.jpg 2", /1 images are labelled more than once in .*\n {2}a\.jpg/);
  await refused(
    ["a.jpg"],
    "a.jpg n07",
    /line 1 gives the class as "n07", which is not in the table/,
    CLASSES,
  );
  await refused(["a.jpg"], "a.jpg n07", /line 1 gives the class as "n07"; a table of the classes is needed/);
  await withImages(["a.jpg"], "", async (images, labels) => {
    await assert.rejects(readImageSamples({ images }), /cannot tell the classes/);
    await assert.rejects(readImageSamples({ images, labels }), /the file is empty/);
    await assert.rejects(readImageSamples({ images, labels: `${labels}.csv` }), /cannot read the labels/);
    await assert.rejects(readImageSamples({ images: `${images}/none` }), /does not exist/);
  });
  await withImages(
    ["readme.txt"],
    "",
    (images) => assert.rejects(readImageSamples({ images }), /there are no images in/),
  );
});

testWithShared(
  "data/imagenet-mini",
  "imagenet-mini is read from images.json, from either folder, as from its wnids",
  async () => {
    const root = shared("data/imagenet-mini");
    const classes = await readClassTable(`${root}/wnids.json`);
    for (const images of [root, `${root}/images`]) {
      const { samples, unlabelled } = await readImageSamples({ images, labels: `${root}/images.json` });
      assert.equal(samples.length, 100);
      assert.deepEqual(unlabelled, []);
      for (const { image, index } of samples) {
        assert.ok(image.includes(`/${classes[index].wnid}_`), `${image} is not of class ${index}`);
        Deno.statSync(image);
      }
    }
  },
);
