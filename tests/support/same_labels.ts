import assert from "node:assert/strict";
import type { LabelMap } from "../../core/images/mod.ts";

/** Asserts that two label maps are the same, pixel for pixel; the difference of a whole image would fill the memory. */
export function assertSameLabels(found: LabelMap, expected: LabelMap): void {
  assert.deepEqual([found.width, found.height], [expected.width, expected.height]);
  let differing = 0;
  for (let at = 0; at < expected.data.length; at++) if (found.data[at] !== expected.data[at]) differing++;
  assert.equal(differing, 0, `${differing} of ${expected.data.length} pixels differ`);
}
