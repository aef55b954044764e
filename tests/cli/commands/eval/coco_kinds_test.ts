/** Keypoints, LVIS, and several annotation files. */
import assert from "node:assert/strict";
import { ExitStatus } from "../../../../core/errors.ts";
import { runCli } from "../../../support/run_cli.ts";
import { ROOT } from "../../../support/shared.ts";
import { evaluate, refusal } from "./support.ts";
import { inFolder, write } from "../../../support/folders.ts";

const USAGE = ExitStatus.usage;

interface Kind {
  readonly name: string;
  readonly params: { readonly iouType: string; readonly oksSigmas?: number[]; readonly lvis?: boolean };
  readonly truth: unknown;
  readonly results: unknown;
  readonly stats: readonly number[];
  readonly lines: readonly string[];
}

const KINDS: readonly Kind[] = JSON.parse(Deno.readTextFileSync(`${ROOT}tests/fixtures/coco/kinds.json`));

/** Runs `test` in a folder with the files of a small set, and the flags to score them. */
function withKind(name: string, test: (cwd: string, args: string[], kind: Kind) => Promise<void>) {
  const kind = KINDS.find((one) => one.name === name)!;
  const { iouType, oksSigmas, lvis } = kind.params;
  return inFolder(async (cwd) => {
    await write(`${cwd}/truth.json`, JSON.stringify(kind.truth));
    await write(`${cwd}/results.json`, JSON.stringify(kind.results));
    const args = [
      "coco",
      "--annotations",
      "truth.json",
      "--detections",
      "results.json",
      "--iou-type",
      iouType,
    ];
    if (oksSigmas) args.push("--oks-sigmas", oksSigmas.join());
    if (lvis) args.push("--lvis");
    await test(cwd, args, kind);
  });
}

for (const { name } of KINDS) {
  Deno.test(`${name}: the first lines are those of the reference`, () =>
    withKind(name, async (cwd, args, { lines }) => {
      const { stdout } = await evaluate(args, cwd);
      assert.equal(stdout.split("\n").slice(0, lines.length).join("\n"), lines.join("\n"));
    }));
}

Deno.test("JSON, CSV and gates of keypoints have the ten names", () =>
  withKind("keypoints", async (cwd, args, { stats }) => {
    const { stdout } = await evaluate([...args, "--json"], cwd);
    const { metrics } = JSON.parse(stdout);
    const names = ["AP", "AP50", "AP75", "APmedium", "APlarge", "AR", "AR50", "AR75", "ARmedium", "ARlarge"];
    assert.deepEqual(Object.keys(metrics), names);
    assert.ok(Math.abs(metrics.AR75 - stats[7]) < 1e-12);
    const csv = (await evaluate([...args, "--format", "csv", "--per-class"], cwd)).stdout;
    assert.match(csv, /^class,objects,AP,AP50,AP75,APmedium,APlarge,AR,AR50,/);
    assert.match((await evaluate([...args, "--per-class"], cwd)).stdout, /person .*\d/);
    await evaluate([...args, "--min", "AR50=0.01"], cwd);
    const { code } = await runCli(["eval", ...args, "--min", "AR50=1"], { cwd });
    assert.equal(code, ExitStatus.gateNotMet);
  }));

Deno.test("a report of keypoints or of LVIS has everything but errors, and says so", async () => {
  for (const name of ["keypoints", "lvis_bbox"]) {
    await withKind(name, async (cwd, args) => {
      const { stderr } = await evaluate([...args, "--report", "report.html"], cwd);
      assert.match(stderr, /does not analyse errors/);
      const html = await Deno.readTextFile(`${cwd}/report.html`);
      assert.match(html, name === "keypoints" ? /keypoints \(OKS\)/ : /APr/);
    });
  }
});

Deno.test("shards of an evaluation by the rules of LVIS merge to the same numbers", () =>
  withKind("lvis_segm", async (cwd, args) => {
    for (const shard of [1, 2]) {
      await evaluate([...args, "--shard", `${shard}/2`, "--save-state", `${shard}.json`], cwd);
    }
    const merged = JSON.parse((await evaluate(["merge", "1.json", "2.json", "--json"], cwd)).stdout);
    const whole = JSON.parse((await evaluate([...args, "--json"], cwd)).stdout);
    assert.deepEqual(merged.metrics, whole.metrics);
    assert.equal(merged.lvis, true);
  }));

Deno.test("two results files are compared by keypoints and by the rules of LVIS", async () => {
  for (const name of ["keypoints_own", "lvis_bbox"]) {
    await withKind(name, async (cwd, args, { results, stats }) => {
      await write(`${cwd}/half.json`, JSON.stringify((results as unknown[]).filter((_, i) => i % 2 === 0)));
      const others = args.filter((arg) => arg !== "--detections" && arg !== "results.json");
      const compare = [...others, "--compare", "results.json", "half.json", "--samples", "10", "--json"];
      const { metrics } = JSON.parse((await evaluate(compare, cwd)).stdout);
      assert.ok(Math.abs(metrics.AP.first - stats[0]) < 1e-12);
    });
  }
});

Deno.test("an LVIS file scored without --lvis is named with the flag", () =>
  withKind("lvis_bbox", async (cwd, args) => {
    const { stderr } = await evaluate(args.filter((arg) => arg !== "--lvis"), cwd);
    assert.match(stderr, /it is an LVIS file/);
    assert.match(stderr, /--lvis applies the rules of LVIS/);
    assert.doesNotMatch((await evaluate(args, cwd)).stderr, /--lvis applies/);
  }));

