/** Files of other people's tools: what is read as meant, and what is said of the rest. */
import assert from "node:assert/strict";
import { gzipSync } from "node:zlib";
import { readAnnotations, type ReadOptions } from "../../../datasets/coco/annotations.ts";
import { detectionsToJson } from "../../../datasets/coco/detection_list.ts";
import { readDetections } from "../../../datasets/coco/detections.ts";
import { evaluateCoco, evaluationWarnings, matchDetections } from "../../../datasets/coco/evaluate.ts";
import type { JsonInput } from "../../../datasets/coco/json/json_file.ts";
import { matchesFromJson, matchesToJson } from "../../../datasets/coco/matches_json.ts";
import { mergeMatches } from "../../../datasets/coco/matches.ts";
import { areaRanges, cocoParams } from "../../../datasets/coco/params.ts";
import { summarize } from "../../../datasets/coco/summarize.ts";
import { json, object, refuses, text } from "./support.ts";

/** A value of any shape. */
// deno-lint-ignore no-explicit-any
type Json = any;

const square = (x: number, y: number, side: number) => [[x, y, x + side, y, x + side, y + side, x, y + side]];

/** Two images with two objects each; everything is found but one, and there is a false alarm. */
function good(): { truth: Json; found: Json[] } {
  const truth = {
    images: [{ id: 1, width: 200, height: 100, file_name: "0001.jpg" }, {
      id: 2,
      width: 200,
      height: 100,
      file_name: "0002.jpg",
    }],
    annotations: [
      object(1, 1, 1, [10, 10, 20, 20], { segmentation: square(10, 10, 20) }),
      object(2, 1, 2, [100, 10, 50, 50], { segmentation: square(100, 10, 50) }),
      object(3, 2, 1, [60, 60, 30, 30], { segmentation: square(60, 60, 30) }),
      object(4, 2, 1, [120, 20, 40, 40], { segmentation: square(120, 20, 40) }),
    ],
    categories: [{ id: 1, name: "apple" }, { id: 2, name: "pear" }],
  };
  const found = [
    { image_id: 1, category_id: 1, bbox: [10, 11, 20, 20], score: 0.9, segmentation: square(10, 11, 20) },
    { image_id: 1, category_id: 2, bbox: [100, 10, 50, 50], score: 0.8, segmentation: square(100, 10, 50) },
    { image_id: 2, category_id: 1, bbox: [60, 60, 30, 30], score: 0.04, segmentation: square(60, 60, 30) },
    { image_id: 2, category_id: 1, bbox: [10, 20, 40, 40], score: 0.5, segmentation: square(10, 20, 40) },
  ];
  return { truth, found };
}

/** The good set after `change`, evaluated. */
function after(
  change: (set: { truth: Json; found: Json[] }) => void,
  { iouType = "bbox", ...options }: ReadOptions & { iouType?: "bbox" | "segm" } = {},
  encode: (value: unknown, name: string) => JsonInput = json,
): { AP: number; warnings: string } {
  const set = good();
  change(set);
  const reading = { masks: iouType === "segm", ...options };
  const truth = readAnnotations(encode(set.truth, "gt.json"), reading);
  const found = readDetections(encode(set.found, "dt.json"), truth, reading);
  const params = cocoParams({ iouType, pycocotoolsCompat: options.pycocotoolsCompat ?? false });
  const { AP } = summarize(evaluateCoco(truth, found, params));
  return { AP, warnings: evaluationWarnings(truth, found, params).join("\n") };
}

const SOUND = after(() => {});

Deno.test("the sound set says nothing", () => {
  assert.ok(SOUND.AP > 0.5 && SOUND.AP < 0.9);
  assert.equal(SOUND.warnings, "");
  assert.equal(after(() => {}, { iouType: "segm" }).warnings, "");
});

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

