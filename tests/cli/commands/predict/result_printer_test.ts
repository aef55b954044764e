import assert from "node:assert/strict";
import { ResultPrinter } from "../../../../cli/commands/predict/result_printer.ts";
import type { ImageRecord } from "../../../../models/pipeline/mod.ts";
import { memoryRun } from "../../../support/memory_host.ts";

const RECORD = {
  file: "photos/a very long name of a photo.jpg\n",
  objects: [..."aabbbc"].map((letter) => ({ class: `thing ${letter}` })),
  classes: [{ name: "background", share: 0.9, pixels: 90 }],
} as unknown as ImageRecord;

Deno.test("a result is one line where no terminal is, and fits the terminal where one is", () => {
  const printed = (terminal: boolean, columns: number) => {
    const { context, stdout } = memoryRun({ terminal: { stdout: terminal }, columns });
    new ResultPrinter(context, { json: false, jsonl: false }, "model").image(RECORD);
    return stdout();
  };
  const line =
    "photos/a very long name of a photo.jpg\\n: 3 thing b, 2 thing a, 1 thing c; background 90.0 %\n";
  assert.equal(printed(false, 40), line);
  assert.equal(printed(true, 200), line);
  assert.equal(
    printed(true, 36),
    "photos/a ve…g name of a photo.jpg\\n:\n    3 thing b, 2 thing a, 1 thing c;\n    background 90.0 %\n",
  );
});
