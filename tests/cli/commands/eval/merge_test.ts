import assert from "node:assert/strict";
import { delimiter, join } from "node:path";
import { encodeLabelPng, encodeRgbImage } from "../../../../core/images/mod.ts";
import { runCli, taskPermissions } from "../../../support/run_cli.ts";
import { ROOT, shared, testIf, testWithShared } from "../../../support/shared.ts";
import { testImage } from "../../../support/test_image.ts";
import { smallSet, writeSmallSet } from "./coco_set.ts";
import { evaluate, refusal } from "./support.ts";
import { copy, inFolder, write } from "../../../support/folders.ts";
import { STREET_PHOTO } from "../../../support/street.ts";

const RESULTS = ["coco", "--annotations", "truth.json", "--detections", "results.json"];

/** Runs shards of an evaluation; returns the files of their states. */
async function runShards(args: readonly string[], count: number, cwd: string): Promise<string[]> {
  const states = Array.from({ length: count }, (_, i) => `part-${i + 1}.json`);
  for (const [i, state] of states.entries()) {
    await evaluate([...args, "--shard", `${i + 1}/${count}`, "--save-state", state, "-q"], cwd);
  }
  return states;
}

/** Asserts that shards merge, in any order, to what one run prints in every form, and saves. */
async function assertMergesToOneRun(args: readonly string[], count: number, cwd: string): Promise<void> {
  await evaluate([...args, "--save-state", "whole.json", "-q"], cwd);
  const states = await runShards(args, count, cwd);
  for (const order of [states, states.toReversed()]) {
    await evaluate(["merge", ...order, "--save-state", "merged.json", "-q"], cwd);
    assert.equal(await Deno.readTextFile(`${cwd}/merged.json`), await Deno.readTextFile(`${cwd}/whole.json`));
  }
  for (const form of [["--json"], ["--per-class"], ["--per-class", "--format", "csv"]]) {
    const merged = await evaluate(["merge", ...states, ...form], cwd);
    assert.equal(merged.stdout, (await evaluate([...args, ...form], cwd)).stdout);
  }
}

Deno.test("shards of COCO results merge to what one run prints and saves, byte for byte", () =>
  inFolder(async (cwd) => {
    await writeSmallSet(cwd, 25);
    await assertMergesToOneRun(RESULTS, 4, cwd);
    await assertMergesToOneRun(
      [...RESULTS, "--limit", "11", "--classes", "cat,car", "--max-dets", "1,2,100"],
      2,
      cwd,
    );
    // More shards than images: some have none.
    await assertMergesToOneRun([...RESULTS, "--limit", "2"], 3, cwd);
  }));

Deno.test("shards take every n-th image by id, whatever the order of the file", () =>
  inFolder(async (cwd) => {
    await writeSmallSet(cwd, 5);
    const { truth } = smallSet(5);
    await write(`${cwd}/truth.json`, JSON.stringify({ ...truth, images: truth.images.toReversed() }));
    const ids = async (shard: string) => {
      const path = `${cwd}/state.json`;
      await evaluate([...RESULTS, "--shard", shard, "--save-state", "state.json", "-q"], cwd);
      const { state } = JSON.parse(await Deno.readTextFile(path));
      return [...new Float64Array(Uint8Array.fromBase64(state.imageIds).buffer)];
    };
    assert.deepEqual([await ids("1/2"), await ids("2/2")], [[100, 114, 128], [107, 121]]);
  }));

Deno.test("shards of a model's run merge to what one run gives", () =>
  inFolder(async (cwd) => {
    const { truth } = smallSet(4);
    for (const { file_name } of truth.images) await copy(STREET_PHOTO, `${cwd}/images/${file_name}`);
    await write(`${cwd}/truth.json`, JSON.stringify(truth));
    const args = ["coco", "--annotations", "truth.json", "--images", "images", "--size", "192"];
    await evaluate([...args, "--save-state", "whole.json", "-q"], cwd);
    const states = await runShards(args, 2, cwd);
    await evaluate(["merge", ...states, "--save-state", "merged.json", "-q"], cwd);
    assert.equal(await Deno.readTextFile(`${cwd}/merged.json`), await Deno.readTextFile(`${cwd}/whole.json`));

    const [first] = states;
    await evaluate([...args.with(-1, "224"), "--shard", "2/2", "--save-state", "other.json", "-q"], cwd);
    const stderr = await refusal(["merge", first, "other.json"], cwd, 2);
    assert.match(
      stderr,
      /cannot merge other\.json with part-1\.json: they differ in size \("224" and "192"\)/,
    );
  }));