Deno.test("nothing stops an evaluation of boxes that it does not need", () => {
  for (
    const change of [
      ({ truth }) => truth.images[0].width = "200",
      ({ truth }) => Object.assign(truth.images[1], { width: 200.5, height: null, file_name: 7 }),
      ({ truth }) => Object.assign(truth.images[1], { width: {}, height: "", file_name: ["a"] }),
      ({ truth }) => truth.categories[0].name = 3,
      ({ truth }) => truth.categories[1].name = null,
      ({ truth }) => truth.annotations[0].segmentation = "none",
      ({ truth }) => truth.annotations[1].segmentation = [[1, 2]],
      ({ truth }) => delete truth.annotations[2].id,
      ({ truth }) => truth.annotations[2].id = "a7",
      ({ truth }) => truth.annotations[2].id = 1.5,
      ({ truth }) => truth.annotations[2].iscrowd = "0",
      ({ truth }) => truth.annotations[2].bbox = truth.annotations[2].bbox.map(String),
      ({ found }) => found[0].segmentation = [],
      ({ found }) => found[0].segmentation = { size: ["1", "2"], counts: "~" },
      ({ found }) => delete found[1].segmentation,
    ] as ((set: { truth: Json; found: Json[] }) => void)[]
  ) assert.deepEqual(after(change), SOUND, String(change));
});

