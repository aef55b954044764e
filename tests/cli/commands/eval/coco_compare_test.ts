/** `bneck eval coco --compare`. */
import assert from "node:assert/strict";
import { STATISTICS } from "../../../../datasets/coco/summarize.ts";
import { smallSet } from "./coco_set.ts";
import { evaluate, refusal } from "./support.ts";
import { write } from "../../../support/folders.ts";
import { COCO, scores, withSet } from "./coco_runs.ts";

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
    await write(`${cwd}/runs/a/worse.json`, JSON.stringify(smallSet(60, 40).results));
    const alike = await evaluate(
      [...COCO, "--compare", "worse.json", "runs/a/worse.json", "--samples", "9"],
      cwd,
    );
    assert.match(alike.stdout, /^metric +worse\.json +a\/worse\.json +/);
    const csv = (await evaluate([...args, "--format", "csv", "--samples", "50"], cwd)).stdout.split("\n");
    assert.equal(csv[0], "metric,first,second,difference,low,high");
    assert.equal(csv.length, 14);
    const seeded = (seed: string) => evaluate([...args, "--json", "--samples", "50", "--seed", seed], cwd);
    assert.equal((await seeded("5")).stdout, (await seeded("5")).stdout);
    assert.notEqual((await seeded("5")).stdout, (await seeded("6")).stdout);
    const missing = [...COCO, "--compare", "worse.json", "missing.json"];
    assert.match(await refusal(missing, cwd, 2), /cannot read missing\.json/);
  }, 60));
