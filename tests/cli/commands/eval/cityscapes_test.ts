import assert from "node:assert/strict";
import { evaluationOf } from "../../../../cli/commands/eval/benchmark.ts";
import { readState, saveState } from "../../../../cli/commands/eval/saved_state.ts";
import { encodeLabelPng, encodeRgbImage, readLabelMap } from "../../../../core/images/mod.ts";
import { listFiles } from "../../../../datasets/list_files.ts";
import { frames, withSet } from "../../../datasets/cityscapes/support.ts";
import { ROOT, shared, testIf, testWithShared } from "../../../support/shared.ts";
import { runCli } from "../../../support/run_cli.ts";
import { testImage } from "../../../support/test_image.ts";
import { CHROMIUM, openPage } from "../../report/browser.ts";
import { assertClose, evaluate, refusal, restore } from "./support.ts";
import { inFolder } from "../../../support/folders.ts";
import { withStreetFrame } from "./street_frame.ts";

const FIXTURE = `${ROOT}tests/fixtures/cityscapes`;

const ON_FIXTURE = ["cityscapes", "--root", FIXTURE, "--predictions", `${FIXTURE}/results`];

/** The files of the ground truth whose names end so. */
async function groundTruth(root: string, ending: string): Promise<string[]> {
  const { paths } = await listFiles(`${root}/gtFine/val`);
  return paths.filter((path) => path.endsWith(ending)).map((path) => `${root}/gtFine/val/${path}`);
}

Deno.test("predictions get the official script's numbers, as JSON in its layout", async () => {
  const { stdout, stderr } = await evaluate([...ON_FIXTURE, "--json"], ROOT);
  const { expected } = JSON.parse(await Deno.readTextFile(`${FIXTURE}/expected.json`));
  assertClose(JSON.parse(stdout), expected);
  assert.match(stderr, /the predictions are read as labelIds: /);
  assert.match(stderr, /3 images scored in /);
});

Deno.test("the table has classes and categories with IoU and iIoU, and their means below a rule", async () => {
  const { stdout } = await evaluate(ON_FIXTURE, ROOT);
  const { expected } = JSON.parse(await Deno.readTextFile(`${FIXTURE}/expected.json`));
  const lines = stdout.split("\n");
  assert.match(lines[0], /^class +IoU +iIoU$/);
  const row = (name: string) => lines.find((line) => line.startsWith(`${name}  `))!.split(/ {2,}/);
  assert.deepEqual(row("road"), ["road", expected.classScores.road.toFixed(4)]);
  assert.deepEqual(row("car"), [
    "car",
    expected.classScores.car.toFixed(4),
    expected.classInstScores.car.toFixed(4),
  ]);
  assert.deepEqual(row("vehicle")[1], expected.categoryScores.vehicle.toFixed(4));
  const means = lines.filter((line) => line.startsWith("mean"));
  assert.deepEqual(means.map((line) => line.split(/ {2,}/)[1]), [
    expected.averageScoreClasses.toFixed(4),
    expected.averageScoreCategories.toFixed(4),
  ]);
});

Deno.test("scores come as Markdown and as one CSV table too, and --per-class adds what was mistaken", async () => {
  const markdown = await evaluate([...ON_FIXTURE, "--format", "markdown", "--per-class"], ROOT);
  assert.match(
    markdown.stdout,
    /^\| class \| IoU \| iIoU \| recall \| precision \| of all pixels \| mostly taken for \|\n/,
  );
  const csv = await evaluate([...ON_FIXTURE, "--format", "csv"], ROOT);
  const rows = csv.stdout.trimEnd().split("\n").map((line) => line.split(","));
  assert.deepEqual(rows[0], ["kind", "name", "IoU", "iIoU"]);
  assert.equal(rows.length, 1 + 19 + 1 + 7 + 1);
  const { expected } = JSON.parse(await Deno.readTextFile(`${FIXTURE}/expected.json`));
  assert.deepEqual(
    rows.find(([kind, name]) => kind === "class" && name === "mean")![2],
    String(expected.averageScoreClasses),
  );
});

