import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { join } from "node:path";
import { layerPage } from "../../../../cli/commands/profile/layer_report.ts";
import { layerResult, warnings } from "../../../../cli/commands/profile/layer_result.ts";
import { decodeImage } from "../../../../core/images/mod.ts";
import type { Latency, Subject } from "../../../../core/profile/mod.ts";
import { findNetwork } from "../../../../models/zoo/mod.ts";
import { networkSubject } from "../../../../models/profile/mod.ts";
import { testIf } from "../../../support/shared.ts";
import { CHROMIUM, HEADLESS, openPage } from "../../report/browser.ts";
import { runProfile, temporaryFolder } from "./run_profile.ts";

const NOWHERE = { models: [], data: [] };

const QUICK = ["--size", "96", "--runs", "5", "--warmup", "1"];

async function writeReport(folder: string, args: readonly string[]): Promise<{ path: string; page: string }> {
  const path = join(folder, "report.html");
  const { code, stderr } = await runProfile([...args, "--report", path]);
  assert.equal(code, 0, stderr);
  return { path, page: await Deno.readTextFile(path) };
}

Deno.test("the report of a network is one page with its charts and a table of its layers", async () => {
  await using folder = await temporaryFolder();
  const { page } = await writeReport(folder.path, ["mobilenetv3-small-1.0", ...QUICK]);
  for (const title of ["By block", "By operator", "MAdds against time", "By layer", "Table"]) {
    assert.match(page, new RegExp(`<h2>${title}</h2>`));
  }
  assert.match(page, /MAdds \(1 = one multiply and one add\)/);
  assert.match(page, /<dd>1×3×96×96<\/dd>/);
  const tables = page.match(/<tbody>.*?<\/tbody>/s)![0];
  assert.equal(tables.match(/<tr/g)!.length, 81, "80 layers and the overhead");
  assert.match(page, /<tfoot>\s*<tr class="total"><td class="">total</);
  assert.doesNotMatch(page, /(?:src|href)="(?!data:)|url\(|@import|https?:/);
});

/** Every layer at 50 GMAdds/s, but for those of which a factor is given. */
function fabricated(subject: Subject, factors: Readonly<Record<string, number>>): Latency {
  const rows = subject.costs.rows.map((row) => {
    const milliseconds = (row.madds ?? 0) / 50e6 * (factors[row.name] ?? 1);
    const interval = [milliseconds, milliseconds] as const;
    return { ...row, milliseconds, interval, layoutMilliseconds: 0, share: milliseconds / 5 };
  });
  return {
    ...subject.costs,
    rows,
    threads: 1,
    runs: 40,
    milliseconds: 5,
    interval: [5, 5],
    p99Milliseconds: 5,
    loadMilliseconds: 20,
    firstMilliseconds: 8,
    partsMilliseconds: 5,
    layoutMilliseconds: 0,
    overheadMilliseconds: 0.1,
    unattributedMilliseconds: 0,
    profiledRuns: 40,
    profiledMilliseconds: 5.3,
    events: 100,
    profilerMicroseconds: 3,
    calibration: "difference",
    disturbance: 1,
    noise: 0.01,
    residentBytes: 2 ** 27,
    stopped: false,
  };
}

Deno.test("layers far from the line are named, those near it and those without weight are not", () => {
  const subject = networkSubject(findNetwork("mobilenetv3-large-1.0")!);
  const factors = {
    "backbone.block3.depthwise": 4,
    "backbone.block12.project": 0.3,
    "backbone.block5.expand": 1.7,
    "backbone.block4.se.squeeze": 5,
  };
  const page = layerPage({ subject, measured: fabricated(subject, factors) }, NOWHERE);
  const chart = page.match(/aria-label="MAdds against milliseconds of each layer".*?<\/svg>/s)![0];
  const names = [...chart.matchAll(/<text class="small halo"[^>]*>([^<]+)</g)].map(([, name]) => name);
  assert.deepEqual(names.sort(), ["block12.project", "block3.depthwise"]);
  assert.equal(
    chart.match(/<circle/g)!.length,
    subject.costs.rows.filter(({ madds = 0 }) => madds > 0).length,
  );
});

Deno.test("rows that were multiplied by much are told of, with the factor, in text, JSON and report", () => {
  const subject = networkSubject(findNetwork("mobilenetv3-small-1.0")!);
  const surroundings = { processor: "a processor", cores: 2, onnxruntime: "1.0.0" };
  const scaled = (disturbance: number, calibration: Latency["calibration"]) => ({
    subject,
    surroundings,
    measured: { ...fabricated(subject, {}), disturbance, calibration },
  });
  const noisy = scaled(1.4, "fitted");
  assert.match(
    warnings(noisy).join(),
    /1\.40 times as slow as an undisturbed one \(3\.57 ms\), and all rows/,
  );
  const { notes, json } = layerResult(noisy, {});
  assert.match(notes.join(), /raised until rows and overhead fit .+, times 1\.400:/);
  assert.deepEqual((json as { scaling: unknown }).scaling, {
    factor: 1.4,
    unscaledPartsMilliseconds: 5 / 1.4,
    undisturbedMilliseconds: 5 / 1.4,
    profilerCost: "fitted",
  });
  assert.match(layerPage(noisy, NOWHERE), /how rows are scaled.+times 1\.400:/s);

  const quiet = scaled(1.02, "difference");
  assert.deepEqual(warnings(quiet), []);
  assert.match(layerResult(quiet, {}).notes.join(), /add up to an undisturbed run\), times 1\.020:/);
});

