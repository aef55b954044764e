import assert from "node:assert/strict";
import { readState } from "../../../../cli/commands/eval/saved_state.ts";
import { encodeLabelPng, encodeRgbImage, readLabelMap } from "../../../../core/images/mod.ts";
import { classIndex, ConfusionMatrix, segmentationScores } from "../../../../datasets/segmentation/mod.ts";
import { assertSameLabels } from "../../../support/same_labels.ts";
import { runCli, spawnCli } from "../../../support/run_cli.ts";
import { shared, testIf, testWithShared } from "../../../support/shared.ts";
import { testImage } from "../../../support/test_image.ts";
import { CHROMIUM, openPage } from "../../report/browser.ts";
import { CAMVID_CLASSES, evaluate, refusal, restore } from "./support.ts";
import { copy, inFolder, write } from "../../../support/folders.ts";
import { STREET_MASK, STREET_PHOTO, STREET_TRUTH } from "../../../support/street.ts";

const ON_STREET = [
  "segmentation",
  "-m",
  "street",
  "--images",
  "images",
  "--labels",
  "labels",
  "--classes",
  "classes.json",
];

/** Runs `test` in a folder with a frame of CamVid, whose labels have CamVid's own ending. */
function withStreet(test: (cwd: string) => Promise<void>): Promise<void> {
  return inFolder(async (cwd) => {
    await copy(STREET_PHOTO, `${cwd}/images/day/street.png`);
    await copy(STREET_TRUTH, `${cwd}/labels/day/street_L.png`);
    await write(`${cwd}/classes.json`, JSON.stringify(CAMVID_CLASSES));
    await test(cwd);
  });
}

/** Runs `test` in a folder with `count` pairs of two classes, 0 and 1, and 255 for neither. */
function withPairs(count: number, test: (cwd: string) => Promise<void>): Promise<void> {
  return inFolder(async (cwd) => {
    for (let k = 0; k < count; k++) {
      const truth = Uint8Array.from({ length: 48 }, (_, i) => i < 8 ? 255 : (i * (k + 3) >> 3) % 2);
      const prediction = truth.map((id, i) => id === 255 || i % (k + 5) === 0 ? 0 : id);
      await write(`${cwd}/labels/${k}.png`, encodeLabelPng({ width: 8, height: 6, data: truth }));
      await write(`${cwd}/out/${k}.ids.png`, encodeLabelPng({ width: 8, height: 6, data: prediction }));
    }
    const classes = [{ id: 0, name: "ground" }, { id: 1, name: "thing" }];
    await write(`${cwd}/classes.json`, JSON.stringify({ classes }));
    await test(cwd);
  });
}

const ON_PAIRS = [
  "segmentation",
  "--predictions",
  "out",
  "--labels",
  "labels",
  "--classes",
  "classes.json",
  "--ignore",
  "255",
];

Deno.test("the embedded model's classes are matched by name and give the scores of its mask in PyTorch", () =>
  withStreet(async (cwd) => {
    const { stdout, stderr } = await evaluate([...ON_STREET, "--json", "--save-predictions", "out"], cwd);
    assert.match(stderr, /1 image scored in .*; network input 360×480\n$/);
    const scores = JSON.parse(stdout);
    const list = { classes: CAMVID_CLASSES.classes, ignore: [11] };
    const matrix = new ConfusionMatrix(classIndex(list));
    matrix.add(await readLabelMap(STREET_MASK), await readLabelMap(STREET_TRUTH));
    const expected = segmentationScores(matrix.counts, list.classes);
    assert.deepEqual(scores.confusionMatrix, matrix.result());
    assert.equal(scores.mIoU, expected.meanIou);
    assert.equal(scores.pixelAccuracy, expected.pixelAccuracy);
    assert.equal(scores.meanAccuracy, expected.meanAccuracy);
    assert.equal(scores.fwIoU, expected.frequencyWeightedIou);
    assert.deepEqual(scores.classes, expected.classes);
    assert.deepEqual([scores.model, scores.size, scores.images, scores.leftOut], [
      "mb3-large-075.coco-street",
      null,
      1,
      [],
    ]);
    assertSameLabels(await readLabelMap(`${cwd}/out/day/street.ids.png`), await readLabelMap(STREET_MASK));
  }));

