/** The tables of search and quantize on narrow terminals. */
import assert from "node:assert/strict";
import { printQuantized } from "../../../cli/commands/quantize/result.ts";
import { GIVING_WAY, searchColumns } from "../../../cli/commands/search/result.ts";
import { fittedTable } from "../../../cli/console/fit_columns.ts";
import { displayWidth } from "../../../cli/console/output.ts";
import type { Quantized } from "../../../models/compress/quantize/mod.ts";
import type { SearchRow } from "../../../models/search/mod.ts";
import { memoryRun } from "../../support/memory_host.ts";

const WIDTHS = [60, 80];

function assertNarrow(text: string, width: number): void {
  for (const line of text.split("\n")) assert.ok(displayWidth(line) <= width, `${width}: ${line}`);
}

Deno.test("the table of a search fits narrow terminals and keeps the latency and its stand-in", () => {
  const row = {
    predicted: 0.8,
    measured: 0.88,
    madds: 28e6,
    parameters: 3.43e6,
    quality: 60.3,
    reward: 61.19,
  };
  const rows = ["found", "MnasNet-small", "V3-Large 0.75"].map((label) => ({
    ...row,
    label,
    published: 73.3,
  }));
  for (const width of WIDTHS) {
    const some = rows as unknown as SearchRow[];
    const text = fittedTable(some, searchColumns(some), "table", { fit: { width, givingWay: GIVING_WAY } });
    assertNarrow(text, width);
    assert.match(text, /^network +predicted ms.*stand-in/);
    assert.match(text, /^MnasNet-small /m);
  }
});

Deno.test("the table of a quantized model fits narrow terminals, and --wide shows all of it", () => {
  const block = {
    float: 0.4321,
    int8: 0.2345,
    error: 0.0123,
    drop: 0.0012,
    rule: "squared error",
    chosen: true,
  };
  const blocks = [1, 2].map((k) => ({ ...block, name: `backbone.block1${k}.of segment` }));
  const result = {
    blocks,
    calibration: { found: 9, images: 9 },
    error: 0.01,
    time: { rounds: 0 },
    size: [96, 96],
  } as unknown as Quantized;
  const facts = { out: "a.onnx", floatBytes: 9, bytes: 3, processor: "CPU", onnxruntime: "1.30.0" };
  for (const columns of WIDTHS) {
    const { context, stdout } = memoryRun({ env: { NO_COLOR: "1" }, terminal: { stdout: true }, columns });
    printQuantized(context, result, facts as Parameters<typeof printQuantized>[2], false);
    assertNarrow(stdout(), columns);
    assert.match(stdout(), /^block +float ms +int8 ms.*chosen/);
    const wide = memoryRun({ env: { NO_COLOR: "1" }, terminal: { stdout: true }, columns });
    printQuantized(wide.context, result, facts as Parameters<typeof printQuantized>[2], true);
    assert.match(wide.stdout(), /error alone +drop alone +ranges +chosen/);
  }
});