Deno.test("the report of counts alone has bars and a table, and no times", async () => {
  await using folder = await temporaryFolder();
  const { page } = await writeReport(folder.path, ["mobilenetv2-1.0", "--no-latency"]);
  assert.match(page, /<h2>By layer<\/h2>/);
  assert.doesNotMatch(page, /MAdds against time|GMAdds\/s/);
});

Deno.test("comparisons, tables of the paper and effects have reports too", async () => {
  await using folder = await temporaryFolder();
  const compared = await writeReport(folder.path, ["mobilenetv2-0.35", "mobilenetv3-small-0.5", ...QUICK]);
  assert.match(compared.page, /<h2>Side by side<\/h2>.*<h2>MAdds against time<\/h2>/s);
  const paper = await writeReport(folder.path, ["--paper", "table3", "--runs", "1", "--warmup", "0"]);
  assert.match(paper.page, /<h2>Pixel 1 against this machine<\/h2>.*<h2>Pixel 3 against this machine<\/h2>/s);
  assert.match(paper.page, /MnasNet-search1/);
  const effect = await writeReport(folder.path, ["--effect", "se", "--no-latency"]);
  assert.match(effect.page, /without squeeze-and-excite/);
});

Deno.test("a report that cannot be written is refused before anything is measured", async () => {
  await using folder = await temporaryFolder();
  const file = join(folder.path, "file");
  await Deno.writeTextFile(file, "");
  const { code, stdout, stderr } = await runProfile([
    "mobilenetv2-1.0",
    "--report",
    join(file, "a", "report.html"),
  ]);
  assert.notEqual(code, 0);
  assert.equal(stdout, "");
  assert.match(stderr, /^bneck: error: /);
});

testIf(
  CHROMIUM !== undefined,
  "no chromium",
  "Chromium shows the report without complaint or request",
  async () => {
    await using folder = await temporaryFolder();
    const { path } = await writeReport(folder.path, ["mobilenetv3-small-1.0", ...QUICK]);
    const { console, requests, screenshot } = await openPage(path, 1280, 2400);
    assert.deepEqual(console, []);
    assert.deepEqual(requests, []);
    const { data } = await decodeImage(screenshot, "screenshot");
    const colors = { "37,99,168": 0, "222,143,36": 0, "178,60,10": 0 };
    for (let i = 0; i < data.length; i += 3) {
      const color = `${data[i]},${data[i + 1]},${data[i + 2]}`;
      if (Object.hasOwn(colors, color)) colors[color as keyof typeof colors]++;
    }
    // Bars of time and of MAdds, and the legend of depthwise layers.
    assert.ok(colors["37,99,168"] > 5000 && colors["222,143,36"] > 5000, JSON.stringify(colors));
    assert.ok(colors["178,60,10"] > 50, JSON.stringify(colors));
  },
);