Deno.test("saved predictions score as the model did", () =>
  withStreet(async (cwd) => {
    const first = await evaluate([...ON_STREET, "--format", "csv", "--save-predictions", "out"], cwd);
    const args = ["segmentation", "--predictions", "out", "--labels", "labels", "--classes", "classes.json"];
    const second = await evaluate([...args, "--format", "csv"], cwd);
    assert.equal(second.stdout, first.stdout);
    assert.match(
      first.stdout,
      /^metric,score\nmIoU,0\.\d+\npixelAccuracy,0\.\d+\nmeanAccuracy,0\.\d+\nfwIoU,0\.\d+\n$/,
    );
  }));

Deno.test("classes that the model does not know are left out, and its own others are mistakes", () =>
  withStreet(async (cwd) => {
    const classes = CAMVID_CLASSES.classes.filter(({ name }) => name !== "Tree")
      .map(({ id, name }) => name === "Sky" ? { id, name: "Heaven" } : { id, name });
    await write(`${cwd}/classes.json`, JSON.stringify({ ignore: [11, 5], classes }));
    const { stdout, stderr } = await evaluate([...ON_STREET, "--json"], cwd);
    assert.match(stderr, /the data set has no class for sky, tree; they count as mistakes where predicted/);
    assert.match(
      stderr,
      /the scores are over 9 of 10 classes: the model does not know Heaven, whose pixels are left out/,
    );
    const { mIoU, confusionMatrix, leftOut } = JSON.parse(stdout);
    assert.deepEqual(leftOut, ["Heaven"]);

    const kept = CAMVID_CLASSES.classes.filter(({ id }) => id !== 0 && id !== 5);
    const matrix = new ConfusionMatrix(classIndex({ classes: kept, ignore: [0, 5, 11] }));
    matrix.add(await readLabelMap(STREET_MASK), await readLabelMap(STREET_TRUTH));
    assert.deepEqual(confusionMatrix, matrix.result());
    assert.equal(mIoU, segmentationScores(matrix.counts, kept).meanIou);

    // Told that the one is the other, everything is scored again.
    const told = await evaluate([...ON_STREET, "--json", "--map-predictions", "0:0"], cwd);
    assert.deepEqual(JSON.parse(told.stdout).leftOut, []);
  }));

Deno.test("a model without a class in common with the data set is refused", () =>
  withStreet(async (cwd) => {
    await write(
      `${cwd}/classes.json`,
      JSON.stringify({ classes: [{ id: 0, name: "cat" }, { id: 1, name: "dog" }] }),
    );
    const said = await refusal(ON_STREET, cwd, 2);
    assert.match(said, /no class in common: sky, building, .* against cat, dog \(.*--map-predictions\)/);
    assert.match(
      await refusal([...ON_STREET, "--map-predictions", "40:1"], cwd, 2),
      /names class 40, which the model does not have/,
    );
    assert.match(
      await refusal([...ON_STREET, "--map-predictions", "4:7"], cwd, 2),
      /pavement to 7, which is not an id/,
    );
  }));

Deno.test("--per-class shows what each class was taken for, --boundary how well its outline fits", () =>
  withStreet(async (cwd) => {
    const { stdout } = await evaluate([...ON_STREET, "--per-class", "--boundary", "3"], cwd);
    assert.match(stdout, /^class +IoU +boundary F +recall +precision +of all pixels +mostly taken for\n/);
    assert.match(stdout, /\nSignSymbol +0\.\d{4} +0\.\d{4} +0\.\d{4} +0\.\d{4} +\d+\.\d % +\w+ \d+\.\d %\n/);
    assert.match(stdout, /\nmean +0\.\d{4} +0\.\d{4}\n\nmetric/);
    assert.match(stdout, /\nboundaryF +0\.\d{4}\n$/);
    const more = JSON.parse((await evaluate([...ON_STREET, "--json", "--boundary", "9"], cwd)).stdout);
    assert.ok(more.boundaryF > Number(stdout.match(/boundaryF +(\S+)/)![1]));
    assert.equal(more.boundaryTolerance, 9);
    assert.ok(more.classes[3].boundaryF > 0.5);
  }));

