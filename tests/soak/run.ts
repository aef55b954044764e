/**
 * Load and faults, in their long forms.
 *
 *     deno task soak [kills] [mutants] [memory] [--scale 0.1]
 *
 * kills    400 images, killed (SIGKILL) 20 times at random moments and taken up with --skip-existing
 * mutants  5,000 damaged JPEG, PNG, WebP and TIFF files in one run
 * memory   100,000 small images in one run: resident memory after 10,000 and after 100,000 within 10 %
 *
 * Without a name all three run. Each prints its figures and ends the program with an error if something is wrong.
 */
import assert from "node:assert/strict";
import { parseArgs } from "node:util";
import { killAndResume } from "./killing.ts";
import { watchMemory } from "./memory.ts";
import { runMutants } from "./mutants.ts";

const { values, positionals } = parseArgs({
  args: Deno.args,
  allowPositionals: true,
  options: { scale: { type: "string", default: "1" } },
});
const scaled = (count: number) => Math.max(1, Math.round(count * Number(values.scale)));
const megabytes = (bytes: number) => `${(bytes / 2 ** 20).toFixed(0)} MiB`;

const SOAKS: Readonly<Record<string, () => Promise<string>>> = {
  async kills() {
    const [images, kills] = [scaled(400), scaled(20)];
    const { filesAfterKill, leftovers, files } = await killAndResume({ images, kills });
    const torn = leftovers.filter((count) => count > 0).length;
    return `${images} images, ${kills} kills: after the last there were ${
      filesAfterKill.at(-1)
    } of ${files} files; ` +
      `${torn} kills left a temporary file; at the end all files are those of an undisturbed run, and nothing else`;
  },

  async mutants() {
    const count = scaled(5000);
    const { done, refused, slowest, memory } = await runMutants({ count });
    assert.ok(memory < 2 ** 30, `${megabytes(memory)} of memory`);
    const reasons = Object.entries(refused).sort((a, b) => b[1] - a[1]);
    return `${count} files: ${done} done, ${count - done} refused for ${reasons.length} reasons; slowest ` +
      `${slowest.toFixed(0)} ms, at most ${megabytes(memory)}\n` +
      reasons.map(([reason, number]) => `  ${String(number).padStart(5)}  ${reason}`).join("\n");
  },

  async memory() {
    const images = scaled(100_000);
    const looks = [0.1, 0.25, 0.5, 0.75, 1].map((share) => Math.round(images * share));
    const { memory, imagesPerSecond } = await watchMemory({ images, looks });
    const growth = memory.at(-1)! / memory[0] - 1;
    assert.ok(growth < 0.1, `${megabytes(memory[0])} grew to ${megabytes(memory.at(-1)!)}`);
    const seen = looks.map((at, i) => `${megabytes(memory[i])} after ${at}`).join(", ");
    return `${seen}: ${(growth * 100).toFixed(1)} % more; ${imagesPerSecond.toFixed(0)} images/s`;
  },
};

for (const name of positionals.length > 0 ? positionals : Object.keys(SOAKS)) {
  if (!(name in SOAKS)) throw new Error(`unknown soak ${name}: there are ${Object.keys(SOAKS).join(", ")}`);
  const start = performance.now();
  const figures = await SOAKS[name]();
  console.log(`${name} (${((performance.now() - start) / 1000).toFixed(0)} s): ${figures}`);
}
