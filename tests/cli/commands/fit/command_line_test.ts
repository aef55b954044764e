import assert from "node:assert/strict";
import { commandLineOf } from "../../../../cli/commands/fit/command_line.ts";

Deno.test("the command of a card has what changes the model, as it would be typed", () => {
  assert.equal(
    commandLineOf("segment", {
      images: "my photos",
      out: "a.safetensors",
      crop: { height: 360, width: 480 },
      scale: { lowest: 0.6, highest: 1.8 },
      passes: [8, 2],
      backboneLr: 3e-4,
      workers: 2,
      skipFaulty: true,
      json: false,
      licence: "it's mine",
      val: undefined,
    }),
    "bneck fit segment --images 'my photos' --crop 360x480 --scale 0.6,1.8 --passes 8,2 --backbone-lr 0.0003 " +
      "--skip-faulty --licence 'it'\\''s mine'",
  );
});
