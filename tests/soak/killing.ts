/** Killing a run again and again, and finishing it. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { generator } from "../support/random.ts";
import { runCli, spawnCli } from "../support/run_cli.ts";
import { pacedOutput } from "./paced_output.ts";
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
    await Deno.copyFile(join(cwd, "originals/0.jpg"), join(cwd, "photos", LAST));
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

/** The image that comes last; {@linkcode MORTAL} waits for it for ever, so that no run ends before it is killed. */
const LAST = "hangs.jpg";
const MORTAL = "tests/cli/programs/mortal.ts";

/** Milliseconds without output after which a run has nothing left to do but to wait for {@linkcode LAST}. */
const IDLE = 3000;

/** Starts or goes on with the run, and kills it `delay` ms after it has reported `images` images, or all. */
async function killedAfter(cwd: string, images: number, delay: number): Promise<void> {
  const child = spawnCli([...COMMAND, "-o", "killed", "--skip-existing", "-j", "2"], {
    cwd,
    program: MORTAL,
  });
  await child.stdin.close();
  const stderr = new Response(child.stderr).text();
  const kill = () => child.kill("SIGKILL");
  let timer = setTimeout(kill, 10 * IDLE);
  let lines = 0;
  for await (const chunk of pacedOutput(child)) {
    const before = lines;
    lines += chunk.split("\n").length - 1;
    if (before > images) continue;
    clearTimeout(timer);
    timer = setTimeout(kill, lines > images ? delay : IDLE);
  }
  clearTimeout(timer);
  const { signal } = await child.status;
  assert.equal(signal, "SIGKILL", await stderr);
}
