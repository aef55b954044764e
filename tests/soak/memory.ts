/** A very long run, and whether its memory grows. */
import assert from "node:assert/strict";
import { spawnCli } from "../support/run_cli.ts";
import { residentMemory } from "./memory_of.ts";
import { inTemporaryFolder, makePhotos } from "./pictures.ts";

/** How much to do. */
export interface MemoryOptions {
  readonly images: number;
  /** Numbers of images after which the memory is looked at. */
  readonly looks: readonly number[];
}

/** What came of it. */
export interface MemoryResult {
  /** Bytes of resident memory: the median of what was seen around each look. */
  readonly memory: readonly number[];
  readonly imagesPerSecond: number;
}

/** Images around a look within which the memory is sampled: one sample may fall into a collection of garbage. */
const AROUND = 500;

/** Runs both heads over `images` small pictures with two files each. */
export function watchMemory({ images, looks }: MemoryOptions): Promise<MemoryResult> {
  return inTemporaryFolder(async (cwd) => {
    await makePhotos(cwd, images);
    const child = spawnCli(
      ["run", "photos", "-o", "out", "--save", "ids,json", "--size", "64", "--jsonl", "-q", "-j", "2"],
      { cwd },
    );
    await child.stdin.close();
    const stderr = new Response(child.stderr).text();
    const samples = looks.map((): number[] => []);
    const start = performance.now();
    let done = 0;
    let sampled = 0;
    for await (const chunk of child.stdout) {
      for (const byte of chunk) if (byte === 10) done++;
      const look = looks.findIndex((at) => Math.abs(done - at) <= AROUND || (done >= images && at >= images));
      if (look < 0 || done < sampled + 50) continue;
      sampled = done;
      const memory = await residentMemory(child.pid);
      if (memory !== undefined) samples[look].push(memory);
    }
    const { code } = await child.status;
    assert.equal(code, 0, await stderr);
    assert.equal(done, images);
    return {
      memory: samples.map((values) => values.sort((a, b) => a - b)[values.length >> 1]),
      imagesPerSecond: images / (performance.now() - start) * 1000,
    };
  });
}
