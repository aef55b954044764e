/** Killing a run again and again, and finishing it. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { randomNumbers } from "../../core/random.ts";
import { runCli, spawnCli } from "../support/run_cli.ts";
import { pacedOutput } from "./paced_output.ts";
import { digests, makePhotos } from "./pictures.ts";
import { inFolder } from "../support/folders.ts";

/** How much to do. */
export interface KillingOptions {
  readonly images: number;
  readonly kills: number;
  readonly seed?: number;
}

/** What came of it. */
export interface KillingResult {
  /** Of each kill, in their order. */
  readonly kills: readonly Kill[];
  /** Files that an undisturbed run leaves. */
  readonly files: number;
}

/** What a killed run left. */
export interface Kill {
  /** Whether it was killed at a random time from its start, and not when it had reached a random image. */
  readonly starting: boolean;
  /** Whole files, those of the runs before among them. */
  readonly files: number;
  readonly temporaries: number;
}

const KINDS = ["ids.png", "objects.json", "overlay.jpg"];
const COMMAND = ["run", "photos", "--save", "ids,json,overlay", "--size", "64", "--jsonl", "-j", "2"];

/** The image that comes last; {@linkcode MORTAL} waits for it for ever, so that no run ends before it is killed. */
const LAST = "hangs.jpg";
const MORTAL = "tests/cli/programs/mortal.ts";

/**
 * Runs `bneck run` once in peace, and once killed (SIGKILL) at random moments and taken up with `--skip-existing`.
 * The moments are spread over all images; every fourth run is killed while it starts.
 *
 * @throws {AssertionError} when the second run's files differ in a byte from the first's, or a file is left over.
 */
export function killAndResume({ images, kills, seed = 1 }: KillingOptions): Promise<KillingResult> {
  return inFolder(async (cwd) => {
    await makePhotos(cwd, images);
    await Deno.copyFile(join(cwd, "originals/0.jpg"), join(cwd, "photos", LAST));
    const startUp = await runInPeace(cwd);
    const expected = digests(join(cwd, "peaceful"));
    assert.equal(Object.keys(expected).length, (images + 1) * KINDS.length);

    const random = randomNumbers(seed);
    const goals = Array.from({ length: kills }, () => 1 + Math.floor(random() * (images - 1)))
      .sort((a, b) => a - b);
    const results: Kill[] = [];
    let done = 0;
    for (const [kill, goal] of goals.entries()) {
      const starting = kill % 4 === 3 || done >= goal;
      if (starting) await killedAtTime(cwd, random() * 1.5 * startUp);
      else await killedAtImage(cwd, goal - done, random() * 50);
      const found = Object.entries(digests(join(cwd, "killed")));
      const whole = found.filter(([name]) => !name.endsWith(".tmp"));
      for (const [name, digest] of whole) {
        assert.equal(digest, expected[name], `${name} is torn after kill ${kill + 1}`);
      }
      results.push({ starting, files: whole.length, temporaries: found.length - whole.length });
      done = completeImages(whole.map(([name]) => name));
    }
    const last = await runCli([...COMMAND, "-o", "killed", "--skip-existing"], { cwd });
    assert.equal(last.code, 0, last.stderr);
    assert.deepEqual(digests(join(cwd, "killed")), expected);
    return { kills: results, files: Object.keys(expected).length };
  });
}

/** The undisturbed run; returns the milliseconds until its first result. */
async function runInPeace(cwd: string): Promise<number> {
  const start = performance.now();
  const child = spawnCli([...COMMAND, "-o", "peaceful"], { cwd });
  await child.stdin.close();
  const stderr = new Response(child.stderr).text();
  let first: number | undefined;
  for await (const _ of pacedOutput(child)) first ??= performance.now();
  const { code } = await child.status;
  assert.equal(code, 0, await stderr);
  return first! - start;
}

/** Images that have all their files; the next run leaves them out. */
function completeImages(files: readonly string[]): number {
  const counts = new Map<string, number>();
  for (const file of files) {
    const kind = KINDS.find((kind) => file.endsWith(`.${kind}`))!;
    const stem = file.slice(0, -kind.length);
    counts.set(stem, (counts.get(stem) ?? 0) + 1);
  }
  return counts.values().filter((count) => count === KINDS.length).toArray().length;
}

/** Goes on with the run and kills it `delay` ms after it has reported `images` images, of which there must be as many. */
function killedAtImage(cwd: string, images: number, delay: number): Promise<void> {
  let lines = 0;
  return killed(cwd, (kill, chunk) => {
    const before = lines;
    lines += chunk.split("\n").length - 1;
    if (before < images && lines >= images) setTimeout(kill, delay);
  });
}

/** Goes on with the run and kills it `delay` ms after its start. */
function killedAtTime(cwd: string, delay: number): Promise<void> {
  let started = false;
  return killed(cwd, (kill) => {
    if (!started) setTimeout(kill, delay);
    started = true;
  });
}

/** Goes on with the run until `watch`, which is told of the start (`""`) and all output, has killed it. */
async function killed(cwd: string, watch: (kill: () => void, output: string) => void): Promise<void> {
  const child = spawnCli([...COMMAND, "-o", "killed", "--skip-existing"], { cwd, program: MORTAL });
  const kill = () => child.kill("SIGKILL");
  watch(kill, "");
  await child.stdin.close();
  const stderr = new Response(child.stderr).text();
  for await (const chunk of pacedOutput(child)) watch(kill, chunk);
  const { signal } = await child.status;
  assert.equal(signal, "SIGKILL", await stderr);
}