Deno.test("predictions of any folder pair are scored, ignored ids left out", () =>
  withPairs(3, async (cwd) => {
    const scores = JSON.parse((await evaluate([...ON_PAIRS, "--json"], cwd)).stdout);
    assert.deepEqual([scores.images, scores.pixels, scores.ignoredPixels], [3, 120, 24]);
    assert.match(
      await refusal(ON_PAIRS.slice(0, -2), cwd, 1),
      /3 of 3 images cannot be scored, so there is no score:\n {2}cannot score labels\/0\.png: it holds a value outside the label table: 255 \(8 pixels\); known are 0 and 1/,
    );
  }));

Deno.test("label maps change ids before they are scored", () =>
  withPairs(2, async (cwd) => {
    const before = (await evaluate([...ON_PAIRS, "--format", "csv"], cwd)).stdout;
    for (const folder of ["labels", "out"]) {
      for await (const { name } of Deno.readDir(`${cwd}/${folder}`)) {
        const labels = await readLabelMap(`${cwd}/${folder}/${name}`);
        const data = Uint16Array.from(labels.data, (id) => id === 255 ? 255 : id + 300);
        await Deno.writeFile(`${cwd}/${folder}/${name}`, encodeLabelPng({ ...labels, data }));
      }
    }
    await refusal(ON_PAIRS, cwd, 1);
    await write(`${cwd}/map.json`, `{ "300": 0, "301": 1 }`);
    const args = [...ON_PAIRS, "--map", "map.json", "--map-predictions", "300:0,301:1", "--format", "csv"];
    assert.equal((await evaluate(args, cwd)).stdout, before);
    assert.match(
      await refusal([...ON_PAIRS, "--map", "300:9"], cwd, 2),
      /maps 300 to 9, which is neither a class/,
    );
  }));

Deno.test("--list scores the names it holds, --limit the first ones, and the rest needs no prediction", () =>
  withPairs(4, async (cwd) => {
    await write(`${cwd}/val.txt`, "3\r\n1\n\n");
    for (const k of [0, 2]) await Deno.remove(`${cwd}/out/${k}.ids.png`);
    const listed = await evaluate([...ON_PAIRS, "--list", "val.txt"], cwd);
    assert.match(listed.stderr, /2 images scored/);
    assert.match(
      await refusal([...ON_PAIRS, "--limit", "2"], cwd, 1),
      /1 of 2 ground truth images have no prediction/,
    );
    await copy(`${cwd}/out/1.ids.png`, `${cwd}/out/0.ids.png`);
    assert.match((await evaluate([...ON_PAIRS, "--limit", "2"], cwd)).stderr, /2 of 4 images scored/);
    await write(`${cwd}/val.txt`, "3\n7\n");
    assert.match(
      await refusal([...ON_PAIRS, "--list", "val.txt"], cwd, 1),
      /1 of the 2 names .* have no label image/,
    );
  }));

Deno.test("files that nothing is scored on are named", () =>
  withPairs(2, async (cwd) => {
    await copy(`${cwd}/out/1.ids.png`, `${cwd}/out/7.ids.png`);
    const { stderr } = await evaluate(ON_PAIRS, cwd);
    assert.match(stderr, /warning: 1 prediction left out for lack of ground truth: out\/7\.ids\.png\n/);
  }));

Deno.test("photos that cannot be read or have another size than their labels stop the score", () =>
  withStreet(async (cwd) => {
    const photo = await Deno.readFile(STREET_PHOTO);
    await write(`${cwd}/images/day/cut.png`, photo.subarray(0, photo.length / 2));
    await write(`${cwd}/images/day/small.png`, await encodeRgbImage(testImage(48, 36), "png"));
    for (const name of ["cut", "small"]) await copy(STREET_TRUTH, `${cwd}/labels/day/${name}_L.png`);
    const said = await refusal(ON_STREET, cwd, 1);
    assert.match(said, /2 of 3 images cannot be scored, so there is no score:/);
    assert.match(said, /cannot read images\/day\/cut\.png/);
    assert.match(
      said,
      /cannot score images\/day\/small\.png against labels\/day\/small_L\.png: the first has 48 × 36 .* the second 480 × 360/,
    );
  }));