Deno.test("an area that is missing is that of the box, or of the mask where masks are compared", () => {
  const change = ({ truth }: { truth: Json }) => {
    delete truth.annotations[0].area;
    truth.annotations[1].area = null;
  };
  const { AP, warnings } = after(change);
  assert.equal(AP, SOUND.AP);
  assert.equal(warnings, 'gt.json: 2 annotations have no "area": that of the box');
  const set = good();
  delete set.truth.annotations[0].area;
  set.truth.annotations[0].segmentation = [[10, 10, 30, 10, 30, 30]];
  const [box] = readAnnotations(json(set.truth)).area;
  const [mask] = readAnnotations(json(set.truth), { masks: true }).area;
  assert.equal(box, 400);
  assert.ok(mask > 180 && mask < 220, String(mask));
  refuses(() => after(change, { pycocotoolsCompat: true }), /annotations\[0\]\.area is missing/);
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

Deno.test("the last counts of lists that come twice", () => {
  const set = good();
  const annotations = JSON.stringify(set.truth.annotations);
  const twice = JSON.stringify(set.truth).replace(
    `"annotations":`,
    `"annotations":${annotations},"annotations":`,
  );
  const read = readAnnotations(text(twice, "gt.json"));
  assert.equal(read.length, 4);
  assert.deepEqual(read.warnings, ['gt.json: "annotations" is there more than once; the last counts']);
});

Deno.test("files may be compressed, in UTF-16, or begin with a byte order mark", () => {
  const utf16 = (bigEndian: boolean, mark: boolean) => (value: unknown, name: string) => {
    const content = (mark ? "\ufeff" : "") + JSON.stringify(value);
    const view = new DataView(new ArrayBuffer(2 * content.length));
    for (let i = 0; i < content.length; i++) view.setUint16(2 * i, content.charCodeAt(i), !bigEndian);
    return { name, bytes: new Uint8Array(view.buffer) };
  };
  const packed = (value: unknown, name: string) => ({ name, bytes: gzipSync(JSON.stringify(value)) });
  const marked = (value: unknown, name: string) => text("\ufeff" + JSON.stringify(value), name);
  const both = (value: unknown, name: string) => ({
    name,
    bytes: gzipSync(utf16(false, true)(value, name).bytes),
  });
  const encodings = [
    packed,
    marked,
    both,
    utf16(false, true),
    utf16(true, true),
    utf16(false, false),
    utf16(true, false),
  ];
  const named = ({ truth }: { truth: Json }) => truth.categories[0].name = "Äpfel 🍏";
  for (const encode of encodings) assert.deepEqual(after(named, {}, encode), SOUND);
});

Deno.test("files packed in other ways, and bombs, are refused", () => {
  const bytes = (...values: number[]) => ({ name: "x.json", bytes: Uint8Array.from(values) });
  refuses(() => readAnnotations(bytes(0x50, 0x4b, 3, 4, 0)), /x\.json: it is a ZIP archive; unpack it first/);
  refuses(() => readAnnotations(bytes(0x1f, 0x8b, 8, 0, 1)), /x\.json: it is gzip-compressed, and damaged/);
  for (
    const start of [[0xff, 0xfe, 0, 0, 0x7b, 0, 0, 0], [0, 0, 0xfe, 0xff], [0x7b, 0, 0, 0], [0, 0, 0, 0x7b]]
  ) {
    refuses(() => readAnnotations(bytes(...start)), /x\.json: it is UTF-32; save it as UTF-8/);
  }
  const bomb = { name: "x.json", bytes: gzipSync(new Uint8Array(1 << 25)) };
  refuses(() => readAnnotations(bomb), /x\.json: it unpacks to more than 16 MB/);
});

Deno.test("numbers of annotations may be texts, unless all is to be as in pycocotools", () => {
  const masks = ({ truth }: { truth: Json }) =>
    truth.annotations[0].segmentation[0] = truth.annotations[0].segmentation[0].map(String);
  assert.deepEqual(after(masks, { iouType: "segm" }), after(() => {}, { iouType: "segm" }));
  const bbox = (side: unknown) => ({ truth }: { truth: Json }) => truth.annotations[0].bbox[2] = side;
  assert.deepEqual(after(bbox(" 20 ")), SOUND);
  assert.deepEqual(after(bbox("2e1")), SOUND);
  for (const side of ["", "nan", "1,5", "0x1", "1e999"]) {
    refuses(() => after(bbox(side)), /annotations\[0\]\.bbox is the text ".*", not a number/);
  }
  refuses(() => after(bbox("20"), { pycocotoolsCompat: true }), /bbox is the text "20", not a number/);
});

Deno.test("masks may have their channels after their size; run lengths that Python printed are recognised", () => {
  const counts = (counts: unknown, size = [100, 200]) => ({ found }: { found: Json[] }) =>
    found.forEach((row) => row.segmentation = { size, counts });
  assert.equal(
    after(counts([0, 20000], [100, 200, 1]), { iouType: "segm" }).AP,
    after(counts([0, 20000]), { iouType: "segm" }).AP,
  );
  const refusesCounts = (value: string, pattern: RegExp) =>
    refuses(() => after(counts(value), { iouType: "segm" }), pattern);
  refusesCounts("b'PQn2'", /counts is not valid compressed run lengths: it is how Python prints bytes/);
  refusesCounts("10 20 19970", /not valid compressed run lengths: .* are a list of numbers, not a text/);
  refusesCounts("~~~", /counts is not valid compressed run lengths \(byte/);
});

Deno.test("scores in per cent are not taken for scores that were cut", () => {
  const percent = ({ found }: { found: Json[] }) => found.forEach((row) => row.score *= 100);
  assert.equal(after(percent).warnings, "");
  const cut = (set: { truth: Json; found: Json[] }) => (set.found.splice(2, 1), percent(set));
  assert.match(after(cut).warnings, /no score is below 50: the results were probably cut there/);
});

Deno.test("leading zeros and folders of a result's file name contradict nothing", () => {
  const named = ({ found }: { found: Json[] }) =>
    found.forEach((row) => row.file_name = `val/${row.image_id}.jpg`);
  assert.equal(after(named).warnings, "");
});

Deno.test("keys and run lengths may have any of JSON's escapes", () => {
  const set = good();
  const plain = JSON.stringify(set.truth.annotations[0]).replace(/"segmentation":.*/, "");
  const escaped = (counts: string) =>
    text(
      JSON.stringify(set.truth).replace(
        JSON.stringify(set.truth.annotations),
        `[${plain}"segmentation":{"size":[4,4],` +
          `"c\\u006funts":"${counts}"}}]`,
      ).replace('"categories"', '"c\\u0061tegories"'),
      "gt.json",
    );
  const read = readAnnotations(escaped("\\u00354\\u0037"), { masks: true });
  const same = readAnnotations(escaped("547"), { masks: true });
  assert.deepEqual(read.segmentations, same.segmentations);
  assert.equal(read.segmentations!.area[0], 4);
  refuses(() => readAnnotations(escaped("5\\u00e9"), { masks: true }), /has a character that is not ASCII/);
});

Deno.test("the box around polygons begins anew with each, and a number too many shifts nothing", () => {
  const odd = ({ truth, found }: { truth: Json; found: Json[] }) => {
    // A sliver first, whose last number has no partner.
    truth.annotations[1].segmentation = [[1, 1, 2, 1, 2, 2, 1], ...square(100, 10, 50)];
    found[1].segmentation = square(100, 10, 50);
  };
  const { AP, warnings } = after(odd, { iouType: "segm" });
  assert.ok(AP > SOUND.AP - 0.1, String(AP));
  assert.equal(warnings, "");
});

Deno.test("polygons that enclose nothing are left out; an object without a mask is not evaluated", () => {
  for (
    const segmentation of [undefined, null, [], [[100, 10, 150, 60]], [[], [1, 2]], {}]
  ) {
    const without = (options: ReadOptions = {}) =>
      after(({ truth }) => truth.annotations[1].segmentation = segmentation, { iouType: "segm", ...options });
    const { AP, warnings } = without();
    assert.match(warnings, /^gt\.json: 1 annotation has no mask: not evaluated/);
    // As if neither the object nor what was found in its box were there.
    const absent = after(({ truth, found }) => {
      truth.annotations.splice(1, 1);
      found.splice(1, 1);
    }, { iouType: "segm" });
    assert.equal(AP, absent.AP);
    refuses(() => without({ pycocotoolsCompat: true }), /annotations\[1\]\.segmentation/);
  }
  const { warnings } = after(
    ({ truth }) => truth.annotations[1].segmentation.unshift([5, 5, 6, 6]),
    { iouType: "segm" },
  );
  assert.equal(
    warnings,
    "gt.json: 1 annotation has polygons of fewer than three corners, which enclose nothing: left out",
  );
});

Deno.test("run lengths of nothing are a mask that nothing matches, as in pycocotools", () => {
  for (const counts of ["", [], [20000]]) {
    const empty = ({ truth, found }: { truth: Json; found: Json[] }) =>
      truth.annotations[1].segmentation = found[0].segmentation = { size: [100, 200], counts };
    const missed = after(empty, { iouType: "segm" });
    assert.equal(missed.warnings, "");
    assert.ok(missed.AP < SOUND.AP - 0.4, String(missed.AP));
    assert.equal(after(empty, { iouType: "segm", pycocotoolsCompat: true }).AP, missed.AP);
  }
});

Deno.test("what probably went wrong is said, and changes no number", () => {
  const corners = ([x, y, width, height]: number[]) => [x, y, x + width, y + height];
  const far = ({ truth, found }: { truth: Json; found: Json[] }, of: "truth" | "found") => {
    const rows = of === "found" ? found : truth.annotations;
    rows.forEach((row: Json, i: number) => row.bbox = corners([100 + 5 * i, 30, 40, 20]));
  };
  const cases: [(set: { truth: Json; found: Json[] }) => void, RegExp, ("bbox" | "segm")?][] = [
    [
      (set) => far(set, "found"),
      /dt\.json: the boxes of \d of 4 detections leave .* probably \[x1, y1, x2, y2\]/,
    ],
    [
      (set) => far(set, "truth"),
      /gt\.json: the boxes of \d of 4 annotations leave .* probably \[x1, y1, x2, y2\]/,
    ],
    [
      ({ found }) => found.forEach((row) => row.bbox = row.bbox.map((v: number) => v / 200)),
      /dt\.json: no box reaches beyond 1 pixel: .* fractions/,
    ],
    [
      ({ found }) => found.forEach((row) => row.bbox = row.bbox.map((v: number) => 4 * v)),
      /dt\.json: the boxes of 4 of 4 detections leave their images/,
    ],
    [
      ({ found }) => found.forEach((row) => row.segmentation = { size: [200, 100], counts: [20000] }),
      /masks of 4 of 4 detections have another size .* \[width, height\], and has to be \[height, width\]/,
      "segm",
    ],
    [
      ({ found }) => found[2].segmentation = { size: [50, 60], counts: [3000] },
      /masks of 1 of 4 detections have another size .*the first is 50×60 .* image 2 is 100×200/,
      "segm",
    ],
    [
      ({ truth }) => truth.annotations[0].segmentation = [[-5, -5, -1, -5, -1, -1]],
      /gt\.json: the masks of 1 of 4 annotations lie outside/,
      "segm",
    ],
    [
      ({ truth }) => truth.annotations.forEach((row: Json) => row.area = -1),
      /areas of 4 of 4 objects .* negative/,
    ],
    [({ truth }) => truth.annotations = [], /there are no annotations in it/],
    [
      ({ truth }) => truth.annotations.forEach((one: Json) => one.iscrowd = 1),
      /all 4 annotations are of crowds, ignored, or .* nothing to find/,
    ],
    [({ truth }) => truth.annotations[3].area = 1e11, /areas of 1 of 4 objects .* too large/],
    [
      ({ truth }) => truth.annotations.forEach((row: Json) => row.area /= 1e4),
      /no object has an area above 1 pixel/,
    ],
    [({ truth }) => truth.images[0].neg_category_ids = [1], /gt\.json: it is an LVIS file/],
    [({ found }) => found.splice(2, 1), /dt\.json: no score is below 0\.5: .* AP falls/],
    [
      ({ found }) => found[0].file_name = "images/0002.jpg",
      /1 detection has a "file_name" that contradicts the image_id: .*"0001\.jpg", but names "images\/0002\.jpg", which/,
    ],
  ];
  for (const [change, pattern, iouType = "bbox"] of cases) {
    const { AP, warnings } = after(change, { iouType });
    assert.match(warnings, pattern);
    assert.equal(warnings.split("\n").length, 1, warnings);
    // pycocotools needs what is missing in none of them, and has the same number.
    assert.equal(after(change, { iouType, pycocotoolsCompat: true }).AP, AP);
  }
  assert.deepEqual(
    after(({ found }) => found.forEach((row) => row.file_name = `x/000${row.image_id}.png`)),
    SOUND,
  );
});

Deno.test("ignored objects, own area ranges and classes that do not count, where they are asked for", () => {
  const ignore = ({ truth }: { truth: Json }) => truth.annotations[3].ignore = 1;
  assert.deepEqual(after(ignore), SOUND);
  assert.ok(after(ignore, { honorIgnore: true }).AP > SOUND.AP);

  const { truth, found } = good();
  found[1].category_id = 1;
  const annotations = readAnnotations(json(truth, "gt.json"));
  const detections = readDetections(json(found, "dt.json"), annotations);
  const agnostic = summarize(evaluateCoco(annotations, detections, cocoParams({ useCategories: false })));
  const strict = summarize(evaluateCoco(annotations, detections, cocoParams()));
  assert.deepEqual([agnostic.AR100, strict.AR100 < agnostic.AR100], [
    summarize(
      evaluateCoco(
        annotations,
        readDetections(json(good().found), annotations),
        cocoParams({ useCategories: false }),
      ),
    ).AR100,
    true,
  ]);

  const ranges = areaRanges([{ label: "tiny", min: 0, max: 500 }, { label: "rest", min: 500 }]);
  const sizes = summarize(evaluateCoco(annotations, detections, cocoParams({ areaRanges: ranges })));
  assert.deepEqual(Object.keys(sizes), [
    "AP",
    "AP50",
    "AP75",
    "APtiny",
    "APrest",
    "AR1",
    "AR10",
    "AR100",
    "ARtiny",
    "ARrest",
  ]);
  assert.equal(sizes.AP, strict.AP);
  for (const label of ["50", "", "all", "a b"]) {
    refuses(
      () => cocoParams({ areaRanges: areaRanges([{ label, min: 0 }]) }),
      /area ranges need different names/,
    );
  }
});
