import assert from "node:assert/strict";
import fc from "fast-check";
import { accepts } from "../core/weights/fuzz.ts";
import { EXPORTED_MODELS } from "./onnx_model_fuzz.ts";

Deno.test("damaged and hostile exported files are models or a clear error, nothing else", () => {
  let accepted = 0;
  fc.assert(
    fc.property(EXPORTED_MODELS.cases, (bytes) => {
      if (accepts(EXPORTED_MODELS, bytes)) accepted++;
    }),
    { numRuns: 2000 },
  );
  // Files that are all refused at the door would test only the door.
  assert.ok(accepted >= 100 && accepted <= 1900, `${accepted} of 2000 were accepted`);
});