Deno.test("shards are merged to the scores and the state of one run", () =>
  withPairs(5, async (cwd) => {
    const args = [...ON_PAIRS, "--boundary", "1", "-q"];
    const whole = await evaluate([...args, "--json", "--save-state", "whole.json"], cwd);
    const parts = [];
    for (const shard of ["1/3", "2/3", "3/3"]) {
      await evaluate([...args, "--shard", shard, "--save-state", "part.json"], cwd);
      const saved = await readState(`${cwd}/part.json`);
      parts.push(await restore(saved, "part.json"));
    }
    const [first, ...others] = parts.reverse();
    const { benchmark, metric, settings } = first;
    for (const other of others) metric.merge(other.metric);
    assert.equal(JSON.stringify(benchmark.present(metric, settings).json(), null, 2) + "\n", whole.stdout);
    assert.deepEqual(JSON.parse(JSON.stringify(metric)), (await readState(`${cwd}/whole.json`)).state);
  }));

Deno.test("gates name metrics and classes, and one that is not met ends with status 4", () =>
  withPairs(2, async (cwd) => {
    await evaluate([...ON_PAIRS, "--min", "mIoU=0.1,pixelAccuracy=0.1,IoU.thing=0.1"], cwd);
    const { code, stderr } = await runCli(["eval", ...ON_PAIRS, "--min", "fwIoU=1"], { cwd });
    assert.equal(code, 4);
    assert.match(stderr, /below --min: fwIoU is 0\.\d+, not 1\n$/);
    assert.match(
      await refusal([...ON_PAIRS, "--min", "boundaryF=0.1"], cwd, 2),
      /--min boundaryF: unknown name/,
    );
  }));

Deno.test("folders, classes and predictions that are not there are usage errors", () =>
  withPairs(1, async (cwd) => {
    const labels = ["--labels", "labels", "--classes", "classes.json"];
    assert.match(
      await refusal(["segmentation", ...labels], cwd, 2),
      /give --images to run a model over, or --predictions/,
    );
    assert.match(
      await refusal(["segmentation", "--predictions", "x", ...labels], cwd, 2),
      /the folder x: it does not exist/,
    );
    assert.match(
      await refusal(
        ["segmentation", "--predictions", "out", "--labels", "labels", "--classes", "x.json"],
        cwd,
        2,
      ),
      /cannot read the class list x\.json/,
    );
    assert.match(await refusal([...ON_PAIRS, "--save-predictions", "y"], cwd, 2), /exclude each other/);
    assert.match(
      await refusal([...ON_PAIRS, "--ignore", "x"], cwd, 2),
      /--ignore x: expected a whole number from 0 to 65535/,
    );
    assert.match(await refusal([...ON_PAIRS, "--json", "--format", "csv"], cwd, 2), /exclude each other/);
  }));

Deno.test("an interrupted evaluation prints no score and exits with 130", () =>
  withStreet(async (cwd) => {
    for (let k = 0; k < 400; k++) {
      await Deno.symlink(`${cwd}/images/day/street.png`, `${cwd}/images/${k}.png`);
      await Deno.symlink(`${cwd}/labels/day/street_L.png`, `${cwd}/labels/${k}.png`);
    }
    const child = spawnCli(["eval", ...ON_STREET, "--save-predictions", "out"], { cwd });
    await child.stdin.close();
    const stdout = new Response(child.stdout).text();
    const stderr = new Response(child.stderr).text();
    const saved = () => {
      try {
        return [...Deno.readDirSync(`${cwd}/out`)].some(({ name }) => name.endsWith(".ids.png"));
      } catch {
        return false;
      }
    };
    while (!saved()) await new Promise((resolve) => setTimeout(resolve, 20));
    child.kill("SIGINT");
    assert.equal((await child.status).code, 130, await stderr);
    assert.equal(await stdout, "");
  }));

