import assert from "node:assert/strict";
import { barChart, heatMap, htmlTable, render } from "../../../cli/report/mod.ts";

/** The attributes of every element of a kind. */
function elements(markup: string, name: string): Record<string, string>[] {
  return [...markup.matchAll(new RegExp(`<${name}\\b([^>]*)>`, "g"))].map(([, attributes]) =>
    Object.fromEntries([...attributes.matchAll(/([\w-]+)="([^"]*)"/g)].map(([, key, value]) => [key, value]))
  );
}

/** The lengths of the bars, in percent of the room. */
function lengths(markup: string): number[] {
  return elements(markup, "i").map(({ style }) => Number(style.match(/width:([\d.]+)%/)![1]));
}

Deno.test("bars are as long as their values, and what has none gets no bar", () => {
  const markup = render(barChart([
    { label: "a", value: 1, text: "1.00" },
    { label: "b", value: 0.25, text: "0.25" },
    { label: "c <d>", value: null, text: "does not occur" },
  ], { title: "shares" }));
  assert.deepEqual(lengths(markup), [100, 25]);
  assert.match(markup, /aria-label="shares"/);
  assert.match(markup, /c &lt;d&gt;/);
  assert.match(markup, /does not occur/);
});

Deno.test("bars can be drawn against any largest value, with ticks of one's own", () => {
  const markup = render(
    barChart([{ label: "conv", value: 30, text: "30 ms", swatch: [1, 2, 3], color: [4, 5, 6] }], {
      title: "times",
      max: 60,
      ticks: [0, 45],
      format: (value) => `${value} ms`,
    }),
  );
  assert.deepEqual(lengths(markup), [50]);
  assert.match(markup, /left:75%"><span>45 ms</);
  assert.match(markup, /class="swatch" style="background:rgb\(1 2 3\)/);
  assert.match(markup, /<i style="width:50%;background:rgb\(4 5 6\)/);
});

Deno.test("a value above the largest fills the width and no more", () => {
  const bars = [{ label: "a", value: 5, text: "5" }, { label: "b", value: -1, text: "-1" }];
  assert.deepEqual(lengths(render(barChart(bars, { title: "t", max: 2 }))), [100, 0]);
});

/** The cells that are drawn, not the ground below them. */
function heatCells(markup: string) {
  return elements(markup, "rect").filter(({ style }) => style?.startsWith("fill:color-mix"));
}

Deno.test("a heat map has a cell for each share that can be seen, right ones in another colour than wrong ones", () => {
  const markup = render(heatMap({
    title: "matrix",
    rows: ["road", "car"],
    columns: ["road", "car"],
    rowsTitle: "truth",
    columnsTitle: "prediction",
    values: [[0.75, 0.25], [0.0001, null]],
    diagonal: true,
    hint: (row, column, value) => `${row} ${column} ${value}`,
  }));
  const cells = heatCells(markup);
  assert.equal(cells.length, 2);
  const [right, wrong] = cells.map(({ style }) => style.match(/\d+/g)!.map(Number));
  assert.ok(right[2] > right[0] && wrong[0] > wrong[2]);
  assert.match(markup, /<title>0 0 0\.75<\/title>/);
  assert.match(markup, />75<\/text>/);
});

Deno.test("a small share in a heat map is no lighter than an empty cell", () => {
  const names = ["a", "b"];
  const values = [[0.001, 0.002], [0.01, null]];
  const markup = render(
    heatMap({ title: "m", rows: names, columns: names, rowsTitle: "", columnsTitle: "", values }),
  );
  const shares = heatCells(markup).map(({ style }) => Number(style.match(/\) ([\d.]+)%, var\(--wash\)/)![1]));
  assert.ok(0 < shares[0] && shares[0] < shares[1] && shares[1] < shares[2], `${shares}`);
});

Deno.test("cells of a large heat map are small and without numbers", () => {
  const names = Array.from({ length: 80 }, (_, k) => `class ${k}`);
  const values = names.map((_, row) => names.map((_, column) => row === column ? 1 : 0));
  const markup = render(
    heatMap({ title: "m", rows: names, columns: names, rowsTitle: "", columnsTitle: "", values }),
  );
  assert.equal(heatCells(markup).length, 80);
  assert.doesNotMatch(markup, />100</);
  assert.ok(Number(elements(markup, "svg")[0].width) < 1200);
});

Deno.test("a table aligns numbers to the right, marks its total, and shows what is missing as a dash", () => {
  const rows = [{ name: "<a>", score: 0.5 }, { name: "b", score: null }, { name: "mean", score: 0.5 }];
  const markup = render(htmlTable(rows, [
    { title: "name", value: ({ name }) => name },
    { title: "score", value: ({ score }) => score, format: (value) => value.toFixed(3) },
  ], { total: ({ name }) => name === "mean", swatch: ({ name }) => name === "b" ? [9, 8, 7] : undefined }));
  assert.match(markup, /<td class="">&lt;a&gt;<\/td><td class="right">0\.500<\/td>/);
  assert.match(markup, /rgb\(9 8 7\)"><\/span>b<\/td><td class="right">–</);
  assert.match(markup, /<tr class="total"><td class="">mean/);
});

Deno.test("a long text in a table may be broken into lines, and the table scrolls by itself", () => {
  const rows = [{ text: "short" }, { text: "some words, more than fit beside the others" }];
  const markup = render(htmlTable(rows, [{ title: "t", value: ({ text }) => text }]));
  assert.match(markup, /^<div class="scroll"><table>|^<div class="scroll">\s*<table>/);
  assert.match(markup, /<td class="">short</);
  assert.match(markup, /<td class="long">some words/);
});