Deno.test("missing shards are named, and gates hold for what is merged", () =>
  inFolder(async (cwd) => {
    await writeSmallSet(cwd, 12);
    const [first, second, third, fourth] = await runShards(RESULTS, 4, cwd);
    const some = await evaluate(["merge", third, first, "--json", "--save-state", "some.json"], cwd);
    assert.match(some.stderr, /warning: shards 2, 4 of 4 are missing: these are the scores of the others/);
    assert.equal(JSON.parse(some.stdout).images, 6);
    // What was merged is merged with the rest.
    const rest = await evaluate(["merge", fourth, "some.json", second, "--json"], cwd);
    assert.equal(rest.stdout, (await evaluate([...RESULTS, "--json"], cwd)).stdout);
    assert.doesNotMatch(rest.stderr, /missing/);
    assert.equal(
      (await runCli(["eval", "merge", first, second, third, fourth, "--min", "AP=1"], { cwd })).code,
      4,
    );
    assert.match(await refusal(["merge", first, "--min", "APP=1"], cwd, 2), /--min APP: unknown name/);
    // One state alone is shown as it is.
    const { stdout } = await evaluate(["merge", second, "--json"], cwd);
    assert.equal(stdout, (await evaluate([...RESULTS, "--shard", "2/4", "--json"], cwd)).stdout);
  }));

Deno.test("of a state that claims a million shards only some missing ones are named", () =>
  inFolder(async (cwd) => {
    const set = `${ROOT}tests/fixtures/cityscapes`;
    const args = ["cityscapes", "--root", set, "--predictions", `${set}/results`];
    await evaluate([...args, "--shard", "1/2", "--save-state", "part.json", "-q"], cwd);
    const state = JSON.parse(await Deno.readTextFile(`${cwd}/part.json`));
    const count = 1_000_000;
    await write(`${cwd}/part.json`, JSON.stringify({ ...state, shards: { count, numbers: [2] } }));
    const { stderr } = await evaluate(["merge", "part.json"], cwd);
    assert.match(
      stderr,
      new RegExp(`warning: shards 1, 3, .*, 21 and ${count - 21} more of ${count} are missing`),
    );
  }));

Deno.test("states that do not belong together are refused by name", () =>
  inFolder(async (cwd) => {
    await writeSmallSet(cwd, 6);
    const [first, second] = await runShards(RESULTS, 2, cwd);
    const other = (name: string, ...more: string[]) =>
      evaluate([...RESULTS, "--shard", "2/2", "--save-state", name, "-q", ...more], cwd);
    await other("classes.json", "--classes", "cat");
    await evaluate([...RESULTS, "--shard", "3/3", "--save-state", "third.json", "-q"], cwd);
    await evaluate([...RESULTS, "--save-state", "whole.json", "-q"], cwd);
    const { truth } = smallSet(6);
    const [annotation, ...rest] = truth.annotations;
    const annotations = [{ ...annotation, area: annotation.area + 1 }, ...rest];
    await write(`${cwd}/truth.json`, JSON.stringify({ ...truth, annotations }));
    await other("annotations.json");

    const cases: [string[], RegExp][] = [
      [[first, first], /cannot merge part-1\.json: shard 1\/2 is in part-1\.json too/],
      [[first, "third.json"], /cannot merge third\.json, one of 3 shards, with part-1\.json, one of 2/],
      [[first, "whole.json"], /cannot merge whole\.json: it holds the whole set/],
      [
        [first, "classes.json"],
        /cannot merge classes\.json with part-1\.json: it has other thresholds, classes/,
      ],
      [
        [first, "annotations.json"],
        /cannot merge annotations\.json with part-1\.json: they differ in annotations$/m,
      ],
    ];
    for (const [states, message] of cases) assert.match(await refusal(["merge", ...states], cwd, 2), message);
    assert.match(
      await refusal(["merge", first, second, "--save-state", second], cwd, 2),
      /--save-state would replace part-2\.json, an input/,
    );
  }));

