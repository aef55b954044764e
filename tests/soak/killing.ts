/** Killing a run again and again, and finishing it. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { generator } from "../support/random.ts";
import { runCli, spawnCli } from "../support/run_cli.ts";
import { digests, inTemporaryFolder, makePhotos } from "./pictures.ts";

/** How much to do. */
export interface KillingOptions {
  readonly images: number;
  readonly kills: number;
  readonly seed?: number;
}

/** What came of it. */
export interface KillingResult {
  /** Files that were there after each kill. */
  readonly filesAfterKill: readonly number[];
  /** Temporary files that were there after each kill. */
  readonly leftovers: readonly number[];
  readonly files: number;
}

const COMMAND = ["run", "photos", "--save", "ids,json,overlay", "--size", "64", "--jsonl"];

/**
 * Runs `bneck run` once in peace, and once killed (SIGKILL) at random moments and taken up with `--skip-existing`.
 *
 * @throws {AssertionError} when the second run's files differ in a byte from the first's, or a file is left over.
 */
export function killAndResume({ images, kills, seed = 1 }: KillingOptions): Promise<KillingResult> {
  return inTemporaryFolder(async (cwd) => {
    await makePhotos(cwd, images);
    const peaceful = await runCli([...COMMAND, "-o", "peaceful"], { cwd });
    assert.equal(peaceful.code, 0, peaceful.stderr);
    const expected = digests(join(cwd, "peaceful"));

    const random = generator(seed);
    const filesAfterKill: number[] = [];
    const leftovers: number[] = [];
    for (let kill = 0; kill < kills; kill++) {
      // Each run may do its share of the images, so that even the last has something to be killed at.
      await killedAfter(cwd, Math.floor(random() * images / kills), random() * 20);
      const found = Object.entries(digests(join(cwd, "killed")));
      const whole = found.filter(([name]) => !name.endsWith(".tmp"));
      for (const [name, digest] of whole) {
        assert.equal(digest, expected[name], `${name} is torn after kill ${kill + 1}`);
      }
      filesAfterKill.push(whole.length);
      leftovers.push(found.length - whole.length);
    }
    const last = await runCli([...COMMAND, "-o", "killed", "--skip-existing"], { cwd });
    assert.equal(last.code, 0, last.stderr);
    assert.deepEqual(digests(join(cwd, "killed")), expected);
    return { filesAfterKill, leftovers, files: Object.keys(expected).length };
  });
}

/** Starts or goes on with the run, and kills it `delay` ms after it has reported `images` images. */
async function killedAfter(cwd: string, images: number, delay: number): Promise<void> {
  const child = spawnCli([...COMMAND, "-o", "killed", "--skip-existing", "-j", "2"], { cwd });
  await child.stdin.close();
  const stderr = new Response(child.stderr).text();
  let lines = 0;
  let sent = false;
  for await (const chunk of child.stdout.pipeThrough(new TextDecoderStream())) {
    lines += chunk.split("\n").length - 1;
    if (lines <= images || sent) continue;
    sent = true;
    await new Promise((resolve) => setTimeout(resolve, delay));
    child.kill("SIGKILL");
  }
  const { signal } = await child.status;
  assert.equal(signal, "SIGKILL", await stderr);
  await stderr;
}
