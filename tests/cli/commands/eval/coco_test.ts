import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { encodeRgbImage } from "../../../../core/images/mod.ts";
import { readDetections } from "../../../../datasets/coco/detections.ts";
import { readAnnotations } from "../../../../datasets/coco/annotations.ts";
import { evaluateCoco } from "../../../../datasets/coco/evaluate.ts";
import { STATISTICS, summarize } from "../../../../datasets/coco/summarize.ts";
import { runCli, spawnCli } from "../../../support/run_cli.ts";
import { shared, testWithShared } from "../../../support/shared.ts";
import { testImage } from "../../../support/test_image.ts";
import { smallSet, writeSmallSet } from "./coco_set.ts";
import { assertClose, copy, evaluate, inFolder, refusal, STREET_PHOTO, write } from "./support.ts";

const COCO = ["coco", "--annotations", "truth.json"];
const RESULTS = [...COCO, "--detections", "results.json"];

/** What `--json` prints. */
interface Scores {
  readonly model: string | null;
  readonly images: number;
  readonly objects: number;
  readonly detections: number;
  readonly metrics: Record<string, number | null>;
  readonly byIou: { iou: number; AP: number | null }[];
  readonly classes:
    ({ id: number; name: string; objects: number; AP: number | null; bestScore: number | null })[];
}

/** Runs an evaluation and reads its JSON. */
async function scores(args: readonly string[], cwd: string): Promise<Scores> {
  return JSON.parse((await evaluate([...args, "--json"], cwd)).stdout);
}

/** Runs `test` in a folder with the small set. */
function withSet(test: (cwd: string) => Promise<void>, images?: number): Promise<void> {
  return inFolder(async (cwd) => {
    await writeSmallSet(cwd, images);
    await test(cwd);
  });
}

/** Everything in a folder and below it. */
function filesIn(folder: string): string[] {
  return [...Deno.readDirSync(folder)].flatMap(({ name, isDirectory }) =>
    isDirectory ? filesIn(`${folder}/${name}`).map((below) => `${name}/${below}`) : [name]
  ).sort();
}

Deno.test("the first twelve lines are pycocotools', then come AP by IoU and what was scored", () =>
  inFolder(async (cwd) => {
    const truth = {
      images: [{ id: 7, width: 640, height: 480 }],
      annotations: [
        { id: 1, image_id: 7, category_id: 17, bbox: [10, 20, 300, 40], area: 12000, iscrowd: 0 },
        { id: 2, image_id: 7, category_id: 17, bbox: [10, 220, 300, 40], area: 12000, iscrowd: 0 },
      ],
      categories: [{ id: 17, name: "cat" }],
    };
    const results = [
      { image_id: 7, category_id: 17, bbox: [10, 20, 300, 40], score: 0.9 },
      { image_id: 7, category_id: 17, bbox: [10, 220, 240, 40], score: 0.8 },
    ];
    await write(`${cwd}/truth.json`, JSON.stringify(truth));
    await write(`${cwd}/results.json`, JSON.stringify(results));
    const { stdout } = await evaluate(RESULTS, cwd);
    // An overlap of 0.8 is enough at 7 of 10 thresholds; above them 51 of 101 recalls are reached.
    assert.equal(
      stdout,
      ` Average Precision  (AP) @[ IoU=0.50:0.95 | area=   all | maxDets=100 ] = 0.851
 Average Precision  (AP) @[ IoU=0.50      | area=   all | maxDets=100 ] = 1.000
 Average Precision  (AP) @[ IoU=0.75      | area=   all | maxDets=100 ] = 1.000
 Average Precision  (AP) @[ IoU=0.50:0.95 | area= small | maxDets=100 ] = -1.000
 Average Precision  (AP) @[ IoU=0.50:0.95 | area=medium | maxDets=100 ] = -1.000
 Average Precision  (AP) @[ IoU=0.50:0.95 | area= large | maxDets=100 ] = 0.851
 Average Recall     (AR) @[ IoU=0.50:0.95 | area=   all | maxDets=  1 ] = 0.500
 Average Recall     (AR) @[ IoU=0.50:0.95 | area=   all | maxDets= 10 ] = 0.850
 Average Recall     (AR) @[ IoU=0.50:0.95 | area=   all | maxDets=100 ] = 0.850
 Average Recall     (AR) @[ IoU=0.50:0.95 | area= small | maxDets=100 ] = -1.000
 Average Recall     (AR) @[ IoU=0.50:0.95 | area=medium | maxDets=100 ] = -1.000
 Average Recall     (AR) @[ IoU=0.50:0.95 | area= large | maxDets=100 ] = 0.850

 IoU   0.50   0.55   0.60   0.65   0.70   0.75   0.80   0.85   0.90   0.95
 AP   1.000  1.000  1.000  1.000  1.000  1.000  1.000  0.505  0.505  0.505

 1 image, 2 objects of 1 class, 2 detections
`,
    );
  }));

