import assert from "node:assert/strict";
import { fits, fittedTable } from "../../../cli/console/fit_columns.ts";
import { displayWidth } from "../../../cli/console/output.ts";
import type { Column } from "../../../cli/console/table.ts";

interface Row {
  readonly name: string;
  readonly score: number;
  readonly note: string;
}

const ROWS: readonly Row[] = [
  { name: "a.network.of.a.rather.long.name", score: 0.5, note: "what it is, in a few words" },
  { name: "b", score: 0.25, note: "short" },
];

const COLUMNS: readonly Column<Row>[] = [
  { title: "name", value: ({ name }) => name },
  { title: "score", value: ({ score }) => score, format: (score) => score.toFixed(3) },
  { title: "twice", value: ({ score }) => 2 * score, format: (score) => score.toFixed(3) },
  { title: "note", value: ({ note }) => note },
];

const table = (width: number, cut?: string) =>
  fittedTable(ROWS, COLUMNS, "table", { fit: { width, givingWay: ["twice", ["score", "note"]], cut } });

Deno.test("no line of a table is wider than the terminal, whatever has to give way", () => {
  for (const cut of [undefined, "note"]) {
    for (let width = 20; width <= 90; width++) {
      const lines = table(width, cut).split("\n");
      assert.deepEqual(lines.filter((line) => displayWidth(line) > width), [], `${width} columns`);
    }
  }
});

Deno.test("long texts are cut first, then columns give way in their order, and it is said which", () => {
  assert.match(table(90), /^name +score +twice +note\n/);
  assert.doesNotMatch(table(90), /Not shown/);
  assert.match(table(60, "note"), /a\.network\.of\.a\.rather\.long\.name +0\.500 +1\.000 +what it is, …\n/);
  assert.match(table(60), /^name +score +note\n[^]*Not shown: twice \(--wide\)\.\n$/);
  assert.match(table(30), /^name\n[^]*Not shown: score, twice, note\n\(--wide\)\.\n$/);
});

Deno.test("Markdown, CSV and text that is not for a terminal keep all columns", () => {
  const fit = { width: 20, givingWay: ["score", "twice", "note"] };
  assert.match(fittedTable(ROWS, COLUMNS, "csv", { fit }), /^name,score,twice,note\n/);
  assert.match(fittedTable(ROWS, COLUMNS, "markdown", { fit }), /^\| name \| score \| twice \| note \|\n/);
  assert.match(fittedTable(ROWS, COLUMNS, "table"), /a few words\n/);
  assert.deepEqual([fits(ROWS, COLUMNS, fit), fits(ROWS, COLUMNS, { ...fit, width: 90 })], [false, true]);
});
