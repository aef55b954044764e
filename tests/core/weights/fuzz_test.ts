import assert from "node:assert/strict";
import fc from "fast-check";
import { accepts } from "./fuzz.ts";
import { TARGETS } from "./fuzz_targets.ts";

for (const target of TARGETS) {
  Deno.test(`${target.name}: damaged and hostile files give tensors or a clear error, nothing else`, () => {
    let accepted = 0;
    fc.assert(
      fc.property(target.cases, (bytes) => {
        if (accepts(target, bytes)) accepted++;
      }),
      { numRuns: 2000 },
    );
    // Files that are all refused at the door would test only the door.
    assert.ok(accepted >= 100 && accepted <= 1900, `${accepted} of 2000 were accepted`);
  });
}
