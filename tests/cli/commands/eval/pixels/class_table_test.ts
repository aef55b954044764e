import assert from "node:assert/strict";
import { classMetric } from "../../../../../cli/commands/eval/pixels/class_table.ts";

Deno.test("metrics of classes are named without spaces", () => {
  assert.equal(classMetric(" traffic light"), "IoU.traffic_light");
});