Deno.test("every form shows the library's numbers, and progress stays on stderr", () =>
  withSet(async (cwd) => {
    const truth = readAnnotations(`${cwd}/truth.json`);
    const result = evaluateCoco(truth, readDetections(`${cwd}/results.json`, truth));
    const expected = summarize(result);

    const json = await scores(RESULTS, cwd);
    assert.deepEqual(json.metrics, expected);
    assert.equal(json.byIou[0].AP, expected.AP50);
    assert.deepEqual([json.images, json.model, json.detections], [24, null, result.detections]);
    assert.deepEqual(json.classes.map(({ name }) => name), ["car", "traffic light", "cat"]);
    assert.equal(json.classes.reduce((sum, { objects }) => sum + objects, 0), json.objects);

    const csv = (await evaluate([...RESULTS, "--format", "csv"], cwd)).stdout.trimEnd().split("\n");
    assert.deepEqual(csv, ["metric,value", ...STATISTICS.map((name) => `${name},${expected[name]}`)]);

    const classes = (await evaluate([...RESULTS, "--format", "csv", "--per-class"], cwd)).stdout;
    const rows = classes.trimEnd().split("\n").map((line) => line.split(","));
    assert.deepEqual(rows.map(([name]) => name), ["class", "car", "traffic light", "cat", "all"]);
    assert.equal(Number(rows[4][2]), expected.AP);
    assert.equal(Number(rows[1][2]), json.classes[0].AP);

    const table = await evaluate([...RESULTS, "--per-class"], cwd);
    assert.match(
      table.stdout,
      /^class +objects +AP .*\n.*\ncar .*\ntraffic light .*\ncat .*\n-+ .*\nall +\d+/m,
    );
    assert.match(table.stderr, /^24 images with \d+ objects scored in .*\n$/);
    const markdown = (await evaluate([...RESULTS, "--format", "markdown"], cwd)).stdout;
    assert.match(markdown, /^\| metric \| value \|\n\| --- \| --: \|\n\| AP \| 0\.\d{3} \|/);
    const quiet = await evaluate([...RESULTS, "--quiet"], cwd);
    assert.equal(quiet.stderr, "");
  }));

Deno.test("--min ends with 4 below a gate, of the whole or of a class, and knows every metric's name", () =>
  withSet(async (cwd) => {
    const { metrics: { AP }, classes } = await scores(RESULTS, cwd);
    const light = classes[1].AP!;
    const min = (gates: string) => runCli(["eval", ...RESULTS, "--min", gates, "-q"], { cwd });
    assert.equal((await min(`AP=${AP},AP.traffic_light=${light},AP55=0`)).code, 0);
    const missed = await min(`AP=${AP! + 0.01},AP.traffic_light=0.999`);
    assert.equal(missed.code, 4);
    assert.match(
      missed.stderr,
      /below --min: AP is 0\.\d+, not 0\.\d+; AP\.traffic_light is 0\.\d+, not 0\.999/,
    );
    assert.match(missed.stdout, /Average Precision/);
    assert.match(
      await refusal([...RESULTS, "--min", "AP.trafic_light=0"], cwd, 2),
      /did you mean AP.traffic_light/,
    );
    // What was not measured passes no gate.
    assert.equal(
      (await runCli(
        ["eval", ...RESULTS, "--min", "AP=-1", "--max-dets", "1,10,300", "--pycocotools-compat"],
        { cwd },
      )).code,
      4,
    );
  }));

