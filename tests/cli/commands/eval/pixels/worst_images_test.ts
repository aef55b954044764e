import assert from "node:assert/strict";
import fc from "fast-check";
import { WorstImages } from "../../../../../cli/commands/eval/pixels/worst_images.ts";

Deno.test("the images with the lowest scores are kept, the worst first, of equal ones the earlier", () => {
  const scores = fc.array(fc.option(fc.integer({ min: 0, max: 9 })), { maxLength: 40 });
  fc.assert(fc.property(scores, fc.integer({ min: 0, max: 8 }), (scores, most) => {
    const worst = new WorstImages<number>(most);
    scores.forEach((meanIou, place) => worst.add(place, { meanIou, pixelAccuracy: null }));
    const expected = scores.map((score, place) => ({ score, place })).filter(({ score }) => score !== null)
      .sort((a, b) => a.score! - b.score! || a.place - b.place).slice(0, most);
    assert.deepEqual(worst.list.map(({ files }) => files), expected.map(({ place }) => place));
  }));
});
