/** Ids that are texts, large numbers or repeated. */
import assert from "node:assert/strict";
import { readAnnotations } from "../../../datasets/coco/files/annotations.ts";
import { detectionsToJson } from "../../../datasets/coco/files/detection_list.ts";
import { readDetections } from "../../../datasets/coco/files/detections.ts";
import { matchDetections } from "../../../datasets/coco/evaluate.ts";
import { matchesFromJson, matchesToJson } from "../../../datasets/coco/matching/matches_json.ts";
import { mergeMatches } from "../../../datasets/coco/matching/matches.ts";
import { cocoParams } from "../../../datasets/coco/params.ts";
import { refuses, text } from "./support.ts";
import { after, good, type Json, SOUND } from "./odd_files.ts";

const rename = (values: Json[], key: string, id: (old: number) => unknown) =>
  values.forEach((value) => value[key] = id(value[key]));

const withImageIds = (id: (old: number) => unknown) => ({ truth, found }: { truth: Json; found: Json[] }) => {
  rename(truth.images, "id", id);
  rename(truth.annotations, "image_id", id);
  rename(found, "image_id", id);
};

const withCategoryIds =
  (id: (old: number) => unknown) => ({ truth, found }: { truth: Json; found: Json[] }) => {
    rename(truth.categories, "id", id);
    rename(truth.annotations, "category_id", id);
    rename(found, "category_id", id);
  };

/** JSON in which a text of @ and digits stands for the number. */
const withBigNumbers = (value: unknown, name: string) =>
  text(JSON.stringify(value).replace(/"@(\d+)"/g, "$1"), name);

Deno.test("ids may be texts, and numbers beyond 2^53 to the last digit", () => {
  assert.deepEqual(after(withImageIds((id) => `frame_${id}`)), SOUND);
  assert.deepEqual(after(withCategoryIds((id) => String(id))), SOUND);
  const big = (id: number) => `@900719925474099${id + 1}`;
  assert.deepEqual(after(withImageIds(big), {}, withBigNumbers), SOUND);
  assert.deepEqual(after(withCategoryIds(big), {}, withBigNumbers), SOUND);
});

Deno.test("odd ids survive saved states and result files", () => {
  const set = good();
  withImageIds((id) => id === 1 ? "@9007199254740993" : "@9007199254740992")(set);
  withCategoryIds((id) => `class ${id}`)(set);
  const truth = readAnnotations(withBigNumbers(set.truth, "gt.json"));
  const found = readDetections(withBigNumbers(set.found, "dt.json"), truth);
  assert.deepEqual(truth.images.map(({ id }) => id), [9007199254740992n, 9007199254740993n]);
  const written = [...detectionsToJson(found, truth)].join("");
  assert.match(written, /"image_id":9007199254740993,"category_id":"class 1",/);
  assert.deepEqual(readDetections(text(written, "dt.json"), truth).box, found.box);

  const params = cocoParams({ imageIds: truth.images.map(({ id }) => id), maxDetections: [1, 5] });
  const parts = params.imageIds!.map((id) => {
    const saved = JSON.stringify(matchesToJson(matchDetections(truth, found, params, [id])));
    return matchesFromJson(JSON.parse(saved), "state.json");
  });
  assert.deepEqual(mergeMatches(parts), matchDetections(truth, found, params));
  assert.deepEqual(
    mergeMatches([parts[0], matchDetections(truth, found, params, [params.imageIds![1]])]).image.length,
    4,
  );
});

Deno.test("an id of the other kind is refused with the one that was probably meant", () => {
  refuses(
    () => after(({ found }) => found[0].image_id = "1"),
    /detections\[0\]\.image_id is "1", and no image of gt\.json has this id \(there the id is the number 1\)/,
  );
  refuses(
    () =>
      after((
        { truth, found },
      ) => (withCategoryIds((id) => String(id))({ truth, found }), found[1].category_id = 2)),
    /category_id is 2, and no category of gt\.json has this id \(there the id is the text "2"\)/,
  );
});

Deno.test("each object counts where ids are repeated; pycocotools takes the last for all", () => {
  const change = ({ truth }: { truth: Json }) =>
    [1, 2, 1, 2].forEach((id, i) => truth.annotations[i].id = id);
  const { AP, warnings } = after(change);
  assert.equal(AP, SOUND.AP);
  assert.match(warnings, /2 annotations have an id that was used before; pycocotools counts the last/);
  const compat = after(change, { pycocotoolsCompat: true });
  assert.ok(compat.AP < SOUND.AP);
  assert.match(compat.warnings, /as in pycocotools, the last annotation with an id stands for all/);
});
