import assert from "node:assert/strict";
import { explainDamage } from "../../../../core/images/formats/damage.ts";
import { gradient, jpegOf, pngOf } from "../pictures.ts";

const causes = {
  "out of memory -- size == 511MB": "there is not enough memory to decode it",
  "VipsJpeg: Corrupt JPEG data: bad Huffman code":
    "the JPEG file is damaged (Corrupt JPEG data: bad Huffman code)",
};

Deno.test("what is wrong is told in one line, and a lack of memory is no damage", async () => {
  const jpeg = await jpegOf(gradient(16, 12));
  for (const [cause, told] of Object.entries(causes)) {
    const { message } = explainDamage(jpeg, "photo.jpg", "JPEG", new Error(cause), false);
    assert.equal(message, `cannot read photo.jpg: ${told}`);
  }
  const { message } = explainDamage(
    await pngOf(gradient(16, 12)),
    "large.png",
    "PNG",
    new Error("vips2png: unable to write to target\nout of memory -- size == 511MB"),
    false,
  );
  assert.equal(message, "cannot read large.png: there is not enough memory to decode it");
});