Deno.test("--limit, --images-subset and --classes score what they name, as pycocotools' imgIds and catIds do", () =>
  withSet(async (cwd) => {
    const { truth, results } = smallSet(24);
    /** The set without the images and categories that are left out. */
    const part = async (ids: readonly number[], categories: readonly number[]) => {
      const kept = <T extends { image_id: number; category_id: number }>(list: readonly T[]) =>
        list.filter((one) => ids.includes(one.image_id) && categories.includes(one.category_id));
      await write(
        `${cwd}/part.json`,
        JSON.stringify({
          images: truth.images.filter(({ id }) => ids.includes(id)),
          annotations: kept(truth.annotations),
          categories: truth.categories.filter(({ id }) => categories.includes(id)),
        }),
      );
      await write(`${cwd}/part-results.json`, JSON.stringify(kept(results)));
      return await scores(["coco", "--annotations", "part.json", "--detections", "part-results.json"], cwd);
    };
    const ids = truth.images.map(({ id }) => id);

    assert.deepEqual(
      await scores([...RESULTS, "--limit", "5"], cwd),
      await part(ids.slice(0, 5), [3, 10, 17]),
    );
    assert.deepEqual(await scores([...RESULTS, "--limit", "500"], cwd), await part(ids, [3, 10, 17]));

    const chosen = [ids[20], ids[3], ids[11]];
    const list = `# three\r\n${chosen[0]}\r\n\r\nsomewhere/${truth.images[3].file_name}\r\n${
      truth.images[11].file_name
    }\n`;
    await write(`${cwd}/list.txt`, list);
    const subset = [...RESULTS, "--images-subset", "list.txt"];
    assert.deepEqual(await scores(subset, cwd), await part(chosen, [3, 10, 17]));
    assert.deepEqual(await scores([...subset, "--limit", "1"], cwd), await part([ids[3]], [3, 10, 17]));

    assert.deepEqual(await scores([...RESULTS, "--classes", "cat,car"], cwd), await part(ids, [3, 17]));
    assert.match(
      await refusal([...RESULTS, "--classes", "trafic light"], cwd, 2),
      /did you mean traffic light/,
    );

    await write(`${cwd}/list.txt`, `${ids[0]}\n12345\n`);
    assert.match(
      await refusal(subset, cwd, 2),
      /list\.txt, line 2: truth\.json lists no image with the id or file name 12345/,
    );
    await write(`${cwd}/list.txt`, "\n");
    assert.match(await refusal(subset, cwd, 2), /no images to score: the list is empty/);
    assert.match(
      await refusal([...RESULTS, "--images-subset", "none.txt"], cwd, 2),
      /cannot read the list none\.txt/,
    );
  }));

