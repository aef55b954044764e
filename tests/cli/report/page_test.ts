import assert from "node:assert/strict";
import { decodeImage } from "../../../core/images/mod.ts";
import { barChart, formatPage, html } from "../../../cli/report/mod.ts";
import { testIf } from "../../support/shared.ts";
import { CHROMIUM, openPage } from "./browser.ts";

const PAGE = {
  title: "Scores <of> a & b",
  facts: [["model", "mb3"]],
  figures: [{ name: "mIoU", value: "0.594", note: "of 11 classes" }],
  warnings: ["<script>alert(1)</script> is left out"],
  sections: [{
    title: "Bars",
    note: "one",
    body: barChart([{ label: "road", value: 0.9, text: "0.9" }], { title: "IoU" }),
  }],
  provenance: { models: [], data: [] },
} as const;

Deno.test("a page shows its facts, figures, warnings and sections, escaped", () => {
  const text = formatPage(PAGE);
  assert.match(text, /^<!doctype html>\s<html lang="en">/);
  assert.match(text, /<title>Scores &lt;of&gt; a &amp; b<\/title>/);
  assert.match(text, /<dt>model<\/dt>\s*<dd>mb3<\/dd>/);
  assert.match(text, /0\.594.*mIoU.*of 11 classes/);
  assert.match(text, /&lt;script&gt;alert\(1\)&lt;\/script&gt; is left out/);
  assert.match(text, /<h2>Bars<\/h2>\s*<p class="note">one<\/p>/);
  assert.doesNotMatch(text, /<script/);
});

Deno.test("a page tells the browser to load nothing and names nothing to load", () => {
  const text = formatPage(PAGE);
  assert.match(text, /http-equiv="Content-Security-Policy" content="default-src &#39;none&#39;;/);
  assert.doesNotMatch(text, /(?:src|href)="(?!data:)/);
  assert.doesNotMatch(text, /url\(|@import|https?:/);
});

testIf(
  CHROMIUM !== undefined,
  "no chromium",
  "Chromium shows a page without complaint or request",
  async () => {
    const path = await Deno.makeTempFile({ suffix: ".html" });
    try {
      await Deno.writeTextFile(path, formatPage(PAGE));
      const { console, requests, screenshot } = await openPage(path, 900, 600);
      assert.deepEqual(console, []);
      assert.deepEqual(requests, []);
      const { width, height, data } = await decodeImage(screenshot, "screenshot");
      assert.deepEqual([width, height], [900, 600]);
      // The bar, in the accent colour.
      let accent = 0;
      for (let i = 0; i < data.length; i += 3) {
        if (data[i] === 0x25 && data[i + 1] === 0x63 && data[i + 2] === 0xa8) accent++;
      }
      assert.ok(accent > 300 * 14, `${accent} pixels of the bar`);
    } finally {
      await Deno.remove(path);
    }
  },
);

testIf(
  CHROMIUM !== undefined,
  "no chromium",
  "bars of full length and the text at their end are whole in a narrow window",
  async () => {
    const path = await Deno.makeTempFile({ suffix: ".html" });
    try {
      const bar = { value: 1, text: "123 of 123 images" };
      const bars = [{ ...bar, label: "a class of a rather long name" }, { ...bar, label: "b" }];
      await Deno.writeTextFile(
        path,
        formatPage({ ...PAGE, sections: [{ title: "Bars", body: barChart(bars, { title: "t" }) }] }),
      );
      const { screenshot } = await openPage(path, 500, 700);
      const { width, data } = await decodeImage(screenshot, "screenshot");
      let [first, last] = [width, 0];
      for (let i = 0; i < data.length; i += 3) {
        if (data[i] !== 0x25 || data[i + 1] !== 0x63 || data[i + 2] !== 0xa8) continue;
        const x = i / 3 % width;
        [first, last] = [Math.min(first, x), Math.max(last, x)];
      }
      assert.ok(last - first > 100, `the bar is ${last - first} pixels long`);
      assert.ok(last < 500 - 100, `the bar ends at ${last}, which leaves no room for the text`);
    } finally {
      await Deno.remove(path);
    }
  },
);

testIf(
  CHROMIUM !== undefined,
  "no chromium",
  "what a page must not load is not loaded, and is noticed",
  async () => {
    const path = await Deno.makeTempFile({ suffix: ".html" });
    try {
      const foreign = html`<img src="http://pictures.invalid/a.png">`;
      await Deno.writeTextFile(
        path,
        formatPage({ ...PAGE, sections: [{ title: "Foreign", body: foreign }] }),
      );
      const { console, requests } = await openPage(path, 900, 600);
      assert.equal(console.length, 1);
      assert.match(console[0], /Content Security Policy/);
      assert.deepEqual(requests, []);
      // Without the policy it would be asked for: the check sees requests.
      await Deno.writeTextFile(path, `<img src="http://pictures.invalid/a.png">`);
      assert.deepEqual((await openPage(path, 900, 600)).requests, ["http://pictures.invalid/a.png"]);
    } finally {
      await Deno.remove(path);
    }
  },
);
