import assert from "node:assert/strict";
import { BneckError } from "../../../core/errors.ts";
import { pairFolders } from "../../../datasets/segmentation/folder_pair.ts";
import { shared, testWithShared } from "../../support/shared.ts";
import { withFiles } from "../empty_files.ts";

Deno.test("files are paired by their path below the folders, whatever the extension", async () => {
  const files = [
    "l/a/1.png",
    "l/b/1.PNG",
    "i/a/1.jpg",
    "i/b/1.webp",
    "i/c.png",
    "i/notes.txt",
    "p/b/1.png",
    "p/a/1.png",
  ];
  await withFiles([...files, "l/.hidden.png"], async (root) => {
    const { pairs, unused } = await pairFolders({
      labels: `${root}/l`,
      images: `${root}/i`,
      predictions: `${root}/p`,
    });
    assert.deepEqual(pairs, [
      {
        name: "a/1",
        label: `${root}/l/a/1.png`,
        image: `${root}/i/a/1.jpg`,
        prediction: `${root}/p/a/1.png`,
      },
      {
        name: "b/1",
        label: `${root}/l/b/1.PNG`,
        image: `${root}/i/b/1.webp`,
        prediction: `${root}/p/b/1.png`,
      },
    ]);
    assert.deepEqual(unused, { images: [`${root}/i/c.png`], predictions: [] });
  });
});

Deno.test("endings that only say what a file holds are not compared", async () => {
  const files = [
    "l/0001_L.png",
    "l/x_gtFine_labelIds.png",
    "i/0001.png",
    "i/x_leftImg8bit.png",
    "p/0001.ids.png",
    "p/x_pred.png",
  ];
  await withFiles(files, async (root) => {
    const { pairs } = await pairFolders({
      labels: `${root}/l`,
      images: `${root}/i`,
      predictions: `${root}/p`,
    });
    assert.deepEqual(pairs.map(({ name, image, prediction }) => [name, image, prediction]), [
      ["0001", `${root}/i/0001.png`, `${root}/p/0001.ids.png`],
      ["x", `${root}/i/x_leftImg8bit.png`, `${root}/p/x_pred.png`],
    ]);
  });
});

Deno.test("a file of exactly the same name goes before one that differs in its ending", async () => {
  await withFiles(["l/a.png", "p/a.png", "p/a_pred.png"], async (root) => {
    const { pairs, unused } = await pairFolders({ labels: `${root}/l`, predictions: `${root}/p` });
    assert.equal(pairs[0].prediction, `${root}/p/a.png`);
    assert.deepEqual(unused.predictions, [`${root}/p/a_pred.png`]);
  });
});

Deno.test("labels without a prediction are an error that names ten of them and counts all", async () => {
  const labels = Array.from({ length: 13 }, (_, k) => `l/${String(k).padStart(2, "0")}.png`);
  await withFiles([...labels, "p/12.png"], async (root) => {
    await assert.rejects(pairFolders({ labels: `${root}/l`, predictions: `${root}/p` }), (error) => {
      assert.ok(error instanceof BneckError);
      assert.equal(error.exitStatus, 1);
      const [head, ...rest] = error.message.split("\n  ");
      assert.equal(
        head,
        `12 of 13 ground truth images have no prediction in ${root}/p, so nothing was scored:`,
      );
      assert.deepEqual(rest, [...Array.from({ length: 10 }, (_, k) => `0${k}`), "… and 2 more"]);
      return true;
    });
  });
});

Deno.test("two files that claim one name, and empty or missing folders, are errors", async () => {
  await withFiles(["l/a.png", "i/a.jpg", "i/a.png", "e/readme.md"], async (root) => {
    await assert.rejects(
      pairFolders({ labels: `${root}/l`, images: `${root}/i` }),
      /2 images in .* claim the name a: a\.jpg, a\.png/,
    );
    await assert.rejects(pairFolders({ labels: `${root}/e` }), /no label images \(\*\.png, .*\) in/);
    await assert.rejects(pairFolders({ labels: `${root}/none` }), /none: it does not exist/);
  });
});

Deno.test("a list of names takes these alone, in its order", async () => {
  await withFiles(["l/a.png", "l/b.png", "l/c.png", "i/a.jpg", "i/b.jpg", "i/c.jpg"], async (root) => {
    const folders = { labels: `${root}/l`, images: `${root}/i` };
    const { pairs, unused } = await pairFolders({ ...folders, only: ["c", "a"] });
    assert.deepEqual(pairs.map(({ name }) => name), ["c", "a"]);
    assert.deepEqual(unused.images, []);
    await assert.rejects(
      pairFolders({ ...folders, only: ["a", "z"] }),
      /1 of the 2 names listed have no label image.*\n {2}z$/,
    );
  });
});

Deno.test("links are followed, but not in circles", async () => {
  await withFiles(["l/a.png", "elsewhere/b.png"], async (root) => {
    await Deno.symlink(`${root}/elsewhere/b.png`, `${root}/l/b.png`);
    const { pairs } = await pairFolders({ labels: `${root}/l` });
    assert.deepEqual(pairs.map(({ name }) => name), ["a", "b"]);
    await Deno.symlink(`${root}/l`, `${root}/l/again`);
    const { pairs: circular } = await pairFolders({ labels: `${root}/l` });
    assert.deepEqual(circular.map(({ name }) => name), ["a", "b"]);
  });
});