Deno.test("classes of one name are told apart by their ids, and any name can be given", () =>
  withSet(async (cwd) => {
    const { truth, results } = smallSet(24);
    const named = async (...names: string[]) => {
      const categories = truth.categories.map((category, k) => ({ ...category, name: names[k] }));
      await write(`${cwd}/named.json`, JSON.stringify({ ...truth, categories }));
    };
    await write(`${cwd}/results.json`, JSON.stringify(results));
    const args = ["coco", "--annotations", "named.json", "--detections", "results.json"];
    const ids = truth.categories.map(({ id }) => id);

    await named("car", "car", "apple, red");
    const { classes } = await scores(args, cwd);
    const csv = (await evaluate([...args, "--format", "csv", "--per-class"], cwd)).stdout.split("\n");
    assert.match(csv[1], new RegExp(`^car#${ids[0]},\\d+,`));
    assert.match(csv[2], new RegExp(`^car#${ids[1]},\\d+,`));
    assert.match(csv[3], /^"apple, red",\d+,/);
    const min = (gates: string) => runCli(["eval", ...args, "--min", gates, "-q"], { cwd });
    const gates = [
      `AP.car#${ids[0]}=${classes[0].AP}`,
      `AP.car#${ids[1]}=${classes[1].AP}`,
      "AP.apple_red=0",
    ];
    assert.equal((await min(gates.join())).code, 0);
    const missed = await min(`AP.car#${ids[1]}=0.999`);
    assert.match(missed.stderr, new RegExp(`AP\\.car#${ids[1]} is 0\\.\\d+, not 0\\.999`));
    assert.match(await refusal([...args, "--min", "AP.car=0"], cwd, 2), /AP\.car: unknown name/);
    const some = await scores([...args, "--classes", `apple_red,car#${ids[1]}`], cwd);
    assert.deepEqual(some.classes.map(({ id }) => id), [ids[1], ids[2]]);
    assert.equal((await scores([...args, "--classes", "car"], cwd)).classes.length, 2);
  }));

Deno.test("own area ranges, one class for all, and ignored objects", () =>
  withSet(async (cwd) => {
    const all = await scores(RESULTS, cwd);
    const ranges = ["--area-ranges", "tiny=0..900,rest=900..", "--min", "APtiny=0"];
    const sizes = await scores([...RESULTS, ...ranges], cwd);
    assert.deepEqual(
      Object.keys(sizes.metrics),
      ["AP", "AP50", "AP75", "APtiny", "APrest", "AR1", "AR10", "AR100", "ARtiny", "ARrest"],
    );
    assert.equal(sizes.metrics.AP, all.metrics.AP);
    assert.match((await evaluate([...RESULTS, ...ranges], cwd)).stdout, /area= {2}tiny \| maxDets=100/);
    assert.match(await refusal([...RESULTS, "--area-ranges", "tiny"], cwd, 2), /expected NAME=MIN\.\.MAX/);
    assert.match(
      await refusal([...RESULTS, "--area-ranges", "50=0..9"], cwd, 2),
      /area ranges need different names/,
    );

    const agnostic = await scores([...RESULTS, "--class-agnostic"], cwd);
    assert.deepEqual(agnostic.classes.map(({ name }) => name), ["all categories"]);
    assert.ok(agnostic.metrics.AR100! > all.metrics.AR100!);

    const { truth } = smallSet(24);
    const annotations = truth.annotations.map((one) => ({ ...one, ignore: 1 }));
    await write(`${cwd}/ignored.json`, JSON.stringify({ ...truth, annotations }));
    const ignored = ["coco", "--annotations", "ignored.json", "--detections", "results.json"];
    assert.deepEqual((await scores(ignored, cwd)).metrics, all.metrics);
    const honored = await scores([...ignored, "--honor-ignore"], cwd);
    assert.deepEqual([honored.metrics.AP, honored.objects], [null, 0]);
    const report = [...ignored, "--honor-ignore", "--report", "report.html", "-q"];
    assert.equal((await runCli(["eval", ...report], { cwd })).code, 0);
    const compare = [
      "coco",
      "--annotations",
      "ignored.json",
      "--compare",
      "results.json",
      "results.json",
      "--json",
    ];
    const compared = JSON.parse((await evaluate([...compare, "--honor-ignore"], cwd)).stdout);
    assert.equal(compared.metrics.AP.first, null);
  }));