testIf(
  CHROMIUM !== undefined,
  "no chromium",
  "the report shows hostile names as text, and Chromium does not complain",
  () =>
    withPairs(3, async (cwd) => {
      const name = `<img src="http:__x.invalid">&`;
      const classes = [{ id: 0, name: `<script>alert("x")</script>` }, {
        id: 1,
        name: "thing",
        color: [200, 30, 30],
      }];
      await write(`${cwd}/classes.json`, JSON.stringify({ classes }));
      await Deno.rename(`${cwd}/labels/0.png`, `${cwd}/labels/${name}.png`);
      await Deno.rename(`${cwd}/out/0.ids.png`, `${cwd}/out/${name}.ids.png`);
      await evaluate([...ON_PAIRS, "--report", "report.html"], cwd);
      const text = await Deno.readTextFile(`${cwd}/report.html`);
      assert.doesNotMatch(text, /<script|<img src="http/);
      assert.match(text, /&lt;img src=&quot;http:__x\.invalid&quot;&gt;&amp;/);
      // A class without a colour is given one, in the charts as in the images.
      assert.match(
        text,
        /background:rgb\(128 0 0\)"><\/span>&lt;script.*background:#000"><\/span>none of them/s,
      );
      // Without photos: truth, prediction and errors of each.
      assert.equal(text.match(/<img src="data:image\//g)!.length, 3 * 3);
      const { console, requests } = await openPage(`${cwd}/report.html`);
      assert.deepEqual([console, requests], [[], []]);
    }),
);

for (const [split, golden] of [["test", 0.594], ["val", 0.699]] as const) {
  testWithShared(
    "data/camvid-mini",
    `the embedded model has its published mIoU on CamVid's ${split} frames`,
    async () => {
      const root = shared("data/camvid-mini");
      const folders = ["--images", `${root}/${split}/images`, "--labels", `${root}/${split}/labels`];
      const args = ["segmentation", "-m", "street", ...folders, "--classes", `${root}/classes.json`];
      const { stdout } = await evaluate([...args, "--min", `mIoU=${golden - 0.0005}`], root);
      assert.match(stdout, new RegExp(`\nmIoU +${golden.toFixed(3)}`));
    },
  );
}

Deno.test("scores over a part of the classes say so in every form and where a gate is not met", () =>
  withStreet(async (cwd) => {
    const args = ON_STREET.with(2, "everyday");
    const over = /scores over 2 of 11 classes/;
    assert.match((await evaluate(args, cwd)).stdout, over);
    assert.match((await evaluate([...args, "--format", "markdown"], cwd)).stdout, over);
    assert.match((await evaluate([...args, "--per-class"], cwd)).stdout, /\nmean over 2 of 11 classes /);
    assert.match(
      (await evaluate([...args, "--format", "csv"], cwd)).stdout,
      /^scoredClasses,2\nleftOutClasses,9$/m,
    );
    const gate = await runCli(["eval", ...args, "--min", "mIoU=1"], { cwd });
    assert.equal(gate.code, 4, gate.stderr);
    assert.match(gate.stderr, /below --min: mIoU is .*; scores over 2 of 11 classes/);
  }));

Deno.test("a report or a state that would replace what is read is refused, and the file is left as it is", () =>
  withPairs(2, async (cwd) => {
    await write(`${cwd}/names.txt`, "0\n1\n");
    for (const name of ["0", "1"]) await copy(`${cwd}/labels/${name}.png`, `${cwd}/photos/${name}.png`);
    for (
      const [args, message] of [
        [["--report", "classes.json"], /--report would replace classes\.json, the file of --classes/],
        [["--save-state", "./labels/1.png"], /--save-state would replace \.\/labels\/1\.png, a label/],
        [["--report", "out/0.ids.png"], /--report would replace out\/0\.ids\.png, an image/],
        [["--list", "names.txt", "--report", "names.txt"], /would replace names\.txt, the file of --list/],
        [
          ["--report", "r.html", "--save-state", "./r.html"],
          /would replace .*r\.html, the file of --save-state|the file of --report/,
        ],
      ] as const
    ) {
      const [path] = args.slice(-1);
      const before = await Deno.readFile(`${cwd}/${path}`).catch(() => undefined);
      assert.match(await refusal([...ON_PAIRS, "--images", "photos", ...args], cwd, 2), message);
      assert.deepEqual(await Deno.readFile(`${cwd}/${path}`).catch(() => undefined), before);
    }
  }));