/** The pairs of labels with images or predictions, by their paths below the root. */
async function pairsOf(
  files: readonly string[],
  folders: { images?: string; predictions?: string; labels: string },
) {
  let found: [string, string | null][] = [];
  await withFiles(files, async (root) => {
    const paths = Object.fromEntries(
      Object.entries(folders).map(([name, path]) => [name, `${root}/${path}`]),
    );
    const { pairs } = await pairFolders(paths as typeof folders);
    const below = (path: string | null) => path && path.slice(root.length + 1);
    found = pairs.map(({ label, image, prediction }) => [below(label)!, below(image ?? prediction)]);
  });
  return found;
}

Deno.test("labels beside their photos are told by their ending, and no file is its own pair", async () => {
  for (
    const ending of [
      "_mask",
      "_label",
      "_labels",
      "_gt",
      "_seg",
      "-mask",
      ".segmentation",
      "_groundtruth",
      "_GT",
    ]
  ) {
    for (const photo of ["x.rf.0a.jpg", "x.rf.0a.png"]) {
      const label = `x.rf.0a${ending}.png`;
      const files = [`valid/${label}`, `valid/${photo}`, "valid/unlabelled.png"];
      const folders = { images: "valid", labels: "valid" };
      assert.deepEqual(await pairsOf(files, folders), [[`valid/${label}`, `valid/${photo}`]], label);
      assert.deepEqual(await pairsOf(files, { ...folders, images: "./valid" }), [
        [`valid/${label}`, `./valid/${photo}`],
      ]);
    }
  }
  // Without endings, extensions tell.
  const plain = { images: "d", labels: "d" };
  assert.deepEqual(await pairsOf(["d/x.jpg", "d/x.png"], plain), [["d/x.png", "d/x.jpg"]]);
  await assert.rejects(
    pairsOf(["d/x.png", "d/y.png"], plain),
    /no images in .*d beside the ground truth itself/,
  );
  // Scoring the truth against itself is a check that all is right.
  assert.deepEqual(await pairsOf(["d/x.png"], { labels: "d", predictions: "d" }), [["d/x.png", "d/x.png"]]);
  await assert.rejects(
    pairsOf(["d/x.png", "d/y.png", "d/y.jpg"], plain),
    /1 of 2 .* have no image in .*\n {2}x$/,
  );
  // Predictions beside their labels and photos.
  const three = ["d/x.png", "d/x_gt.png", "d/x_pred.png"];
  assert.deepEqual(await pairsOf(three, { predictions: "d", labels: "d", images: "d" }), [[
    "d/x_gt.png",
    "d/x.png",
  ]]);
  assert.deepEqual(await pairsOf(["d/x_gt.png", "d/x_pred.png"], { predictions: "d", labels: "d" }), [
    ["d/x_gt.png", "d/x_pred.png"],
  ]);
});

Deno.test("names pair whatever the format, with the photo's extension kept and in either Unicode form", async () => {
  const folders = { images: "i", labels: "l" };
  const pairs: [string, string][] = [
    ["x.jpg.png", "x.jpg"],
    ["x.JPG_mask.png", "x.JPG"],
    ["x_mask.jpg.png", "x.jpeg"],
    ["x.tif", "x.jpg"],
    ["x.bmp", "x.png"],
    ["x_mask.webp", "x_sat.jpg"],
    ["größe0_mask.png".normalize("NFC"), "größe0.png".normalize("NFD")],
    ["größe0.png".normalize("NFD"), "größe0.jpg".normalize("NFC")],
  ];
  for (const [label, image] of pairs) {
    assert.deepEqual(await pairsOf([`l/${label}`, `i/${image}`], folders), [[`l/${label}`, `i/${image}`]]);
  }
});

Deno.test("a file that two labels claim is refused by name, and so are forms of one name", async () => {
  await assert.rejects(
    pairsOf(["l/x_mask.png", "l/x_gt.png", "i/x.jpg"], { images: "i", labels: "l" }),
    /x_gt\.png and x_mask\.png in .*\/l both claim .*\/i\/x\.jpg; leave one/,
  );
  const [composed, decomposed] = ["NFC", "NFD"].map((form) => `i/ö.png`.normalize(form));
  await assert.rejects(
    pairsOf(["l/ö.png", composed, decomposed.replace("png", "jpg")], { images: "i", labels: "l" }),
    /2 images in .* claim the name/,
  );
});

Deno.test("JPEGs that are passed over as predictions are named", async () => {
  await assert.rejects(
    pairsOf(["l/x.png", "p/x.jpg"], { predictions: "p", labels: "l" }),
    /no prediction in .*; files passed over: x\.jpg \(JPEG cannot hold labels\):\n {2}x$/,
  );
  await assert.rejects(
    pairsOf(["l/x.jpg"], { labels: "l" }),
    /there are no label images .*; files passed over: x\.jpg \(JPEG/,
  );
});

testWithShared("data/camvid-mini", "CamVid's forty test frames are paired", async () => {
  const folder = shared("data/camvid-mini/test");
  const { pairs, unused } = await pairFolders({ labels: `${folder}/labels`, images: `${folder}/images` });
  assert.equal(pairs.length, 40);
  assert.ok(pairs.every(({ label, image }) => image === label.replace("/labels/", "/images/")));
  assert.deepEqual(unused, { images: [], predictions: [] });
});
