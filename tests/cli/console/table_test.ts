import assert from "node:assert/strict";
import fc from "fast-check";
import { colors } from "../../../cli/console/colors.ts";
import { type Column, formatTable } from "../../../cli/console/table.ts";

interface Layer {
  readonly name: string;
  readonly madds: number | null;
  readonly share?: number;
}

const COLUMNS: readonly Column<Layer>[] = [
  { title: "layer", value: (row) => row.name },
  { title: "MAdds", value: (row) => row.madds },
  { title: "share", value: (row) => row.share, format: (share) => `${(share * 100).toFixed(1)} %` },
];
const ROWS: readonly Layer[] = [
  { name: "stem", madds: 5419008, share: 0.025 },
  { name: "total", madds: null, share: 1 },
];

Deno.test("the text form aligns numbers right and everything else left", () => {
  assert.equal(
    formatTable(ROWS, COLUMNS, "table"),
    [
      "layer    MAdds    share",
      "-----  -------  -------",
      "stem   5419008    2.5 %",
      "total           100.0 %",
      "",
    ].join("\n"),
  );
});

Deno.test("a rule can stand above a total", () => {
  const text = formatTable(ROWS, COLUMNS, "table", { ruleAbove: (row) => row.name === "total" });
  assert.match(text, /stem.*\n-----.*\ntotal/);
});

Deno.test("Markdown marks the columns of numbers and escapes what would end a cell", () => {
  const text = formatTable([{ name: "a|b\\c\nd", madds: 1 }], COLUMNS, "markdown");
  assert.equal(text, "| layer | MAdds | share |\n| --- | --: | --- |\n| a\\|b\\\\c d | 1 |  |\n");
});

Deno.test("CSV has plain numbers and quotes where it must", () => {
  const text = formatTable([{ name: 'say "a, b"', madds: 0.1 + 0.2 }], COLUMNS, "csv");
  assert.equal(text, 'layer,MAdds,share\n"say ""a, b""",0.30000000000000004,\n');
});

Deno.test("CSV gives back every value", () => {
  const columns: Column<string[]>[] = [0, 1].map((index) => ({
    title: `c${index}`,
    value: (row) => row[index],
  }));
  fc.assert(fc.property(fc.array(fc.tuple(fc.string(), fc.string())), (rows) => {
    assert.deepEqual(parseCsv(formatTable(rows, columns, "csv")), [["c0", "c1"], ...rows]);
  }));
});

Deno.test("rows of the text form have one width whatever the script, and no control codes", () => {
  const rows = [{ name: "東京\x1b[2J", madds: 1 }, { name: "Rome", madds: 22 }];
  const lines = formatTable(rows, COLUMNS.slice(0, 2), "table").split("\n");
  assert.equal(lines[2], "東京\\x1b[2J      1");
  assert.equal(lines[3], "Rome            22");
});

Deno.test("titles are bold on a terminal", () => {
  assert.ok(formatTable(ROWS, COLUMNS, "table", { colors: colors(true) }).startsWith("\x1b[1mlayer"));
});

Deno.test("a table without rows still has its titles", () => {
  assert.equal(formatTable([], COLUMNS, "table"), "layer  MAdds  share\n-----  -----  -----\n");
  assert.equal(formatTable([], COLUMNS, "csv"), "layer,MAdds,share\n");
});

/** A plain reader of RFC 4180, with `\n` line ends. */
function parseCsv(text: string): string[][] {
  const rows: string[][] = [];
  let row: string[] = [];
  let cell = "";
  let quoted = false;
  for (let at = 0; at < text.length; at++) {
    const character = text[at];
    if (quoted) {
      if (character !== '"') cell += character;
      else if (text[at + 1] === '"') cell += text[++at];
      else quoted = false;
    } else if (character === '"') quoted = true;
    else if (character === "," || character === "\n") {
      row.push(cell);
      cell = "";
      if (character === "\n") rows.push(row), row = [];
    } else cell += character;
  }
  return rows;
}