Deno.test("a gate that is not met ends the program with status 4, after the scores", async () => {
  await evaluate([...ON_FIXTURE, "--min", "mIoU=0.1,IoU.car=0.1,categoryiIoU=0"], ROOT);
  const { code, stdout, stderr } = await runCli([
    "eval",
    ...ON_FIXTURE,
    "--min",
    "mIoU=0.999,IoU.person=0",
  ], {
    cwd: ROOT,
  });
  assert.equal(code, 4);
  assert.match(stdout, /^class/);
  assert.match(stderr, /below --min: mIoU is 0\.\d+, not 0\.999\n$/);
  assert.match(await refusal([...ON_FIXTURE, "--min", "mIuO=0.1"], ROOT, 2), /did you mean mIoU/);
});

Deno.test("shards merge to the file that one run saves, byte for byte", () =>
  withSet(frames(5), async (root) => {
    const args = ["cityscapes", "--root", root, "--predictions", `${root}/results`, "-q"];
    await evaluate([...args, "--save-state", `${root}/whole.json`], root);
    const parts = [];
    for (const shard of ["1/2", "2/2"]) {
      const path = `${root}/${shard[0]}.json`;
      await evaluate([...args, "--shard", shard, "--save-state", path], root);
      const saved = await readState(path);
      assert.deepEqual(saved.shards, { count: 2, numbers: [Number(shard[0])] });
      parts.push(await restore(saved, path));
    }
    assert.deepEqual(parts.map(({ metric: { images } }) => images), [3, 2]);
    const [{ benchmark, metric, settings }, other] = parts;
    metric.merge(other.metric);
    await saveState(
      `${root}/merged.json`,
      evaluationOf(benchmark, metric, settings),
      { count: 2, numbers: [1, 2] },
    );
    assert.equal(
      await Deno.readTextFile(`${root}/merged.json`),
      await Deno.readTextFile(`${root}/whole.json`),
    );
  }));

Deno.test("a state that was not saved, or is damaged, is refused by its name", () =>
  inFolder(async (cwd) => {
    const path = `${cwd}/state.json`;
    await assert.rejects(readState(path), /state\.json: no such file/);
    for (
      const text of [
        "{",
        "[]",
        `{"format":"bneck evaluation 1","benchmark":"cityscapes","shards":{"count":2,"numbers":[3]}}`,
      ]
    ) {
      await Deno.writeTextFile(path, text);
      await assert.rejects(readState(path), /cannot read .*state\.json/);
    }
    await evaluate([...ON_FIXTURE, "-q", "--save-state", path], cwd);
    const saved = await readState(path);
    for (
      const damaged of [{ ...saved, settings: {} }, {
        ...saved,
        state: { ...saved.state as object, images: -1 },
      }]
    ) {
      await assert.rejects(restore(damaged, path), /state\.json/);
    }
  }));

Deno.test("--limit scores the first frames and needs no prediction for the others", () =>
  withSet(frames(4), async (root) => {
    const args = ["cityscapes", "--root", root, "--predictions", `${root}/results`];
    for (const name of ["ulm_000000_000000", "ulm_000000_000002"]) {
      await Deno.remove(`${root}/results/${name}_pred.png`);
    }
    const { stderr } = await evaluate([...args, "--limit", "2"], root);
    assert.match(stderr, /2 of 4 images scored/);
    const said = await refusal(args, root, 1);
    assert.match(
      said,
      /2 of 4 ground truth images have no prediction in .*results, so nothing was scored:/,
    );
    assert.match(said, /ulm_000000_000000\n {2}ulm_000000_000002\n/);
  }));

