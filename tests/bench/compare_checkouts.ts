/** The commands of two checkouts on the same images, in turns. */
import { ROOT } from "../support/shared.ts";

/** Seconds that a command takes; what it prints is dropped. */
async function secondsOf(checkout: string, args: readonly string[]): Promise<number> {
  const start = performance.now();
  const { success, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "cli/main.ts", ...args],
    cwd: checkout,
    stdout: "null",
    stderr: "piped",
  }).output();
  if (!success) throw new Error(`${checkout}: ${new TextDecoder().decode(stderr)}`);
  return (performance.now() - start) / 1000;
}

/**
 * Prints images per second of both, the best of all rounds (start included), since what else the machine does only ever
 * takes time.
 *
 * @param base the checkout to compare this one with
 */
export async function compareCheckouts(
  base: string,
  folder: string,
  { images, workers, rounds }: { readonly images: number; readonly workers: number; readonly rounds: number },
): Promise<void> {
  const out = await Deno.makeTempDir({ prefix: "bneck-throughput-" });
  try {
    for (const [task, kind] of [["segment", "ids"], ["detect", "json"]]) {
      const args = [task, folder, "-o", out, "--save", kind, "--overwrite", "-j", String(workers)];
      const best = { base: Infinity, here: Infinity };
      for (let round = 0; round < rounds; round++) {
        best.base = Math.min(best.base, await secondsOf(base, args));
        best.here = Math.min(best.here, await secondsOf(ROOT, args));
      }
      const [before, now] = [images / best.base, images / best.here];
      console.log(
        `${task} --save ${kind}: ${before.toFixed(1)} images/s in ${base}, ${now.toFixed(1)} here: ${
          (now / before).toFixed(2)
        } times`,
      );
    }
  } finally {
    await Deno.remove(out, { recursive: true });
  }
}
