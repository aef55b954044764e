/** Files of other people's tools: what is read as meant, and what is said of the rest. */
import assert from "node:assert/strict";
import { gzipSync } from "node:zlib";
import { readAnnotations, type ReadOptions } from "../../../datasets/coco/files/annotations.ts";
import { readDetections } from "../../../datasets/coco/files/detections.ts";
import { evaluateCoco } from "../../../datasets/coco/evaluate.ts";
import { areaRanges, cocoParams } from "../../../datasets/coco/params.ts";
import { summarize } from "../../../datasets/coco/summarize.ts";
import { json, refuses, text } from "./support.ts";
import { after, good, type Json, SOUND, square } from "./odd_files.ts";

Deno.test("the sound set says nothing", () => {
  assert.ok(SOUND.AP > 0.5 && SOUND.AP < 0.9);
  assert.equal(SOUND.warnings, "");
  assert.equal(after(() => {}, { iouType: "segm" }).warnings, "");
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