Deno.test("--max-dets and --iou-thresholds change the numbers as pycocotools' parameters do", () =>
  withSet(async (cwd) => {
    const all = await scores(RESULTS, cwd);
    const some = await scores([...RESULTS, "--iou-thresholds", "0.75,0.5", "--max-dets", "100,2"], cwd);
    assert.deepEqual(some.byIou.map(({ iou }) => iou), [0.5, 0.75]);
    assert.equal(some.metrics.AP50, all.metrics.AP50);
    assert.equal(some.metrics.AP75, all.metrics.AP75);
    const limits = [...RESULTS, "--max-dets", "1,10,300"];
    const compat = await evaluate([...limits, "--pycocotools-compat"], cwd);
    assert.match(compat.stdout, /area= {3}all \| maxDets=100 \] = -1\.000/);
    assert.match(compat.stderr, /the limits of detections are 1, 10, 300: AP is -1, as in pycocotools/);
    // No image has so many detections that the limit matters.
    const odd = await scores(limits, cwd);
    const { AR100, ...others } = all.metrics;
    assert.deepEqual(odd.metrics, { ...others, AR300: AR100 });
    const csv = await evaluate([...limits, "--format", "csv", "--min", "AP=0.01,AR300=0.01"], cwd);
    assert.match(csv.stdout, /^AP,0\.\d+\n(.*\n)+AR300,0\./m);
    assert.match(csv.stderr, /1, 10, 300: AP is at 300 detections of a class in an image/);
    assert.match((await evaluate([...limits, "--format", "markdown"], cwd)).stdout, /\| AR300 \|/);
    assert.match((await evaluate([...limits, "--per-class"], cwd)).stdout, /^class .* AR300 /m);
    assert.match(await refusal([...RESULTS, "--max-dets", "0"], cwd, 2), /whole number of at least 1/);
    assert.match(await refusal([...RESULTS, "--iou-thresholds", "1.5"], cwd, 2), /a number from 0 to 1/);
  }));

Deno.test("annotations of id 0 count, with a warning; --pycocotools-compat takes them for missed", () =>
  inFolder(async (cwd) => {
    const box = [10, 10, 50, 50];
    const truth = {
      images: [{ id: 1 }],
      annotations: [{ id: 0, image_id: 1, category_id: 1, bbox: box, area: 2500, iscrowd: 0 }],
      categories: [{ id: 1, name: "cat" }],
    };
    await write(`${cwd}/truth.json`, JSON.stringify(truth));
    await write(
      `${cwd}/results.json`,
      JSON.stringify([{ image_id: 1, category_id: 1, bbox: box, score: 1 }]),
    );
    const plain = await evaluate(RESULTS, cwd);
    assert.match(plain.stdout, /= 1\.000\n/);
    assert.match(plain.stderr, /1 annotation has the id 0, which pycocotools counts as never found/);
    const compat = await evaluate([...RESULTS, "--pycocotools-compat"], cwd);
    assert.doesNotMatch(compat.stdout, /= 1\.000/);
  }));

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
  ["something else", "these are not detections", /not valid JSON: found "t" instead of a list of detections/],
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

/**
 * Runs `test` in a folder with a street scene in `images/` and, in `truth.json`, what the embedded detector finds in
 * it: objects with other category ids than COCO's, in another order.
 */
function withPhoto(test: (cwd: string, objects: number) => Promise<void>): Promise<void> {
  return inFolder(async (cwd) => {
    await copy(STREET_PHOTO, `${cwd}/images/000042.png`);
    const args = ["detect", "images", "-o", "out", "--save", "coco", "--score", "0.3"];
    const { code, stderr } = await runCli(args, { cwd });
    assert.equal(code, 0, stderr);
    const found: { category_id: number; bbox: number[] }[] = JSON.parse(
      await Deno.readTextFile(`${cwd}/out/detections.coco.json`),
    );
    const cars = found.filter(({ category_id }) => category_id === 3);
    assert.ok(cars.length > 1);
    await write(
      `${cwd}/truth.json`,
      JSON.stringify({
        images: [{ id: 42, file_name: "000042.png", width: 480, height: 360 }],
        annotations: cars.map(({ bbox }, i) => ({
          id: i + 1,
          image_id: 42,
          category_id: 8,
          bbox,
          area: bbox[2] * bbox[3],
          iscrowd: 0,
        })),
        categories: [{ id: 1, name: "unicorn" }, { id: 8, name: "Car" }],
      }),
    );
    await test(cwd, cars.length);
  });
}

