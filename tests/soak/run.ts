/**
 * Load and faults, in their long forms.
 *
 *     deno task soak [kills] [mutants] [memory] [--scale 0.1]
 *
 * kills    1,000 images, killed (SIGKILL) 20 times at random moments and taken up with --skip-existing
 * mutants  5,000 damaged JPEG, PNG, WebP, AVIF, TIFF, GIF and BMP files in one run: none may take more than 10 s
 * memory   100,000 small images in one run: resident memory after 10,000 and after 100,000 within 10 %
 *
 * Without a name all three run. Each prints its figures and ends the program with an error if something is wrong.
 */
import assert from "node:assert/strict";
import { parseArgs } from "node:util";
import { killAndResume } from "./killing.ts";
import { watchMemory } from "./memory.ts";
import { runMutants, type TimedFile } from "./mutants.ts";

const { values, positionals } = parseArgs({
  args: Deno.args,
  allowPositionals: true,
  options: { scale: { type: "string", default: "1" } },
});
const scaled = (count: number) => Math.max(1, Math.round(count * Number(values.scale)));
const megabytes = (bytes: number) => `${(bytes / 2 ** 20).toFixed(0)} MiB`;
const timed = ({ file, milliseconds }: TimedFile) => `${milliseconds.toFixed(0)} ms (${file})`;

const SOAKS: Readonly<Record<string, () => Promise<string>>> = {
  async kills() {
    const images = scaled(1000);
    const { kills, files } = await killAndResume({ images, kills: scaled(20) });
    const starting = kills.filter((kill) => kill.starting).length;
    const torn = kills.filter(({ temporaries }) => temporaries > 0).length;
    return `${images} images, ${kills.length} kills, ${starting} of them while the run started: ` +
      `${torn} left a temporary file; at the end all files are those of an undisturbed run, and nothing else\n` +
      `  of ${files} files there were after each kill: ${kills.map((kill) => kill.files).join(" ")}`;
  },

  async mutants() {
    const count = scaled(5000);
    const { kinds, refused, slowest, longestWait, memory } = await runMutants({ count, seconds: 10 });
    // Four pictures at once, some of which claim tens of megapixels and have them made.
    assert.ok(memory < 1.5 * 2 ** 30, `${megabytes(memory)} of memory`);
    const failed = Object.values(refused).reduce((sum, number) => sum + number, 0);
    const byNumber = Object.entries(refused).sort((a, b) => b[1] - a[1]);
    return [
      `${count} files: ${count - failed} done, ${failed} refused; at most ${megabytes(memory)}`,
      `  slowest ${timed(slowest)}, longest wait for a line ${timed(longestWait)}`,
      ...Object.entries(kinds).sort(([a], [b]) => a < b ? -1 : 1)
        .map(([kind, { done, refused }]) => `  ${kind.padEnd(14)} ${done} done, ${refused} refused`),
      ...byNumber.map(([reason, number]) => `  ${String(number).padStart(5)}  ${reason}`),
    ].join("\n");
  },

  async memory() {
    const images = scaled(100_000);
    const places = [0.1, 0.25, 0.5, 0.75, 1].map((share) => Math.round(images * share));
    const { looks, imagesPerSecond } = await watchMemory({ images, looks: places });
    const [first, last] = [looks[0].median, looks.at(-1)!.median];
    const growth = last / first - 1;
    assert.ok(growth < 0.1, `${megabytes(first)} grew to ${megabytes(last)}`);
    return [
      `${(growth * 100).toFixed(1)} % more at the end; ${imagesPerSecond.toFixed(0)} images/s`,
      ...looks.map(({ least, median, most }, i) =>
        `  around ${places[i]} images: median ${megabytes(median)}, ${megabytes(least)} to ${megabytes(most)}`
      ),
    ].join("\n");
  },
};

for (const name of positionals.length > 0 ? positionals : Object.keys(SOAKS)) {
  if (!(name in SOAKS)) throw new Error(`unknown soak ${name}: there are ${Object.keys(SOAKS).join(", ")}`);
  const start = performance.now();
  const figures = await SOAKS[name]();
  console.log(`${name} (${((performance.now() - start) / 1000).toFixed(0)} s): ${figures}`);
}
