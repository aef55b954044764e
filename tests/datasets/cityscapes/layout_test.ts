import assert from "node:assert/strict";
import { BneckError } from "../../../core/errors.ts";
import {
  haveInstances,
  pairPredictions,
  predictionFileName,
  readCityscapes,
} from "../../../datasets/cityscapes/layout.ts";
import { idsOfName } from "../../../datasets/cityscapes/prediction_ids.ts";
import { withFiles } from "../empty_files.ts";

const TRUTH = [
  "gtFine/val/ulm/ulm_000000_000019_gtFine_labelIds.png",
  "gtFine/val/ulm/ulm_000000_000019_gtFine_instanceIds.png",
  "gtFine/val/ulm/ulm_000000_000019_gtFine_color.png",
  "gtFine/val/ulm/ulm_000000_000019_gtFine_polygons.json",
  "gtFine/val/bad-honnef/bad-honnef_000001_000294_gtFine_labelIds.png",
  "gtFine/val/bad-honnef/bad-honnef_000001_000294_gtFine_instanceIds.png",
];

Deno.test("the frames of a split are found with their instances and images, sorted", async () => {
  await withFiles([...TRUTH, "leftImg8bit/val/ulm/ulm_000000_000019_leftImg8bit.png"], async (root) => {
    assert.deepEqual(await readCityscapes(root, "val"), [
      {
        name: "bad-honnef_000001_000294",
        labelIds: `${root}/${TRUTH[4]}`,
        instanceIds: `${root}/${TRUTH[5]}`,
        image: null,
      },
      {
        name: "ulm_000000_000019",
        labelIds: `${root}/${TRUTH[0]}`,
        instanceIds: `${root}/${TRUTH[1]}`,
        image: `${root}/leftImg8bit/val/ulm/ulm_000000_000019_leftImg8bit.png`,
      },
    ]);
  });
});

Deno.test("a root without the split, or a split without ground truth, is an error that says what is there", async () => {
  await withFiles([...TRUTH, "gtFine/train/ulm/ulm_000000_000019_gtFine_color.png"], async (root) => {
    await assert.rejects(
      readCityscapes(root, "test"),
      /split "test".*gtFine\/test does not exist \(gtFine has: train, val\)/,
    );
    await assert.rejects(
      readCityscapes(root, "train"),
      /no ground truth in .*: expected CITY\/\*_gtFine_labelIds\.png$/,
    );
    await assert.rejects(readCityscapes(`${root}/gtFine`, "val"), /there is no gtFine in/);
  });
});

Deno.test("predictions are found anywhere below their folder by city, sequence and frame", async () => {
  const results = [
    "results/a/ulm_000000_000019.png",
    "results/bad-honnef_000001_000294_pred_labelIds.png",
    "results/bad-honnef_000001_000294_color.png",
    "results/bad-honnef_000001_000294_leftImg8bit.overlay.png",
    "results/bad-honnef_000001_0002940_pred.png",
    "results/ulm_000000_000019.json",
    "results/other.png",
  ];
  await withFiles([...TRUTH, ...results], async (root) => {
    const pairs = await pairPredictions(await readCityscapes(root, "val"), `${root}/results`);
    assert.deepEqual(pairs.map(({ prediction }) => prediction), [
      `${root}/${results[1]}`,
      `${root}/${results[0]}`,
    ]);
  });
});

Deno.test("a split with ground truth in trainIds alone is read, one with both by its labelIds", async () => {
  const files = ["a/a_000000_000001", "a/a_000000_000002"].map((stem) =>
    `gtFine/train/${stem}_gtFine_labelTrainIds.png`
  );
  await withFiles(files, async (root) => {
    assert.deepEqual(
      (await readCityscapes(root, "train")).map(({ labelIds }) => labelIds),
      files.map((path) => `${root}/${path}`),
    );
    await Deno.writeTextFile(`${root}/gtFine/train/a/a_000000_000001_gtFine_labelIds.png`, "");
    assert.deepEqual((await readCityscapes(root, "train")).map(({ name }) => name), ["a_000000_000001"]);
  });
});