Deno.test("flags that do not go with keypoints or LVIS are refused", () =>
  withKind("keypoints", async (cwd, args) => {
    const bbox = args.map((arg) => arg === "keypoints" ? "bbox" : arg);
    assert.match(await refusal([...bbox, "--oks-sigmas", "0.1"], cwd, USAGE), /--iou-type keypoints/);
    assert.match(await refusal([...args, "--lvis"], cwd, USAGE), /no keypoints/);
    assert.match(await refusal([...args, "--oks-sigmas", "0"], cwd, USAGE), /above 0/);
    assert.match(
      await refusal([...args, "--oks-sigmas", "0.1,0.1"], cwd, USAGE),
      /51 numbers, not 6.*--oks-sigmas/s,
    );
    const running = ["coco", "--annotations", "truth.json", "--images", ".", "--iou-type", "keypoints"];
    assert.match(await refusal(running, cwd, USAGE), /needs keypoints, which no model finds/);
  }));

/** Two sets of the same classes: all objects are found, and half of them. */
async function writeTwoSets(cwd: string): Promise<void> {
  const set = (ids: number[]) => ({
    images: ids.map((id) => ({ id, width: 200, height: 200 })),
    annotations: ids.map((id) => ({
      id,
      image_id: id,
      category_id: 1,
      bbox: [10, 10, 50, 50],
      area: 2500,
      iscrowd: 0,
    })),
    categories: [{ id: 1, name: "cat" }],
  });
  const found = (ids: number[]) =>
    ids.map((image_id) => ({ image_id, category_id: 1, bbox: [10, 10, 50, 50], score: 0.01 }));
  await write(`${cwd}/day.json`, JSON.stringify(set([1, 2])));
  await write(`${cwd}/night.json`, JSON.stringify(set([3, 4, 5, 6])));
  await write(`${cwd}/day-found.json`, JSON.stringify(found([1, 2])));
  await write(`${cwd}/night-found.json`, JSON.stringify(found([3, 4])));
  await write(`${cwd}/night-more.json`, JSON.stringify(found([3, 4, 5, 6])));
}

const DAY = ["--annotations", "day.json", "--detections", "day-found.json"];
const NIGHT = ["--annotations", "night.json", "--detections", "night-found.json"];

Deno.test("several annotation files with their results make a table with a mean, in every form", () =>
  inFolder(async (cwd) => {
    await writeTwoSets(cwd);
    const { stdout } = await evaluate(["coco", ...DAY, ...NIGHT], cwd);
    const cells = stdout.trimEnd().split("\n").map((line) => line.trim().split(/\s+/).slice(0, 4).join(" "));
    assert.equal(cells[0], "set images objects AP");
    assert.deepEqual(cells.filter((line) => /^[a-z]/.test(line)).slice(1), [
      "day.json 2 2 1.000",
      "night.json 4 4 0.505",
      "mean 6 6 0.752",
    ]);
    const { sets, mean } = JSON.parse((await evaluate(["coco", ...DAY, ...NIGHT, "--json"], cwd)).stdout);
    assert.equal(sets.length, 2);
    assert.equal(sets[1].annotations, "night.json");
    assert.equal(sets[1].detections, "night-found.json");
    const alone = JSON.parse((await evaluate(["coco", ...NIGHT, "--json"], cwd)).stdout);
    assert.deepEqual(sets[1].metrics, alone.metrics);
    assert.ok(Math.abs(mean.AP - (sets[0].metrics.AP + sets[1].metrics.AP) / 2) < 1e-12);
    assert.equal(mean.APlarge, null);
    const csv = (await evaluate(["coco", ...DAY, ...NIGHT, "--format", "csv"], cwd)).stdout;
    assert.match(csv, /^set,images,objects,AP,AP50,.*\nday\.json,2,2,.*\nnight\.json,4,4,.*\nmean,6,6,/);
  }));

Deno.test("several results of one annotation file make a table, too", () =>
  inFolder(async (cwd) => {
    await writeTwoSets(cwd);
    const { stdout } = await evaluate(["coco", ...NIGHT, "--detections", "night-more.json"], cwd);
    assert.match(stdout, /^night-found\.json +4 +4 +0\.505/m);
    assert.match(stdout, /^night-more\.json +4 +4 +1\.000/m);
  }));

Deno.test("--min of several sets is about their mean, and what is of one set is refused", () =>
  inFolder(async (cwd) => {
    await writeTwoSets(cwd);
    const both = ["coco", ...DAY, ...NIGHT];
    await evaluate([...both, "--min", "AP=0.7"], cwd);
    const { code, stderr } = await runCli(["eval", ...both, "--min", "AP=0.8"], { cwd });
    assert.equal(code, ExitStatus.gateNotMet);
    assert.match(stderr, /AP is 0\.75/);
    for (
      const [args, pattern] of [
        [[...both, "--per-class"], /--per-class is for one set, and there are 2/],
        [[...both, "--report", "x.html"], /--report is for one set/],
        [[...both, "--annotations", "day-found.json"], /2 --detections for 3 --annotations/],
        [[...both, "--min", "AP.cat=1"], /AP\.cat/],
        [["coco", "--annotations", "day.json", "--annotations", "night.json"], /nothing to score/],
        [
          ["coco", "--annotations", "day.json", "--annotations", "night.json", "--compare", "a", "b"],
          /--compare takes one --annotations/,
        ],
      ] as const
    ) assert.match(await refusal(args, cwd, USAGE), pattern);
  }));
