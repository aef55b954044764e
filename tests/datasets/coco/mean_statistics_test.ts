import assert from "node:assert/strict";
import { meanStatistics } from "../../../datasets/coco/summarize.ts";

Deno.test("the mean over sets is of those that can be measured, and -1 without any", () => {
  assert.deepEqual(meanStatistics([{ AP: 0.5, AR1: -1 }, { AP: 0.25, AR1: 1 }]), { AP: 0.375, AR1: 1 });
  assert.deepEqual(meanStatistics([{ AP: -1 }, { AP: -1 }]), { AP: -1 });
  assert.deepEqual(meanStatistics([{ AP: 0 }, { AP: -1 }]), { AP: 0 });
});
