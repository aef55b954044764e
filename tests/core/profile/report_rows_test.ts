import assert from "node:assert/strict";
import type { LayerCost } from "../../../core/profile/layer_cost.ts";
import { addends, layerRow, reportRows, sortRows, topRows } from "../../../core/profile/report_rows.ts";
import { sumCosts } from "../../../core/profile/layer_cost.ts";

function row(name: string, madds: number | undefined): LayerCost {
  return { name, operator: "Conv", parameters: 10, parametersWithoutBatchNorm: 8, madds, activationBytes: 4 };
}

Deno.test("sorting puts the largest first and what is not known last", () => {
  const rows = [row("a", 1), row("none", undefined), row("b", 7), row("c", 1), row("zero", 0)];
  assert.deepEqual(sortRows(rows, "madds").map(({ name }) => name), ["b", "a", "c", "zero", "none"]);
  const layers = rows.map(layerRow);
  assert.deepEqual(sortRows(layers, "madds").map(({ name }) => name).slice(0, 2), ["b", "a"]);
});

Deno.test("the rows that are not shown are summed", () => {
  const rows = [row("a", 1), row("b", 2), row("c", 3)].map(layerRow);
  const [shown, others, ...more] = topRows(rows, 1);
  assert.equal(shown.name, "a");
  assert.equal(others.name, "2 others");
  assert.equal(others.madds, 5);
  assert.deepEqual(more, []);
  assert.equal(topRows(rows, 2)[2].name, "1 other");
  assert.deepEqual(topRows(rows, 3), rows);
});

Deno.test("blocks of several layers have a subtotal, and the addends sum up to the total", () => {
  const rows = [row("net.stem", 1), row("net.block1.a", 2), row("net.block1.b", undefined)];
  const costs = sumCosts(rows, "plain", []);
  const all = reportRows(costs);
  assert.deepEqual(all.map(({ kind, name }) => `${kind} ${name}`), [
    "layer net.stem",
    "group net.block1",
    "layer net.block1.a",
    "layer net.block1.b",
    "total total",
  ]);
  for (const by of ["layer", "block", "operator"] as const) {
    const parts = addends(reportRows(costs, { by }), by);
    for (const column of ["madds", "uncounted", "parameters", "layers"] as const) {
      assert.equal(parts.reduce((sum, part) => sum + (part[column] ?? 0), 0), all.at(-1)![column], column);
    }
  }
});
