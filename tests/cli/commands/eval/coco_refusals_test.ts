/** What `bneck eval coco` refuses, and in which words. */
import assert from "node:assert/strict";
import { smallSet } from "./coco_set.ts";
import { evaluate, refusal } from "./support.ts";
import { filesIn, inFolder, write } from "../../../support/folders.ts";
import { COCO, RESULTS, withSet } from "./coco_runs.ts";

const RESULT = { image_id: 100, category_id: 3, bbox: [1, 2, 30, 40], score: 0.5 };

/** Result files that cannot be used, and what is said of each. */
const BAD_RESULTS: readonly (readonly [name: string, content: string, message: RegExp])[] = [
  [
    "an unknown image",
    JSON.stringify([RESULT, { ...RESULT, image_id: 5 }]),
    /detections\[1\]\.image_id is 5, .*no image/,
  ],
  [
    "an unknown category",
    JSON.stringify([{ ...RESULT, category_id: 99 }]),
    /detections\[0\]\.category_id is 99/,
  ],
  ["a NaN box", JSON.stringify([RESULT]).replace("30", "NaN"), /detections\[0\]\.bbox is NaN/],
  ["a NaN score", JSON.stringify([RESULT]).replace("0.5", "NaN"), /detections\[0\]\.score is NaN/],
  ["an infinite box", JSON.stringify([RESULT]).replace("30", "1e999"), /bbox is too large/],
  [
    "a negative size",
    JSON.stringify([{ ...RESULT, bbox: [1, 2, -30, 40] }]),
    /bbox has the negative size -30 × 40/,
  ],
  [
    "a missing score",
    JSON.stringify([RESULT, { ...RESULT, score: undefined }]),
    /detections\[1\]\.score is missing/,
  ],
  [
    "a score as text",
    JSON.stringify([{ ...RESULT, score: "0.5" }]),
    /score is the text "0\.5", not a number/,
  ],
  ["a box of three numbers", JSON.stringify([{ ...RESULT, bbox: [1, 2, 3] }]), /bbox has 3 numbers, not 4/],
  ["no box", JSON.stringify([{ ...RESULT, bbox: undefined }]), /bbox is missing/],
  [
    "truncated JSON",
    JSON.stringify([RESULT, RESULT]).slice(0, -20),
    /the file ends in detections\[1\].*truncated \(byte \d+/,
  ],
  ["text after the end", `${JSON.stringify([RESULT])} x`, /not valid JSON: found "x".*line 1, column \d+/],
  ["an empty file", "", /the file is empty/],
  ["blanks", " \n", /the file ends/],
  [
    "something else",
    "these are not detections",
    /not valid JSON: found "t" instead of a list of detections/,
  ],
  ["an object", "{}", /not a list of detections/],
  ["annotations", JSON.stringify(smallSet(2).truth), /it is an annotation file, not detection results/],
  [
    "a list of annotations",
    JSON.stringify(smallSet(2).truth.annotations),
    /annotations without scores are not detections/,
  ],
];

Deno.test("results that cannot be used are refused in one line that names the entry, and nothing is written", () =>
  withSet(async (cwd) => {
    for (const [index, [, content]] of BAD_RESULTS.entries()) {
      await write(`${cwd}/bad-${index}.json`, content);
    }
    const before = filesIn(cwd);
    const check = async ([name, , message]: typeof BAD_RESULTS[number], index: number) => {
      const outputs = ["--save-state", "state.json", "--report", "report.html"];
      const stderr = await refusal([...COCO, "--detections", `bad-${index}.json`, ...outputs], cwd, 2);
      assert.match(stderr, message, name);
      assert.match(stderr, new RegExp(`^bneck: error: cannot read bad-${index}\\.json: .*\\n$`), name);
    };
    for (let first = 0; first < BAD_RESULTS.length; first += 3) {
      await Promise.all(BAD_RESULTS.slice(first, first + 3).map((bad, k) => check(bad, first + k)));
    }
    assert.deepEqual(filesIn(cwd), before);
  }));

Deno.test("annotations that cannot be used are refused in one line", () =>
  withSet(async (cwd) => {
    const { truth, results } = smallSet(3);
    const [first, ...rest] = truth.annotations;
    const changed = (change: object) =>
      JSON.stringify({ ...truth, annotations: [{ ...first, ...change }, ...rest] });
    const bad: [string, RegExp][] = [
      [JSON.stringify(results), /it is a list, as detection results are, not an annotation file/],
      [JSON.stringify(truth).slice(0, 700), /the file ends .*truncated \(byte 700, line 1/],
      ["", /the file is empty/],
      [JSON.stringify({ images: [], annotations: [] }), /it has no "categories"/],
      [JSON.stringify({ ...truth, images: [], annotations: [] }), /no images to score: bad\.json lists none/],
      [changed({ bbox: [1, 2, -3, 4] }), /annotations\[0\]\.bbox has the negative size -3 × 4/],
      [changed({ bbox: [] }), /annotations\[0\]\.bbox is an empty list, not \[x, y, width, height\]/],
      [changed({ bbox: [1, 2, -3, 4] }), /count with it as pycocotools does with --pycocotools-compat/],
      [changed({ image_id: 1.5 }), /annotations\[0\]\.image_id is 1\.5, neither a whole number nor a text/],
      [JSON.stringify({ ...truth, images: {} }), /bad\.json: images is an object, not a list/],
      [changed({ bbox: [1, 2, 3, 4] }).replace("[1,2,3,4]", "[1,2,NaN,4]"), /annotations\[0\]\.bbox is NaN/],
    ];
    await write(`${cwd}/none.json`, "[]");
    for (const [content, message] of bad) {
      await write(`${cwd}/bad.json`, content);
      const stderr = await refusal(
        ["coco", "--annotations", "bad.json", "--detections", "none.json"],
        cwd,
        2,
      );
      assert.match(stderr, message);
      assert.equal(stderr.split("\n").length, 2, stderr);
    }
    const missing = ["coco", "--annotations", "missing.json", "--detections", "none.json"];
    assert.match(await refusal(missing, cwd, 2), /cannot read missing\.json: no such file/);
  }));

Deno.test("an empty list of detections is an evaluation: nothing was found", () =>
  withSet(async (cwd) => {
    await write(`${cwd}/results.json`, "[]");
    const { stdout, stderr } = await evaluate(RESULTS, cwd);
    assert.match(stdout, /area= {3}all \| maxDets=100 \] = 0\.000/);
    assert.match(stderr, /results\.json: there are no detections in it/);
    assert.match(await refusal([...RESULTS, "--pycocotools-compat"], cwd, 2), /there are no detections/);
  }));

Deno.test("flags that do not go together are refused before anything is read", () =>
  inFolder(async (cwd) => {
    await write(`${cwd}/results.json`, "[]");
    await write(`${cwd}/truth.json`, "no JSON");
    const cases: [string[], RegExp][] = [
      [COCO, /nothing to score: --images DIR .* --detections FILE/],
      [[...RESULTS, "-m", "mb3-large-075"], /--detections and --model exclude each other/],
      [[...RESULTS, "--save-detections", "x.json"], /--detections and --save-detections exclude each other/],
      [[...RESULTS, "--format", "csv", "--json"], /--json and --format exclude each other/],
      [[...COCO, "results.json"], /unexpected argument results\.json; .*--detections results\.json/],
      [
        [...RESULTS, "--save-state", "results.json"],
        /--save-state would replace results\.json, the file of --detections/,
      ],
      [
        [...RESULTS, "--report", "a", "--save-state", "a"],
        /--report would replace a, the file of --save-state/,
      ],
      [[...COCO, "--compare", "results.json"], /--compare takes two results files/],
      [
        [...COCO, "--compare", "results.json", "results.json", "--min", "AP=1"],
        /--compare and --min exclude/,
      ],
    ];
    for (const [args, message] of cases) assert.match(await refusal(args, cwd, 2), message);
    assert.equal(await Deno.readTextFile(`${cwd}/results.json`), "[]");
  }));

Deno.test("--images beside --detections and without --report is said to be of no use", () =>
  withSet(async (cwd) => {
    const { stderr } = await evaluate([...RESULTS, "--images", "."], cwd);
    assert.match(stderr, /warning: --images is not used/);
  }));