/** The page after its scripts have run. */
async function domOf(folder: string, page: string): Promise<string> {
  const path = join(folder, "scripted.html");
  await Deno.writeTextFile(path, page);
  const { stdout } = await new Deno.Command(CHROMIUM!, {
    args: [
      ...HEADLESS,
      `--user-data-dir=${folder}/profile`,
      "--dump-dom",
      `file://${path}`,
    ],
    stderr: "null",
  }).output();
  return new TextDecoder().decode(stdout);
}

/** The page as if a user had clicked on titles: the policy lets the added script run as well. */
function withClicks(page: string, titles: readonly string[]): string {
  const clicks = titles.map((title) =>
    `[...document.querySelectorAll("th button")].find((button) => button.textContent === "${title}").click();`
  ).join("\n");
  const hash = createHash("sha256").update(clicks).digest("base64");
  const allowed = page.replace("script-src &#39;sha256-", `script-src &#39;sha256-${hash}&#39; &#39;sha256-`);
  assert.notEqual(allowed, page);
  return allowed.replace("</body>", `<script>${clicks}</script></body>`);
}

function firstColumn(dom: string): string[] {
  const body = dom.match(/<table class="sortable">.*?<tbody>(.*?)<\/tbody>/s)![1];
  return [...body.matchAll(/<tr[^>]*><td[^>]*>([^<]*)</g)].map(([, name]) => name.trim());
}

testIf(
  CHROMIUM !== undefined,
  "no chromium",
  "a click on a title sorts the table, the third undoes it",
  async () => {
    await using folder = await temporaryFolder();
    const { page } = await writeReport(folder.path, ["mobilenetv3-small-1.0", "--no-latency"]);
    const plain = await domOf(folder.path, page);
    assert.match(plain, /<th class="right"><button type="button">params<\/button><\/th>/);
    const original = firstColumn(plain);
    assert.equal(original[0], "backbone.stem");

    const once = await domOf(folder.path, withClicks(page, ["MAdds"]));
    assert.match(once, /<th class="right" data-order="first" aria-sort="descending">/);
    assert.deepEqual(firstColumn(once).slice(0, 2), ["backbone.stem", "backbone.block2.expand"]);

    const twice = await domOf(folder.path, withClicks(page, ["params", "params"]));
    assert.ok(twice.includes('aria-sort="ascending"'));
    assert.equal(firstColumn(twice).at(-1), "classify.linear");

    const thrice = await domOf(folder.path, withClicks(page, ["MAdds", "MAdds", "MAdds"]));
    assert.deepEqual(firstColumn(thrice), original);
    assert.ok(!/<th[^>]*aria-sort/.test(thrice));

    const byName = await domOf(folder.path, withClicks(page, ["layer"]));
    assert.deepEqual(firstColumn(byName).slice(0, 2), [
      "backbone.block1.depthwise",
      "backbone.block1.project",
    ]);
  },
);

Deno.test("a comparison by layers has a page with both sides, ratios and MAdds against time", async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, "pair.html");
  const pair = ["pair_float.onnx", "pair_int8.onnx"].map((name) => join("tests/fixtures/profile", name));
  const args = [...pair, "--by", "layer", "--runs", "2", "--warmup", "0", "--report", path];
  const { code, stderr } = await runProfile(args);
  assert.equal(code, 0, stderr);
  const page = await Deno.readTextFile(path);
  for (const title of ["Side by side", "MAdds against time", "Table"]) {
    assert.match(page, new RegExp(`<h2>${title}</h2>`));
  }
  assert.match(page, /99 %: \d\.\d\d–\d/);
  assert.match(page, /\d\.\d{3} → \d\.\d{3} ms, .+<span>\d+\.\d\d \(\d+\.\d\d–\d+\.\d\d\)</);
  assert.match(page, /<title>A, .+features\.0\.0\/Conv: .+ MAdds in 0\.\d{3} ms/);
  assert.doesNotMatch(page, /(?:src|href)="(?!data:)|url\(|@import|https?:/);
});
