import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { formatPage, render, sortableColumn, sortableTable, SORTING } from "../../../cli/report/mod.ts";

const ROWS = [{ name: "<a>", ms: 0.5 }, { name: "b", ms: undefined }, { name: "total", ms: 0.5 }];
const COLUMNS = [
  { title: "layer", text: ({ name }: typeof ROWS[0]) => name },
  {
    title: "ms",
    text: ({ ms }: typeof ROWS[0]) => ms?.toFixed(3) ?? "",
    value: ({ ms }: typeof ROWS[0]) => ms,
  },
];

Deno.test("cells carry what they are sorted by, and the total stays at the end", () => {
  const markup = render(sortableTable(ROWS, COLUMNS, { total: ({ name }) => name === "total" }));
  assert.match(markup, /<th class="">layer<\/th><th class="right">ms<\/th>/);
  assert.match(markup, /<td class="">&lt;a&gt;<\/td><td class="right" data-value="0\.5">0\.500<\/td>/);
  assert.match(markup, /<td class="">b<\/td><td class="right"><\/td>/);
  assert.match(markup, /<\/tbody>\s*<tfoot><tr class="total"><td class="">total/);
});

Deno.test("a column of a table on the terminal keeps its text", () => {
  const column = sortableColumn({ title: "ms", value: ({ ms }: typeof ROWS[0]) => ms }, ({ ms }) => ms);
  assert.equal(column.text(ROWS[0]), "0.5");
  assert.equal(column.text(ROWS[1]), "");
  assert.equal(column.value!(ROWS[0]), 0.5);
});

Deno.test("a page runs the script that it is given, and its policy no other", () => {
  const page = { title: "t", facts: [], figures: [], sections: [], provenance: { models: [], data: [] } };
  const text = formatPage({ ...page, script: SORTING });
  const script = text.match(/<script>(.*?)<\/script>/s)![1];
  assert.equal(script, SORTING);
  const hash = createHash("sha256").update(SORTING).digest("base64");
  assert.ok(text.includes(`; script-src &#39;sha256-${hash}&#39;"`));
  assert.ok(!formatPage(page).includes("script"));
  assert.ok(!SORTING.includes("</"), "nothing in it ends the element");
});