Deno.test("of many missing predictions the first ten are named, and how many there are", () =>
  withSet(frames(13), async (root) => {
    for await (const { name } of Deno.readDir(`${root}/results`)) {
      if (!name.startsWith("ulm_000000_000000")) await Deno.remove(`${root}/results/${name}`);
    }
    const said = await refusal(["cityscapes", "--root", root, "--predictions", `${root}/results`], root, 1);
    assert.match(said, /12 of 13 ground truth images have no prediction/);
    assert.equal(said.match(/^ {2}(ulm|bad-honnef)_/gm)!.length, 10);
    assert.match(said, /… and 2 more/);
  }));

Deno.test("predictions that cannot be scored are named with their reason, and there is no score", () =>
  withSet(frames(5), async (root) => {
    const names = (await Array.fromAsync(Deno.readDir(`${root}/results`))).map(({ name }) =>
      `${root}/results/${name}`
    ).sort();
    const good = await readLabelMap(names[0]);
    const [small, odd, rgb, cut] = names;
    await Deno.writeFile(small, encodeLabelPng({ width: 95, height: 48, data: good.data.slice(0, 95 * 48) }));
    await Deno.writeFile(odd, encodeLabelPng({ ...good, data: good.data.map((id, i) => i < 3 ? 99 : id) }));
    await Deno.writeFile(rgb, await encodeRgbImage(testImage(96, 48), "png"));
    const png = await Deno.readFile(cut);
    await Deno.writeFile(cut, png.subarray(0, png.length / 2));
    const said = await refusal(["cityscapes", "--root", root, "--predictions", `${root}/results`], root, 1);
    assert.match(said, /4 of 5 images cannot be scored, so there is no score:/);
    assert.match(said, /the first has 95 × 48 pixels \(width × height\), the second 96 × 48/);
    assert.match(said, /it holds a value outside the label table: 99 \(3 pixels\); known are 0 to 33/);
    assert.match(said, /it is a colour image, not a label map/);
    assert.match(said, /cannot read .*: the PNG .*truncated/);
  }));

Deno.test("labelIds and trainIds are told apart, and a mix of them is refused", () =>
  withSet(frames(3), async (root) => {
    const args = ["cityscapes", "--root", root, "--predictions", `${root}/results`];
    const before = await evaluate(args, root);
    const names = (await Array.fromAsync(Deno.readDir(`${root}/results`))).map(({ name }) =>
      `${root}/results/${name}`
    ).sort();
    const toTrainId = new Map([
      [7, 0],
      [8, 1],
      [11, 2],
      [17, 5],
      [20, 7],
      [21, 8],
      [23, 10],
      [24, 11],
      [25, 12],
      [26, 13],
      [33, 18],
    ]);
    for (const [k, name] of names.entries()) {
      const labels = await readLabelMap(name);
      const data = labels.data.map((id) => toTrainId.get(id) ?? 255);
      await Deno.writeFile(name, encodeLabelPng({ ...labels, data }));
      if (k === 0) {
        const said = await refusal(args, root, 1);
        assert.match(
          said,
          /it looks like (labelIds|trainIds) .*, while the set is read as (trainIds|labelIds)/,
        );
      }
    }
    const after = await evaluate(args, root);
    assert.match(
      after.stderr,
      /the predictions are read as trainIds: the values of .* fit no other numbering/,
    );
    assert.equal(after.stdout, before.stdout);
    assert.equal((await evaluate([...args, "--ids", "trainIds"], root)).stdout, before.stdout);
  }));

Deno.test("a root, split, class or model that is not there is a usage error", () =>
  withSet(frames(1), async (root) => {
    const args = ["cityscapes", "--root", root];
    assert.match(
      await refusal([...args, "--split", "test"], root, 2),
      /cannot find the split "test".*gtFine has: val/,
    );
    assert.match(await refusal(["cityscapes", "--root", `${root}/x`], root, 2), /there is no gtFine in/);
    assert.match(await refusal([...args, "--classes", "raod"], root, 2), /did you mean road/);
    assert.match(await refusal([...args, "-m", "mb3-lagre-075"], root, 2), /did you mean mb3-large-075/);
    assert.match(
      await refusal([...args, "-m", "mb3-large-075", "--predictions", "results"], root, 2),
      /--predictions and --model exclude each other/,
    );
    assert.match(await refusal(["cityscapes"], root, 2), /--root/);
    assert.match(
      await refusal(args, root, 1),
      /1 of 1 ground truth images have no photo in .*leftImg8bit\/val/,
    );
  }));

