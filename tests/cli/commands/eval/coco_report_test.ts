import assert from "node:assert/strict";
import { decodeImage, encodeRgbImage } from "../../../../core/images/mod.ts";
import { shared, testIf, testWithShared } from "../../../support/shared.ts";
import { testImage } from "../../../support/test_image.ts";
import { CHROMIUM, openPage } from "../../report/browser.ts";
import { smallSet, writeSmallSet } from "./coco_set.ts";
import { evaluate } from "./support.ts";
import { inFolder, write } from "../../../support/folders.ts";

const RESULTS = ["coco", "--annotations", "truth.json", "--detections", "results.json"];

/** Runs `test` in a folder with the small set, its images and the report of an evaluation. */
function withReport(test: (html: string, cwd: string) => Promise<void>, ...flags: string[]): Promise<void> {
  return inFolder(async (cwd) => {
    await writeSmallSet(cwd, 30);
    const picture = await encodeRgbImage(testImage(320, 240), "jpeg");
    for (const { file_name } of smallSet(30).truth.images) await write(`${cwd}/images/${file_name}`, picture);
    await evaluate([...RESULTS, "--images", "images", "--report", "reports/a.html", "-q", ...flags], cwd);
    await test(await Deno.readTextFile(`${cwd}/reports/a.html`), cwd);
  });
}

/** The text between tags. */
function textOf(html: string): string {
  return html.replace(/<style>.*?<\/style>/s, "").replace(/<[^>]+>/g, " ").replace(/\s+/g, " ");
}

