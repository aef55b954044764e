import assert from "node:assert/strict";
import { readDetections } from "../../../../datasets/coco/files/detections.ts";
import { readAnnotations } from "../../../../datasets/coco/files/annotations.ts";
import { evaluateCoco } from "../../../../datasets/coco/evaluate.ts";
import { STATISTICS, summarize } from "../../../../datasets/coco/summarize.ts";
import { runCli } from "../../../support/run_cli.ts";
import { shared, testWithShared } from "../../../support/shared.ts";
import { assertClose, evaluate, refusal } from "./support.ts";
import { inFolder, write } from "../../../support/folders.ts";
import { RESULTS, scores, withSet } from "./coco_runs.ts";

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