Deno.test("a model's classes are found by name, and what it detects is what bneck detect saves", () =>
  withPhoto(async (cwd, objects) => {
    const args = [...COCO, "--images", "images", "--save-detections", "saved/found.json", "--json"];
    const { stdout, stderr } = await evaluate(args, cwd);
    const json: Scores = JSON.parse(stdout);
    assert.deepEqual([json.model, json.objects, json.images], ["mb3-large-075.coco-everyday", objects, 1]);
    // Its best detections are the truth, so no other stands above them.
    assert.ok(json.metrics.AP! > 0.999 && json.metrics.AR100! > 0.999, JSON.stringify(json.metrics));
    assert.match(stderr, /truth\.json has no category for person, .* and \d+ more; these are not scored/);
    assert.match(stderr, /does not know unicorn; their objects count as missed/);
    assert.match(stderr, /\d+ detections in 1 image in .* \(\d+\.\d images\/s\)/);

    const detect = ["detect", "images", "-o", "all", "--save", "coco", "--score", "0.001", "--max", "100"];
    assert.equal((await runCli(detect, { cwd })).code, 0);
    const all: { category_id: number }[] = JSON.parse(
      await Deno.readTextFile(`${cwd}/all/detections.coco.json`),
    );
    const cars = all.filter(({ category_id }) => category_id === 3).map((result) => ({
      ...result,
      category_id: 8,
    }));
    assert.ok(cars.length > objects);
    assert.deepEqual(JSON.parse(await Deno.readTextFile(`${cwd}/saved/found.json`)), cars);

    const again = await scores([...COCO, "--detections", "saved/found.json"], cwd);
    assert.deepEqual(again.metrics, json.metrics);
  }));

Deno.test("images that cannot be read count as missed and end with 1; missing ones stop the run at once", () =>
  withPhoto(async (cwd, objects) => {
    const truth = JSON.parse(await Deno.readTextFile(`${cwd}/truth.json`));
    const add = (id: number, file_name: string) => {
      truth.images.push({ id, file_name, width: 480, height: 360 });
      truth.annotations.push({ ...truth.annotations[0], id: 1000 + id, image_id: id });
    };
    add(43, "broken.jpg");
    add(44, "other.jpg");
    await write(`${cwd}/truth.json`, JSON.stringify(truth));
    await write(`${cwd}/images/broken.jpg`, "this is no image");

    const args = [...COCO, "--images", "images"];
    const missing = await refusal([...args, "--save-detections", "found.json"], cwd, 2);
    assert.match(
      missing,
      /1 of 3 images are not in images, so nothing was run; the first is other\.jpg \(leave them out with --skip-missing\)/,
    );
    assert.ok(!existsSync(`${cwd}/found.json`));

    const skipped = await runCli(["eval", ...args, "--skip-missing", "--json"], { cwd });
    assert.equal(skipped.code, 1);
    assert.match(skipped.stderr, /cannot read images\/broken\.jpg: not an image/);
    assert.match(skipped.stderr, /1 image could not be read: the objects in them count as missed/);
    const json: Scores = JSON.parse(skipped.stdout);
    assert.deepEqual([json.images, json.objects], [2, objects + 1]);
    assert.ok(Math.abs(json.metrics.AR100! - objects / (objects + 1)) < 1e-9);

    await write(`${cwd}/images/other.jpg`, await encodeRgbImage(testImage(64, 48), "jpeg"));
    const resized = await runCli(["eval", ...args, "--skip-missing"], { cwd });
    assert.match(
      resized.stderr,
      /1 image of another size than annotated: .*other\.jpg is 64×48, .* of 480×360/,
    );
  }));

Deno.test("file names that lead out of the folder are not followed", () =>
  withPhoto(async (cwd) => {
    const truth = JSON.parse(await Deno.readTextFile(`${cwd}/truth.json`));
    await copy(STREET_PHOTO, `${cwd}/secret.png`);
    for (const name of ["../secret.png", `${cwd}/secret.png`, "x/../../secret.png"]) {
      truth.images[0].file_name = name;
      await write(`${cwd}/truth.json`, JSON.stringify(truth));
      assert.match(await refusal([...COCO, "--images", "images"], cwd, 2), /1 of 1 images are not in images/);
    }
    // A folder in the name may be missing on the disk.
    truth.images[0].file_name = "val2017/000042.png";
    await write(`${cwd}/truth.json`, JSON.stringify(truth));
    await evaluate([...COCO, "--images", "images", "-q"], cwd);
  }));

