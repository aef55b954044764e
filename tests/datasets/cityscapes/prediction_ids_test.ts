import assert from "node:assert/strict";
import fc from "fast-check";
import { inputError } from "../../../core/errors.ts";
import type { LabelMap } from "../../../core/images/image.ts";
import { EVALUATED_LABELS } from "../../../datasets/cityscapes/labels.ts";
import {
  idsOfName,
  idsOfValues,
  recognisePredictionIds,
  recogniseTruthIds,
  refuseOtherIds,
} from "../../../datasets/cityscapes/prediction_ids.ts";

Deno.test("names that state their numbering are understood", () => {
  for (
    const name of [
      "a_labelIds.png",
      "a_gtFine_labelIds.png",
      "x/a.labelids.png",
      "a_label_ids.png",
      "a_labelId.png",
    ]
  ) {
    assert.equal(idsOfName(name), "labelIds", name);
  }
  for (
    const name of [
      "a_labelTrainIds.png",
      "a_trainIds.png",
      "x/a.trainids.png",
      "a_TRAINIDS.png",
      "a_train_ids.png",
      "a-trainId.png",
    ]
  ) {
    assert.equal(idsOfName(name), "trainIds", name);
  }
  for (const name of ["a_pred.png", "labelIds/a.png", "trainIds/a.png", "a.png", "label_idsomething.png"]) {
    assert.equal(idsOfName(name), null, name);
  }
});

Deno.test("values tell the numbering where one of the two explains them", () => {
  assert.equal(idsOfValues([7, 8, 11, 21, 23, 26]), "labelIds");
  assert.equal(idsOfValues([0, 1, 2, 8, 10, 13]), "trainIds");
  assert.equal(idsOfValues([7, 8, 255]), "trainIds");
  assert.equal(idsOfValues([0, 1, 2, 3, 4, 5, 6, 26]), "labelIds"); // ignored ids beside scored ones
  assert.equal(idsOfValues([0, 7, 8, 11]), "either");
  assert.equal(idsOfValues([]), "either");
  assert.equal(idsOfValues([26, 255]), "neither");
  assert.equal(idsOfValues([0, 34]), "neither");
});

Deno.test("a scene with vegetation, sky or a car is told from the same scene in the other numbering", () => {
  const scene = fc.uniqueArray(fc.constantFrom(...EVALUATED_LABELS), { minLength: 3 })
    .filter((labels) => labels.some(({ name }) => ["vegetation", "sky", "car"].includes(name)));
  fc.assert(fc.property(scene, (labels) => {
    assert.equal(idsOfValues(labels.map(({ id }) => id)), "labelIds");
    assert.notEqual(idsOfValues(labels.map(({ trainId }) => trainId)), "labelIds");
  }));
});

/** Files by name, as their values. */
function reader(files: Record<string, number[]>) {
  const read: string[] = [];
  return {
    read,
    paths: Object.keys(files),
    decode: (path: string): Promise<LabelMap> => {
      read.push(path);
      const data = Uint8Array.from(files[path]);
      if (data.length === 0) return Promise.reject(inputError(`cannot read ${path}`));
      return Promise.resolve({ width: data.length, height: 1, data });
    },
  };
}

Deno.test("a set is read as its names say, without opening a file", async () => {
  const { paths, decode, read } = reader({ "a_trainIds.png": [26], "b_trainIds.png": [26], "c.png": [7] });
  assert.deepEqual(await recognisePredictionIds(paths, decode), {
    ids: "trainIds",
    because: "2 of 3 file names say so",
  });
  assert.deepEqual(read, []);
});

Deno.test("a set is read as its first telling file says; files that cannot be read are passed over", async () => {
  const { paths, decode, read } = reader({
    "a.png": [0, 7],
    "b.png": [],
    "c.png": [0, 1, 255],
    "d.png": [26],
  });
  assert.deepEqual(await recognisePredictionIds(paths, decode), {
    ids: "trainIds",
    because: "the values of c.png fit no other numbering",
  });
  assert.deepEqual(read, ["a.png", "b.png", "c.png"]);
});

Deno.test("a set that fits both numberings is read as labelIds, and that is said", async () => {
  const { paths, decode } = reader({ "a.png": [0, 7], "b.png": [8, 11] });
  assert.deepEqual(await recognisePredictionIds(paths, decode), {
    ids: "labelIds",
    because: "the values fit both labelIds and trainIds, and labelIds are the official ones",
  });
});

Deno.test("names that state both numberings are an error", async () => {
  const { paths, decode } = reader({ "a_labelIds.png": [7], "b_labelIds.png": [7], "a_trainIds.png": [0] });
  await assert.rejects(recognisePredictionIds(paths, decode), {
    name: "BneckError",
    message:
      "the predictions mix labelIds and trainIds by their names: 2 files such as a_labelIds.png and 1 such as " +
      "a_trainIds.png; score them separately",
  });
});

Deno.test("an image in the other numbering is refused by name", () => {
  assert.throws(() => refuseOtherIds(new Set([0, 1, 2, 255]), "labelIds", "x.png"), {
    message:
      "cannot score x.png: it looks like trainIds (values 0 to 2 and 255), while the set is read as labelIds; " +
      "score such files separately, or say which ids they hold",
  });
  assert.throws(() => refuseOtherIds(new Set([7, 26]), "trainIds", "x.png"), /looks like labelIds/);
  refuseOtherIds(new Set([7, 8]), "trainIds", "x.png");
});

Deno.test("ground truth in trainIds is recognised by its names, or by 255 beside nothing above 18", async () => {
  const maps: Record<string, number[]> = {
    "t.png": [0, 13, 255],
    "l.png": [7, 24],
    "void.png": [1, 2, 3, 7],
    "odd.png": [7, 200],
  };
  const read = (path: string) =>
    Promise.resolve({ width: maps[path].length, height: 1, data: Uint8Array.from(maps[path]) });
  const ids = async (...paths: string[]) => (await recogniseTruthIds(paths, read)).ids;
  assert.equal(await ids("t.png", "l.png"), "trainIds");
  assert.equal(await ids("odd.png", "void.png", "t.png"), "trainIds");
  assert.equal(await ids("l.png", "t.png"), "labelIds");
  assert.equal(await ids("void.png", "odd.png"), "labelIds");
  assert.equal(await ids("a_labelTrainIds.png", "b_labelTrainIds.png"), "trainIds");
});
