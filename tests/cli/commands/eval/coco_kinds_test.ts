/** Keypoints, LVIS, and several annotation files. */
import assert from "node:assert/strict";
import { ExitStatus } from "../../../../core/errors.ts";
import { runCli } from "../../../support/run_cli.ts";
import { ROOT } from "../../../support/shared.ts";
import { evaluate, inFolder, refusal, write } from "./support.ts";

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
      assert.match(stderr, /does not look into errors/);
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
    assert.match(await refusal(running, cwd, USAGE), /needs keypoints, and the model finds boxes/);
  }));
