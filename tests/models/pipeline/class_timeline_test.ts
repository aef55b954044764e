import assert from "node:assert/strict";
import fc from "fast-check";
import { ClassTimeline } from "../../../models/pipeline/class_timeline.ts";

Deno.test("however long a video is, the means of its intervals give its mean", () => {
  const frame = fc.record({ seconds: fc.double({ min: 0, max: 1e7, noNaN: true }), cars: fc.nat(20) });
  fc.assert(
    fc.property(
      fc.array(frame, { minLength: 1, maxLength: 60 }),
      fc.integer({ min: 1, max: 9 }),
      (frames, size) => {
        const timeline = new ClassTimeline(size);
        for (const { seconds, cars } of frames) timeline.add(seconds, new Map([["car", cars]]));
        const [{ means, mean }] = timeline.classes;
        assert.ok(means.length <= size);
        const places = Map.groupBy(frames, ({ seconds }) => Math.floor(seconds / timeline.interval + 1e-9));
        for (const [place, those] of places) {
          const expected = those.reduce((sum, { cars }) => sum + cars, 0) / those.length;
          assert.ok(Math.abs(means[place] - expected) < 1e-9, `${means[place]} ${expected}`);
        }
        assert.equal(means.filter((value) => !Number.isNaN(value)).length, places.size);
        assert.ok(Math.abs(mean - frames.reduce((sum, { cars }) => sum + cars, 0) / frames.length) < 1e-9);
      },
    ),
  );
});

Deno.test("classes come by how much there is of them, with zeros where they are not seen", () => {
  const timeline = new ClassTimeline(10);
  timeline.add(0, new Map([["dog", 1]]));
  timeline.add(0.25, new Map([["cat", 2]]));
  assert.deepEqual(timeline.classes.map(({ name, means }) => [name, ...means]), [
    ["cat", 0, NaN, 2],
    ["dog", 1, NaN, 0],
  ]);
});