Deno.test("the report shows scores, curves, errors, confusions and the worst images, all in one file", () =>
  withReport(async (html, cwd) => {
    const { metrics } = JSON.parse((await evaluate([...RESULTS, "--json", "-q"], cwd)).stdout);
    const text = textOf(html);
    assert.match(text, new RegExp(`${metrics.AP.toFixed(3)} AP`));
    for (
      const title of [
        "By size of the objects and by overlap",
        "Precision and recall",
        "AP of each class",
        "Kinds of errors",
        "What was taken for what",
        "The 12 worst images",
      ]
    ) assert.ok(html.includes(`<h2>${title}</h2>`), title);
    // The mean and three classes, each with a line for two overlaps.
    const curves = [...html.matchAll(/aria-label="Precision and recall of [^"]*"/g)];
    assert.equal(curves.length, 4);
    assert.equal([...html.matchAll(/<path d="M/g)].length, 8);
    for (const kind of ["classification", "localisation", "duplicate", "background", "missed"]) {
      assert.ok(text.includes(`${kind} `), kind);
    }
    assert.match(html, /aria-label="Confusion matrix"/);
    // Two drawings of each image: the truth, and what was found.
    const pictures = [...html.matchAll(/<img src="data:image\/jpeg;base64,([^"]+)"/g)];
    assert.equal(pictures.length, 24);
    const [truth, found] = await Promise.all(
      pictures.slice(0, 2).map(([, base64]) => decodeImage(Uint8Array.fromBase64(base64), "picture")),
    );
    assert.deepEqual([truth.width, truth.height], [320, 240]);
    assert.notDeepEqual(truth.data, testImage(320, 240).data);
    assert.notDeepEqual(truth.data, found.data);
    // Nothing is loaded, nothing is run.
    assert.doesNotMatch(html, /<script|https?:\/\/(?!www\.w3\.org)|javascript:/);
  }));

Deno.test("the score of --report-score decides which detections count as confusions and are drawn", () =>
  inFolder(async (cwd) => {
    await writeSmallSet(cwd, 30);
    const report = async (score: string) => {
      await evaluate([...RESULTS, "--report", "a.html", "--report-score", score, "-q"], cwd);
      return await Deno.readTextFile(`${cwd}/a.html`);
    };
    const [all, none] = [await report("0"), await report("1")];
    assert.match(textOf(all), /Detections with a score of at least 0 and/);
    const shareOfCars = (html: string) => Number(/<title>car, car: ([\d.]+) %/.exec(html)?.[1] ?? 0);
    assert.ok(shareOfCars(all) > 20);
    assert.equal(shareOfCars(none), 0);
    assert.match(none, /<title>car, not found: 100\.0 %/);
    // Without --images there are no images, and everything else.
    assert.doesNotMatch(all, /worst image|<img/);
    assert.ok(all.includes("<h2>Kinds of errors</h2>"));
  }));

Deno.test("names of classes and files are text in the report, whatever they hold", () =>
  inFolder(async (cwd) => {
    const name = `<img src=x onerror="alert(1)">`;
    const { truth, results } = smallSet(3);
    const images = truth.images.map((image, k) => ({ ...image, file_name: `<b>${k}.jpg` }));
    for (const { file_name } of images) {
      await write(`${cwd}/images/${file_name}`, await encodeRgbImage(testImage(64, 48), "jpeg"));
    }
    const categories = truth.categories.map((category) => ({ ...category, name: `${name}${category.id}` }));
    await write(`${cwd}/truth.json`, JSON.stringify({ ...truth, images, categories }));
    await write(`${cwd}/results.json`, JSON.stringify(results));
    await evaluate([...RESULTS, "--images", "images", "--report", "a.html", "-q"], cwd);
    const html = await Deno.readTextFile(`${cwd}/a.html`);
    assert.ok(html.includes("&lt;img src=x onerror=&quot;alert(1)&quot;&gt;3"));
    assert.ok(html.includes("&lt;b&gt;0.jpg"));
    assert.doesNotMatch(html, /<img src=x|<b>\d/);
  }));

Deno.test("a report of merged shards shows what their states hold, and nothing that they lack", () =>
  inFolder(async (cwd) => {
    await writeSmallSet(cwd, 10);
    for (const k of [1, 2]) {
      const shard = ["--shard", `${k}/2`, "--save-state", `${k}.json`, "--report", `${k}.html`, "-q"];
      await evaluate([...RESULTS, ...shard], cwd);
    }
    const { stdout } = await evaluate(["merge", "1.json", "2.json", "--report", "both.html", "--json"], cwd);
    const html = await Deno.readTextFile(`${cwd}/both.html`);
    assert.match(textOf(html), new RegExp(`${JSON.parse(stdout).metrics.AP.toFixed(3)} AP`));
    assert.ok(html.includes("<h2>Precision and recall</h2>"));
    assert.doesNotMatch(html, /Kinds of errors|Confusion matrix/);
    // The objects of the other shard are not missed by this one.
    const missed = (path: string) => {
      const cells = /background<\/td>.*?missed<\/td><td[^>]*>[^<]*<\/td><td[^>]*>(\d+)</s.exec(
        Deno.readTextFileSync(path),
      );
      return Number(cells?.[1]);
    };
    await evaluate([...RESULTS, "--report", "whole.html", "-q"], cwd);
    assert.equal(missed(`${cwd}/1.html`) + missed(`${cwd}/2.html`), missed(`${cwd}/whole.html`));
  }));

Deno.test("an image that cannot be read is left out of the report with a warning", () =>
  inFolder(async (cwd) => {
    await writeSmallSet(cwd, 3);
    for (const { file_name } of smallSet(3).truth.images) {
      await write(`${cwd}/images/${file_name}`, "not an image");
    }
    const { stderr } = await evaluate([...RESULTS, "--images", "images", "--report", "a.html"], cwd);
    assert.match(stderr, /warning: not in the report: cannot read images\/.*: not an image/);
    assert.doesNotMatch(await Deno.readTextFile(`${cwd}/a.html`), /<img/);
  }));

testIf(
  CHROMIUM !== undefined,
  "no chromium",
  "Chromium shows the report without complaint and loads nothing",
  () =>
    withReport(async (_, cwd) => {
      const { console, requests, screenshot } = await openPage(`${cwd}/reports/a.html`, 1280, 5000);
      assert.deepEqual([console, requests], [[], []]);
      const { width, height, data } = await decodeImage(screenshot, "screenshot.png");
      assert.equal(width, 1280);
      /** The share of pixels in rows `[from, to)` that are close to a colour. */
      const share = (color: readonly number[], from: number, to: number) => {
        let near = 0;
        for (let at = from * width * 3; at < to * width * 3; at += 3) {
          if (color.every((part, k) => Math.abs(data[at + k] - part) < 12)) near++;
        }
        return near / (width * (to - from));
      };
      // Bars and curves, the kinds of errors in their colours, and photos that are not mostly white.
      assert.ok(share([37, 99, 168], 0, height) > 0.001);
      assert.ok(share([205, 35, 35], 0, height) > 0.0005);
      assert.ok(share([255, 255, 255], 0, 800) > 0.6);
      assert.ok(share([255, 255, 255], height - 1500, height) < 0.6);
    }),
);

testIf(
  CHROMIUM !== undefined,
  "no chromium",
  "the report stays within the window however narrow it is",
  () =>
    withReport(async (_, cwd) => {
      const { screenshot } = await openPage(`${cwd}/reports/a.html`, 500, 3000);
      const { width, height, data } = await decodeImage(screenshot, "screenshot.png");
      // Nothing reaches into the margin left of the window's own scroll bar.
      let inked = 0;
      for (let y = 0; y < height; y++) {
        const at = (y * width + width - 18) * 3;
        if (data[at] < 250 || data[at + 1] < 250 || data[at + 2] < 250) inked++;
      }
      assert.equal(inked, 0);
    }),
);

testWithShared(
  "data/coco-mini",
  "the report of the reference's detections on coco-mini draws the worst images",
  () =>
    inFolder(async (cwd) => {
      await evaluate([
        "coco",
        "--annotations",
        shared("data/coco-mini/instances_val2017.json"),
        "--detections",
        shared("golden/centernet/results/mini-val.stretch.results.json"),
        "--images",
        shared("data/coco-mini/val2017"),
        "--report",
        "a.html",
        "-q",
      ], cwd);
      const html = await Deno.readTextFile(`${cwd}/a.html`);
      assert.equal([...html.matchAll(/<img src="data:image\/jpeg/g)].length, 24);
      assert.ok(html.length < 6e6, `${html.length} bytes`);
      assert.match(textOf(html), /0\.315 AP 0\.511 AP50/);
    }),
);
