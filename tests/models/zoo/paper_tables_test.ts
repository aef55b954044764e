import assert from "node:assert/strict";
import { PAPER_TABLES, type PaperRow, type PaperTableName } from "../../../models/zoo/mod.ts";
import { shared, testWithShared } from "../../support/shared.ts";

function rowsOf(name: PaperTableName): readonly PaperRow[] {
  return PAPER_TABLES.find((table) => table.name === name)!.rows;
}

/** What is printed, in the units of the transcription; absent figures are null there. */
function figures({ printed }: PaperRow, unit: number) {
  const scaled = (value: number | undefined, by: number) =>
    value === undefined ? null : Number((value / by).toFixed(4));
  return {
    quality: printed.quality ?? null,
    madds: scaled(printed.madds, unit),
    params: scaled(printed.params, 1e6),
    pixel1: printed.pixel1 ?? null,
    pixel2: printed.pixel2 ?? null,
    pixel3: printed.pixel3 ?? null,
  };
}

testWithShared("reference/paper-tables.json", "the printed figures are those of the paper", () => {
  const paper = JSON.parse(Deno.readTextFileSync(shared("reference/paper-tables.json")));
  type Row = Record<string, number>;
  const blank = { pixel1: null, pixel2: null, pixel3: null };

  assert.deepEqual(
    rowsOf("table3").map((row) => figures(row, 1e6)),
    paper.table3_float.rows.map((row: Row) => ({
      quality: row.top1,
      madds: row.madds_m,
      params: row.params_m,
      pixel1: row.p1_ms,
      pixel2: row.p2_ms,
      pixel3: row.p3_ms,
    })),
  );
  assert.deepEqual(
    rowsOf("table6").map((row) => figures(row, 1e9)),
    paper.table6_ssdlite_coco.rows.map((row: Row) => ({
      ...blank,
      quality: row.map,
      madds: row.madds_b,
      params: row.params_m,
      pixel1: row.latency_ms,
    })),
  );
  assert.deepEqual(
    rowsOf("table7").map((row) => figures(row, 1e9)),
    paper.table7_cityscapes_val.rows.map((row: Row) => ({
      ...blank,
      quality: row.miou,
      madds: row.madds_b,
      params: row.params_m,
      pixel3: row.cpu_f_s * 1000,
    })),
  );
  assert.deepEqual(
    rowsOf("table8").map((row) => figures(row, 1e9)),
    paper.table8_cityscapes_test.rows.filter((row: Row) => row.os !== null).flatMap((row: Row) => [
      { ...blank, quality: row.miou, madds: row.madds_f_b, params: null, pixel3: row.cpu_f_s * 1000 },
      { ...blank, quality: null, madds: row.madds_h_b, params: null, pixel3: row.cpu_h_ms },
    ]),
  );
  assert.deepEqual(
    rowsOf("table9").map((row) => figures(row, 1e6)),
    paper.table9_multipliers_resolutions.rows.map((row: Row) => ({
      ...blank,
      quality: row.top1,
      madds: row.madds_m,
      params: row.params_m,
      pixel1: row.p1_ms,
    })),
  );
});

Deno.test("table 9 sweeps widths at 224 pixels and sizes at width 1", () => {
  for (const { label, network, size } of rowsOf("table9")) {
    const [, name, pixels, width] = label.match(/^V3-(Large|Small) (\d+)\/([\d.]+)$/)!;
    assert.equal(network, `mobilenetv3-${name.toLowerCase()}-${width}`);
    assert.deepEqual(size, [Number(pixels), Number(pixels)]);
    assert.ok(Number(pixels) === 224 || Number(width) === 1);
  }
});
