import assert from "node:assert/strict";
import { countEffect, measureEffect } from "../../../models/profile/mod.ts";

Deno.test("squeeze-and-excite costs its own layers", () => {
  const { rows: [published, without] } = countEffect("se");
  const inSe = published.subject.costs.rows.filter(({ name }) => name.includes(".se."));
  const sum = (column: "madds" | "parameters") => inSe.reduce((total, row) => total + (row[column] ?? 0), 0);
  assert.equal(published.subject.costs.madds - without.subject.costs.madds, sum("madds"));
  assert.equal(published.subject.costs.parameters - without.subject.costs.parameters, sum("parameters"));
});

Deno.test("every variant of an effect gets its own time, fused and unfused", async () => {
  const counted = countEffect("nonlinearity", "mobilenetv3-small-0.35", { size: [32, 32] });
  let total = 0;
  const onRun = (run: { total: number }) => total = run.total;
  const { rows } = await measureEffect(counted, { runs: 1, warmup: 0, onRun });
  assert.equal(total, 2 * rows.length);
  assert.deepEqual(rows.map(({ variant }) => variant), counted.rows.map(({ variant }) => variant));
  const times = rows.flatMap(({ time, unfused }) => [time!.milliseconds, unfused!.time!.milliseconds]);
  assert.ok(times.every((time) => time > 0));
  assert.equal(rows[0].time!.ratio, 1);
});

Deno.test("an effect is measured on a MobileNetV3 of the paper", () => {
  for (const name of ["mobilenetv2-1.0", "mobilenetv3-large-9", "mobilenetv3-large-0", "mobilenetv3-large"]) {
    assert.throws(() => countEffect("se", name), /measured on a MobileNetV3, such as .+, not on mobilenet/);
  }
});
