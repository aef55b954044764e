import assert from "node:assert/strict";
import { baselineColumns } from "../../../../cli/commands/adapt/result.ts";
import { formatTable } from "../../../../cli/console/table.ts";

Deno.test("what an adaptation has to beat is a table with the part of the original's latency", () => {
  const table = formatTable(
    [
      {
        kind: "uniform",
        text: "85 % of all channels",
        measured: { candidate: 12, original: 16 },
        score: 0.002,
      },
      { kind: "smaller", text: "352×480", measured: { candidate: 10.5, original: 15 }, score: 0.26742 },
    ],
    baselineColumns("AP"),
    "table",
  );
  assert.deepEqual(table.trimEnd().split("\n").map((line) => line.trim().split(/\s{2,}/)), [
    ["to compare", "how", "ms", "of the original", "AP"],
    ["------------------", "--------------------", "-----", "---------------", "------"],
    ["narrowed uniformly", "85 % of all channels", "12.00", "75.0 %", "0.0020"],
    ["smaller images", "352×480", "10.50", "70.0 %", "0.2674"],
  ]);
});
