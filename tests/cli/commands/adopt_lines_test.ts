import assert from "node:assert/strict";
import { linesOf } from "../../../cli/commands/adopt/run.ts";
import type { Finding } from "../../../models/adopt/mod.ts";

Deno.test("a finding fits the width with the topic at its left, and says what is assumed", () => {
  const finding: Finding = {
    topic: "images",
    text: "letterboxed into 640×640",
    because: "ultralytics' metadata",
    options: ["fit", "paddingPlace"],
    isAssumed: true,
  };
  assert.equal(
    linesOf(finding, Infinity),
    "? images    letterboxed into 640×640 (ultralytics' metadata; --fit, --padding-place)",
  );
  assert.equal(
    linesOf({ ...finding, isAssumed: false }, 60),
    "  images    letterboxed into 640×640 (ultralytics' metadata;\n            --fit, --padding-place)",
  );
});
