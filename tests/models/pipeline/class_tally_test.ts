import assert from "node:assert/strict";
import { ClassTally, type ImageRecord } from "../../../models/pipeline/mod.ts";

Deno.test("classes are counted by object and by image, the most frequent first", () => {
  const tally = new ClassTally();
  const of = (...names: string[]) =>
    ({ width: 4, height: 3, objects: names.map((name) => ({ class: name })) }) as unknown as ImageRecord;
  tally.add(of("bus"));
  tally.add(of("person", "person", "bus"));
  tally.add(of("person"));
  assert.deepEqual(tally.objects, [
    { name: "person", images: 2, count: 3 },
    { name: "bus", images: 2, count: 2 },
  ]);
  assert.deepEqual([tally.images, tally.pixels], [3, 36]);
});