Deno.test("instances that lack for some frames are reported, --no-instances does without", () =>
  withSet(frames(3), async (root) => {
    const args = ["cityscapes", "--root", root, "--predictions", `${root}/results`];
    await Deno.remove(`${root}/gtFine/val/ulm/ulm_000000_000000_gtFine_instanceIds.png`);
    assert.match(await refusal(args, root, 1), /1 of 3 ground truth images have no \*_instanceIds\.png/);
    const { stdout } = await evaluate([...args, "--no-instances"], root);
    assert.match(stdout, /^class +IoU\n/);
    // Where they are of no use they are not missed.
    await evaluate([...args, "--classes", "road,car"], root);
    for (const path of await groundTruth(root, "_instanceIds.png")) await Deno.remove(path);
    assert.match((await evaluate(args, root)).stderr, /; no iIoU, as there are no \*_instanceIds\.png\n/);
  }));

Deno.test("a ground truth without any scored pixel, as that of test, has no score and says why", () =>
  withSet(frames(2), async (root) => {
    for (const path of await groundTruth(root, "_labelIds.png")) {
      const labels = await readLabelMap(path);
      await Deno.writeFile(path, encodeLabelPng({ ...labels, data: labels.data.map(() => 3) }));
    }
    const args = ["cityscapes", "--root", root, "--predictions", `${root}/results`, "--no-instances"];
    const { stdout, stderr } = await evaluate([...args, "--json"], root);
    assert.equal(JSON.parse(stdout).averageScoreClasses, null);
    assert.match(stderr, /there is no score: the ground truth has no pixel of a class that is scored/);
    // A shard without frames says nothing of the ground truth.
    assert.doesNotMatch((await evaluate([...args, "--shard", "3/3"], root)).stderr, /there is no score/);
  }));

testIf(
  CHROMIUM !== undefined,
  "no chromium",
  "the report holds charts and images, and Chromium shows it without complaint",
  () =>
    withStreetFrame(async (root) => {
      await evaluate(["cityscapes", "--root", root, "--report", "reports/a.html", "-q"], root);
      const path = `${root}/reports/a.html`;
      const text = await Deno.readTextFile(path);
      for (
        const part of [
          "Cityscapes val",
          "IoU of each class",
          "Confusion matrix",
          "ulm_000000_000001",
          "Left out: wall",
        ]
      ) {
        assert.ok(text.includes(part), part);
      }
      assert.equal(text.match(/<img src="data:image\/(png|jpeg);base64,/g)!.length, 4);
      const { console, requests } = await openPage(path);
      assert.deepEqual([console, requests], [[], []]);
    }),
);

testWithShared(
  ["golden/cityscapes.json", "data/cityscapes-synthetic"],
  "the golden cases have the official numbers on the command line, and its errors end with status 1",
  async () => {
    const golden = JSON.parse(await Deno.readTextFile(shared("golden/cityscapes.json")));
    for (
      const [name, { folder, evalInstLevelScore, expected }] of Object.entries<{
        folder?: string;
        evalInstLevelScore: boolean;
        expected: { error?: string };
      }>(golden.cases)
    ) {
      const root = shared(`data/cityscapes-synthetic/${folder ?? name}`);
      const args = ["cityscapes", "--root", root, "--predictions", `${root}/results`, "--json"];
      if (!evalInstLevelScore) args.push("--no-instances");
      if (expected.error === undefined) {
        assertClose(JSON.parse((await evaluate(args, root)).stdout), expected, name);
      } else await refusal(args, root, 1);
    }
  },
);