Deno.test("photos may be JPEG; a PNG goes before it", async () => {
  const photos = [
    "a_000000_000001_leftImg8bit.jpg",
    "a_000000_000002_leftImg8bit.jpeg",
    "a_000000_000002_leftImg8bit.png",
  ];
  const truth = [1, 2].map((n) => `gtFine/val/a/a_000000_00000${n}_gtFine_labelIds.png`);
  await withFiles([...truth, ...photos.map((name) => `leftImg8bit/val/a/${name}`)], async (root) => {
    const frames = await readCityscapes(root, "val");
    assert.deepEqual(
      frames.map(({ image }) => image),
      [photos[0], photos[2]].map((name) => `${root}/leftImg8bit/val/a/${name}`),
    );
  });
});

Deno.test("files that are passed over are named where predictions are missing", async () => {
  const truth = ["gtFine/val/a/a_000000_000001_gtFine_labelIds.png"];
  await withFiles([...truth, "r/a_000000_000001_pred.jpg", "r/a_000000_000001_color.png"], async (root) => {
    await assert.rejects(
      pairPredictions(await readCityscapes(root, "val"), `${root}/r`),
      /passed over: a_000000_000001_pred\.jpg \(JPEG cannot hold labels\); a_000000_000001_color\.png \(colour images/,
    );
  });
});

Deno.test("frames without a prediction, or with several, are listed", async () => {
  const truth = Array.from({ length: 12 }, (_, k) => `ulm_000000_0000${k + 10}`);
  const files = truth.map((name) => `gtFine/val/ulm/${name}_gtFine_labelIds.png`);
  await withFiles([...files, "results/ulm_000000_000010.png"], async (root) => {
    await assert.rejects(pairPredictions(await readCityscapes(root, "val"), `${root}/results`), (error) => {
      assert.ok(error instanceof BneckError);
      assert.match(
        error.message,
        /^11 of 12 ground truth images have no prediction in .*results, so nothing was scored:/,
      );
      assert.equal(error.message.split("\n").length, 12);
      assert.match(error.message, /… and 1 more$/);
      return true;
    });
  });
  await withFiles([files[0], "p/ulm_000000_000010_a.png", "p/ulm_000000_000010_b.png"], async (root) => {
    await assert.rejects(
      pairPredictions(await readCityscapes(root, "val"), `${root}/p`),
      /1 of 1 .* more than one prediction .*\n {2}ulm_000000_000010: ulm_000000_000010_a\.png, ulm_000000_000010_b\.png/,
    );
  });
});

Deno.test("of several predictions the one whose name states the ids that are asked for is taken", async () => {
  const frame = "ulm_000000_000010";
  const truth = `gtFine/val/ulm/${frame}_gtFine_labelIds.png`;
  const saved = ["ids", "labelids", "trainids", "color"].map((kind) => `p/${frame}.${kind}.png`);
  await withFiles([truth, ...saved], async (root) => {
    const frames = await readCityscapes(root, "val");
    for (const ids of ["labelIds", "trainIds"] as const) {
      const [{ prediction }] = await pairPredictions(frames, `${root}/p`, ids);
      assert.equal(prediction, `${root}/p/${frame}.${ids.toLowerCase()}.png`);
    }
    await assert.rejects(pairPredictions(frames, `${root}/p`), /say whether to take labelIds or trainIds/);
  });
});

Deno.test("instances are scored if all frames have them, not if none has, and it is an error if some have", async () => {
  await withFiles(TRUTH, async (root) => {
    const frames = await readCityscapes(root, "val");
    assert.equal(haveInstances(frames), true);
    const bare = frames.map((frame) => ({ ...frame, instanceIds: null }));
    assert.equal(haveInstances(bare), false);
    assert.throws(
      () => haveInstances([frames[0], bare[1]]),
      /1 of 2 .* have no \*_instanceIds\.png .*\n.*ulm_000000_000019_gtFine_labelIds/,
    );
  });
});

Deno.test("saved predictions have names that are recognised again", () => {
  for (const ids of ["labelIds", "trainIds"] as const) {
    const name = predictionFileName({ name: "ulm_000000_000019" }, ids);
    assert.match(name, /^ulm_000000_000019_.*\.png$/);
    assert.equal(idsOfName(name), ids);
  }
});
