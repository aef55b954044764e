import assert from "node:assert/strict";
import { chromeTrace } from "../../../core/profile/chrome_trace.ts";
import type { Latency } from "../../../core/profile/measuring/latency.ts";
import type { LayerCost } from "../../../core/profile/counting/layer_cost.ts";
import { addends, layerRows, reportRows, sortRows, topRows } from "../../../core/profile/report_rows.ts";
import { sumCosts } from "../../../core/profile/counting/layer_cost.ts";

function row(name: string, madds: number | undefined): LayerCost {
  return { name, operator: "Conv", parameters: 10, parametersWithoutBatchNorm: 8, madds, activationBytes: 4 };
}

Deno.test("sorting puts the largest first and what is not known last", () => {
  const rows = [row("a", 1), row("none", undefined), row("b", 7), row("c", 1), row("zero", 0)];
  assert.deepEqual(sortRows(rows, "madds").map(({ name }) => name), ["b", "a", "c", "zero", "none"]);
  const layers = layerRows(rows);
  assert.deepEqual(sortRows(layers, "madds").map(({ name }) => name).slice(0, 2), ["b", "a"]);
});

Deno.test("the rows that are not shown are summed", () => {
  const rows = layerRows([row("a", 1), row("b", 2), row("c", 3)]);
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

Deno.test("shares add up from row to row, without the subtotals", () => {
  const timed = (name: string, milliseconds: number) => ({
    ...row(name, 1),
    milliseconds,
    layoutMilliseconds: 0,
    interval: [milliseconds, milliseconds] as const,
    share: milliseconds / 10,
  });
  const rows = [timed("net.block1.a", 2), timed("net.block1.b", 5), timed("net.stem", 1)];
  const measured = {
    ...sumCosts(rows, "plain", []),
    milliseconds: 10,
    partsMilliseconds: 10,
    overheadMilliseconds: 2,
  };
  const shown = reportRows(measured as unknown as Latency);
  assert.deepEqual(shown.map(({ cumulativeShare }) => cumulativeShare?.toFixed(1)), [
    undefined,
    "0.2",
    "0.7",
    "0.8",
    "1.0",
    undefined,
  ]);
});

Deno.test("a trace has the layers one behind the other, below their blocks and the run", () => {
  const rows = ["net.block1.a", "net.block1.b", "net.stem"].map((name, k) => ({
    ...row(name, 1),
    milliseconds: k,
    layoutMilliseconds: k === 2 ? 0.5 : 0,
    interval: [k, k] as const,
    share: k / 4,
  }));
  const measured = {
    ...sumCosts(rows, "plain", []),
    milliseconds: 4,
    partsMilliseconds: 3.5,
    overheadMilliseconds: 0,
    threads: 1,
  };
  const { traceEvents } = chromeTrace(measured as unknown as Latency, "net");
  assert.deepEqual(traceEvents.map(({ name, tid, ts, dur }) => [name, tid, ts, dur]), [
    ["net.block1.b", 2, 0, 1000],
    ["net.block1", 3, 0, 1000],
    ["net.stem (layout)", 2, 1000, 500],
    ["net.stem", 2, 1500, 2000],
    ["net.stem", 3, 1000, 2500],
    ["net", 1, 0, 4000],
  ]);
});
