import assert from "node:assert/strict";
import { classMetric } from "../../../../cli/commands/eval/score_tables.ts";

Deno.test("metrics of classes are named without spaces", () => {
  assert.equal(classMetric(" traffic light"), "IoU.traffic_light");
});