Deno.test("shards that scored different results files are refused; states without the digest merge as before", () =>
  inFolder(async (cwd) => {
    await writeSmallSet(cwd, 6);
    const [first, second] = await runShards(RESULTS, 2, cwd);
    await write(`${cwd}/results.json`, `${await Deno.readTextFile(`${cwd}/results.json`)}\n`);
    await evaluate([...RESULTS, "--shard", "2/2", "--save-state", "other.json", "-q"], cwd);
    assert.match(
      await refusal(["merge", first, "other.json"], cwd, 2),
      /cannot merge other\.json with part-1\.json: they differ in detections$/m,
    );
    const { stdout } = await evaluate(["merge", first, second, "--json"], cwd);
    for (const path of [first, second]) {
      const { settings: { detections, ...settings }, ...rest } = JSON.parse(
        await Deno.readTextFile(`${cwd}/${path}`),
      );
      assert.match(detections, /^[0-9a-f]{64}$/);
      await write(`${cwd}/${path}`, JSON.stringify({ ...rest, settings }));
    }
    assert.equal((await evaluate(["merge", first, second, "--json"], cwd)).stdout, stdout);
  }));

Deno.test("files that are no states, or damaged ones, are refused with the reason", () =>
  inFolder(async (cwd) => {
    await writeSmallSet(cwd, 6);
    const [first, second] = await runShards(RESULTS, 2, cwd);
    const text = await Deno.readTextFile(`${cwd}/${second}`);
    const state = JSON.parse(text);
    const damaged = (change: object) => JSON.stringify({ ...state, state: { ...state.state, ...change } });
    const bad: [string, number, RegExp][] = [
      ["", 3, /cannot read bad\.json: not valid JSON/],
      [text.slice(0, 500), 3, /cannot read bad\.json: not valid JSON/],
      ["[]", 3, /it was not written by --save-state/],
      [await Deno.readTextFile(`${cwd}/results.json`), 3, /it was not written by --save-state/],
      [
        JSON.stringify({ ...state, benchmark: "coc" }),
        2,
        /cannot merge bad\.json of eval coc with part-1\.json of eval coco/,
      ],
      [JSON.stringify({ ...state, settings: 5 }), 3, /its settings are damaged/],
      [damaged({ format: "x" }), 3, /it is not the state of a COCO evaluation/],
      [damaged({ version: 99 }), 3, /its version is 99/],
      [
        damaged({ score: state.state.score.slice(0, 8) }),
        3,
        /cannot read bad\.json: .*(do not fit together|no score)/,
      ],
      [damaged({ outcomes: "" }), 3, /cannot read bad\.json: its parts do not fit together/],
    ];
    for (const [content, code, message] of bad) {
      await write(`${cwd}/bad.json`, content);
      const stderr = await refusal(["merge", first, "bad.json", "--save-state", "merged.json"], cwd, code);
      assert.match(stderr, message);
      assert.equal(stderr.split("\n").length, 2, stderr);
    }
    await write(`${cwd}/bad.json`, JSON.stringify({ ...state, benchmark: "coc" }));
    assert.match(
      await refusal(["merge", "bad.json"], cwd, 3),
      /unknown benchmark coc; did you mean coco\?/,
    );
    assert.match(await refusal(["merge", "missing.json"], cwd, 3), /cannot read missing\.json: no such file/);
    assert.ok(![...Deno.readDirSync(cwd)].some(({ name }) => name === "merged.json"));
  }));

Deno.test("shards of segmentation merge as well, but not with those of COCO", () =>
  inFolder(async (cwd) => {
    await writeSmallSet(cwd, 4);
    for (let k = 0; k < 5; k++) {
      const labels = (shift: number) =>
        encodeLabelPng({
          width: 16,
          height: 8,
          data: Uint8Array.from({ length: 128 }, (_, i) => (i + k * shift) % 3),
        });
      await write(`${cwd}/labels/${k}.png`, labels(1));
      await write(`${cwd}/found/${k}.png`, labels(2));
    }
    await write(
      `${cwd}/classes.json`,
      JSON.stringify({ classes: ["a", "b", "c"].map((name, id) => ({ id, name })) }),
    );
    const args = [
      "segmentation",
      "--labels",
      "labels",
      "--predictions",
      "found",
      "--classes",
      "classes.json",
    ];
    await assertMergesToOneRun(args, 3, cwd);
    await evaluate([...args, "--map", "2:1", "--shard", "1/3", "--save-state", "mapped.json", "-q"], cwd);
    assert.match(
      await refusal(["merge", "mapped.json", "part-2.json"], cwd, 2),
      /cannot merge part-2\.json with mapped\.json: they differ in maps/,
    );
    await evaluate([...RESULTS, "--shard", "1/3", "--save-state", "coco.json", "-q"], cwd);
    assert.match(
      await refusal(["merge", "coco.json", "part-2.json"], cwd, 2),
      /cannot merge part-2\.json of eval segmentation with coco\.json of eval coco/,
    );
  }));