Deno.test("--images beside --detections and without --report is said to be of no use", () =>
  withSet(async (cwd) => {
    const { stderr } = await evaluate([...RESULTS, "--images", "."], cwd);
    assert.match(stderr, /warning: --images is not used/);
  }));

Deno.test("a model that cannot be found, or has none of the classes, is refused", () =>
  withSet(async (cwd) => {
    await Deno.mkdir(`${cwd}/images`);
    const args = [...COCO, "--images", "images"];
    assert.match(await refusal([...args, "-m", "mb3-large-057"], cwd, 2), /did you mean mb3-large-075/);
    assert.match(
      await refusal([...COCO, "--images", "nowhere"], cwd, 2),
      /cannot read nowhere: no such file/,
    );
    const truth = { ...smallSet(2).truth, categories: [{ id: 3, name: "unicorn" }] };
    await write(`${cwd}/truth.json`, JSON.stringify(truth));
    assert.match(await refusal(args, cwd, 2), /cannot be scored: truth\.json has none of its 80 classes/);
  }));

Deno.test("Ctrl-C while the model runs ends with 130, without scores and files", () =>
  inFolder(async (cwd) => {
    await Deno.mkdir(`${cwd}/images`);
    const truth = { ...smallSet(1500).truth };
    const [first, ...others] = truth.images;
    for (const { file_name } of others) await Deno.symlink(STREET_PHOTO, `${cwd}/images/${file_name}`);
    // What is said of it shows that the model runs.
    await write(`${cwd}/images/${first.file_name}`, "this is not an image");
    await write(`${cwd}/truth.json`, JSON.stringify(truth));
    const args = [
      ...COCO,
      "--images",
      "images",
      "--save-detections",
      "found.json",
      "--report",
      "report.html",
    ];
    const child = spawnCli(["eval", ...args], { cwd });
    await child.stdin.close();
    const stdout = new Response(child.stdout).text();
    let stderr = "", interrupted = false;
    for await (const text of child.stderr.pipeThrough(new TextDecoderStream())) {
      stderr += text;
      if (interrupted || !stderr.includes("not an image")) continue;
      child.kill("SIGINT");
      interrupted = true;
    }
    assert.equal((await child.status).code, 130, stderr);
    assert.equal(await stdout, "");
    assert.deepEqual(filesIn(cwd).filter((name) => !name.startsWith("images/")), ["truth.json"]);
  }));

/** What `--compare --json` prints. */
interface Comparison {
  readonly first: string;
  readonly second: string;
  readonly metrics: Record<string, {
    readonly first: number;
    readonly second: number;
    readonly difference: number;
    readonly low?: number;
    readonly high?: number;
    readonly secondBetter?: number;
  }>;
}

