/** Images that are damaged or claim too much. The longer forms are in `tests/soak`. */
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import sharp from "sharp";
import { claimSize } from "../soak/claimed_size.ts";
import { runMutants } from "../soak/mutants.ts";
import { runCli } from "../support/run_cli.ts";
import { testImage } from "../support/test_image.ts";
import { inFolder } from "../support/folders.ts";
import { jsonLines } from "./many_photos.ts";

Deno.test("damaged pictures are done or refused with one line each, and the memory stays within bounds", async () => {
  // However busy the machine is: the soak gives each file ten seconds.
  const { kinds, refused, memory } = await runMutants({ count: 300, seconds: 300 });
  const done = Object.values(kinds).reduce((sum, kind) => sum + kind.done, 0);
  assert.ok(done > 30 && Object.keys(refused).length > 10, `${done} were done`);
  assert.equal(Object.keys(kinds).length, 7 * 5);
  assert.ok(memory < 1.5 * 2 ** 30, `${memory} bytes`);
});

/** Small files of all formats that claim to have 65535×65535 pixels, or the most that the format can hold. */
async function hugeClaims(): Promise<Record<string, Uint8Array>> {
  const { width, height, data } = testImage(40, 30);
  const picture = () => sharp(data, { raw: { width, height, channels: 3 } });
  const bmp = new Uint8Array(54 + 16);
  const header = new DataView(bmp.buffer);
  bmp.set([0x42, 0x4d]);
  header.setUint32(10, 54, true);
  header.setUint32(14, 40, true);
  header.setUint16(26, 1, true);
  header.setUint16(28, 24, true);
  const whole = {
    "a.bmp": bmp,
    "b.gif": new Uint8Array(await picture().gif().toBuffer()),
    "c.png": new Uint8Array(await picture().png().toBuffer()),
    "d.tiff": new Uint8Array(await picture().tiff({ compression: "none" }).toBuffer()),
    "e.webp": new Uint8Array(await picture().webp().toBuffer()),
    "f.jpg": new Uint8Array(await picture().jpeg().toBuffer()),
    "g.avif": new Uint8Array(await picture().avif().toBuffer()),
  };
  const claims = Object.entries(whole).map(([name, file]) => [name, claimSize(file, squareOf(65_535))]);
  return Object.fromEntries(claims);
}

function squareOf(side: number): { width: number; height: number } {
  return { width: side, height: side };
}

Deno.test("small files that claim 65535×65535 pixels are refused from their headers, and the limit is named", () =>
  inFolder(async (cwd) => {
    await Deno.mkdir(join(cwd, "photos"));
    for (const [name, bytes] of Object.entries(await hugeClaims())) {
      await Deno.writeFile(join(cwd, "photos", name), bytes);
    }
    const { code, stdout } = await runCli(["segment", "photos", "--jsonl"], { cwd });
    assert.equal(code, 1);
    const tooLarge = (name: string, side: number) =>
      `cannot read photos/${name}: ${side}×${side} is ${
        side ** 2
      } pixels, more than the limit of 178956970 ` +
      "(raise it with --max-pixels)";
    assert.deepEqual(jsonLines(stdout).map(({ error }) => error), [
      tooLarge("a.bmp", 65_535),
      tooLarge("b.gif", 65_535),
      tooLarge("c.png", 65_535),
      tooLarge("d.tiff", 65_535),
      tooLarge("e.webp", 16_383),
      tooLarge("f.jpg", 65_535),
      tooLarge("g.avif", 65_535),
    ]);
    assert.ok(!existsSync(join(cwd, "out")));
  }));