Deno.test("shards of Cityscapes merge as well", () =>
  inFolder(async (cwd) => {
    const set = `${ROOT}tests/fixtures/cityscapes`;
    await assertMergesToOneRun(["cityscapes", "--root", set, "--predictions", `${set}/results`], 2, cwd);
  }));

Deno.test("shards of ImageNet merge as well", () =>
  inFolder(async (cwd) => {
    const picture = await encodeRgbImage(testImage(8, 8), "png");
    const lines = Array.from({ length: 10 }, (_, k) => {
      const file = `n0000000${k % 5}/${k}.png`;
      return { file, top: [0, 1, 2, 3, 4].map((id) => ({ id: (id + k % 3) % 5, score: 0.5 })) };
    });
    for (const { file } of lines) await write(`${cwd}/images/${file}`, picture);
    await write(`${cwd}/found.jsonl`, lines.map((line) => JSON.stringify(line)).join("\n"));
    await assertMergesToOneRun(["imagenet", "--images", "images", "--predictions", "found.jsonl"], 3, cwd);
  }));

testWithShared(
  "data/coco-mini",
  "shards of the embedded detector's run over coco-mini merge to one run",
  () =>
    inFolder(async (cwd) => {
      const args = [
        "coco",
        "--annotations",
        shared("data/coco-mini/instances_val2017.json"),
        "--images",
        shared("data/coco-mini/val2017"),
        "--limit",
        "20",
      ];
      const whole = await evaluate([...args, "--save-state", "whole.json", "--json"], cwd);
      const states = await runShards(args, 3, cwd);
      const merged = await evaluate(["merge", ...states, "--save-state", "merged.json", "--json"], cwd);
      assert.equal(merged.stdout, whole.stdout);
      assert.equal(
        await Deno.readTextFile(`${cwd}/merged.json`),
        await Deno.readTextFile(`${cwd}/whole.json`),
      );
    }),
);

/** GNU parallel; moreutils has another program of that name. */
const PARALLEL = (Deno.env.get("PATH") ?? "").split(delimiter).map((folder) => join(folder, "parallel"))
  .find((path) => {
    try {
      const { stdout } = new Deno.Command(path, { args: ["--version"], stdin: "null" }).outputSync();
      return new TextDecoder().decode(stdout).startsWith("GNU parallel");
    } catch {
      return false;
    }
  });

testIf(
  PARALLEL !== undefined,
  "no GNU parallel",
  "GNU parallel spreads an evaluation over jobs",
  () =>
    inFolder(async (cwd) => {
      await writeSmallSet(cwd, 30);
      const whole = await evaluate([...RESULTS, "--json", "--save-state", "whole.json"], cwd);
      const words = [Deno.execPath(), "run", ...taskPermissions(), "cli/main.ts", "eval", ...RESULTS, "-q"];
      const job = [...words, "--shard", "{}/6", "--save-state", "part-{}.json"];
      const { code, stderr } = await new Deno.Command(PARALLEL!, {
        args: ["-j2", "--halt", "now,fail=1", ...job, ":::", ...["1", "2", "3", "4", "5", "6"]],
        cwd: ROOT,
        env: { INIT_CWD: cwd, PARALLEL_HOME: `${cwd}/parallel` },
        stdin: "null",
        stdout: "null",
      }).output();
      assert.equal(code, 0, new TextDecoder().decode(stderr));
      const states = ["1", "2", "3", "4", "5", "6"].map((number) => `part-${number}.json`);
      const merged = await evaluate(["merge", ...states, "--json", "--save-state", "merged.json"], cwd);
      assert.equal(merged.stdout, whole.stdout);
      assert.equal(
        await Deno.readTextFile(`${cwd}/merged.json`),
        await Deno.readTextFile(`${cwd}/whole.json`),
      );
    }),
);