Deno.test("--compare shows both files' numbers and how sure the difference is", () =>
  withSet(async (cwd) => {
    await write(`${cwd}/worse.json`, JSON.stringify(smallSet(60, 40).results));
    await write(`${cwd}/better.json`, JSON.stringify(smallSet(60, 3).results));
    const args = [...COCO, "--compare", "worse.json", "better.json"];
    const comparison: Comparison = JSON.parse((await evaluate([...args, "--json"], cwd)).stdout);
    for (const [side, file] of [["first", "worse.json"], ["second", "better.json"]] as const) {
      const alone = await scores([...COCO, "--detections", file], cwd);
      for (const name of STATISTICS) assert.equal(comparison.metrics[name][side], alone.metrics[name], name);
    }
    const { AP, AR1 } = comparison.metrics;
    assert.equal(AP.difference, AP.second - AP.first);
    assert.ok(0 < AP.low! && AP.low! < AP.difference && AP.difference < AP.high!);
    assert.equal(AP.secondBetter, 1);
    assert.equal(AR1.low, undefined);

    const { stdout } = await evaluate(args, cwd);
    assert.match(stdout, /^metric +worse\.json +better\.json +difference +95 % from +to\n/);
    assert.match(stdout, /^AP +0\.\d{3} +0\.\d{3} +\+0\.\d{3} +\+0\.\d{3} +\+0\.\d{3}$/m);
    assert.match(
      stdout,
      /better\.json has the higher AP in 100\.0 % of 1000 draws .*: the difference is more than chance\./,
    );

    await evaluate([...args, "--samples", "50", "--report", "pages/compare.html"], cwd);
    const page = await Deno.readTextFile(`${cwd}/pages/compare.html`);
    assert.match(page, /<h1>worse\.json and better\.json on COCO<\/h1>/);
    assert.match(page, /better\.json has the higher AP in 100\.0 % of 50 draws/);
    const first = AP.first.toFixed(3);
    assert.match(page, new RegExp(`<td class="">AP</td><td class="right">${first}</td>`));
    assert.match(page, /<table class="sortable">/);
    assert.match(page, /worse\.json, SHA-256 [0-9a-f]{64}/);
    assert.doesNotMatch(page, /(?:src|href)="(?!data:)/);

    const same = await evaluate([...COCO, "--compare", "worse.json", "worse.json", "--samples", "50"], cwd);
    assert.match(same.stdout, /Both have the same AP, whichever images are drawn\./);
    const csv = (await evaluate([...args, "--format", "csv", "--samples", "50"], cwd)).stdout.split("\n");
    assert.equal(csv[0], "metric,first,second,difference,low,high");
    assert.equal(csv.length, 14);
    const seeded = (seed: string) => evaluate([...args, "--json", "--samples", "50", "--seed", seed], cwd);
    assert.equal((await seeded("5")).stdout, (await seeded("5")).stdout);
    assert.notEqual((await seeded("5")).stdout, (await seeded("6")).stdout);
    const missing = [...COCO, "--compare", "worse.json", "missing.json"];
    assert.match(await refusal(missing, cwd, 2), /cannot read missing\.json/);
  }, 60));

testWithShared(
  ["data/coco-demo", "golden/coco_demo.json"],
  "the official demo gives pycocotools' lines and numbers",
  async () => {
    const golden = JSON.parse(await Deno.readTextFile(shared("golden/coco_demo.json")));
    for (const type of ["bbox", "segm"] as const) {
      const { printed, stats, results_file, detections } = golden[type];
      const args = [
        "coco",
        "--annotations",
        shared("data/coco-demo/instances_val2014_100.json"),
        "--detections",
        shared(`data/coco-demo/${results_file}`),
        "--iou-type",
        type,
      ];
      const { stdout } = await evaluate(args, ".");
      assert.deepEqual(stdout.split("\n").slice(0, 12), printed);
      const json = await scores(args, ".");
      assertClose(json.metrics, stats);
      assert.equal(json.detections, detections);
    }
  },
);

testWithShared(
  ["data/coco-mini", "golden/centernet/centernet.json"],
  "the embedded detector's AP on coco-mini is within 0.02 of the reference's",
  async () => {
    const { sets } = JSON.parse(await Deno.readTextFile(shared("golden/centernet/centernet.json")));
    for (const [set, name] of [["val", "mini-val"], ["train", "mini-train"]]) {
      const { metrics } = await scores([
        "coco",
        "--annotations",
        shared(`data/coco-mini/instances_${set}2017.json`),
        "--images",
        shared(`data/coco-mini/${set}2017`),
      ], ".");
      // It keeps the aspect of the images, as the reference's letterbox does.
      for (const metric of ["AP", "AP50"] as const) {
        const reference = sets[name].letterbox.stats[metric];
        assert.ok(Math.abs(metrics[metric]! - reference) < 0.02, `${name}: ${metric} ${metrics[metric]}`);
      }
    }
  },
);
