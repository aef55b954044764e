/** A very long run, and whether its memory grows. */
import assert from "node:assert/strict";
import { spawnCli } from "../support/run_cli.ts";
import { residentMemory } from "./memory_of.ts";
import { pacedOutput } from "./paced_output.ts";
import { makePhotos } from "./pictures.ts";
import { inFolder } from "../support/folders.ts";

/** How much to do. */
export interface MemoryOptions {
  readonly images: number;
  /** Numbers of images after which the memory is looked at. */
  readonly looks: readonly number[];
}

/** What came of it. */
export interface MemoryResult {
  /** Bytes of resident memory around each look. */
  readonly looks: readonly Look[];
  readonly imagesPerSecond: number;
}

/** Bytes of resident memory. It swings with the collection of garbage, so one sample says little. */
export interface Look {
  readonly least: number;
  readonly median: number;
  readonly most: number;
}

/** How often the memory is sampled from the first to the last image. */
const SAMPLES = 400;

/** Which samples belong to a look: those within so much of the whole run before and behind it. */
const AROUND = 0.05;

/** Runs both heads over `images` small pictures with two files each. */
export function watchMemory({ images, looks }: MemoryOptions): Promise<MemoryResult> {
  return inFolder(async (cwd) => {
    await makePhotos(cwd, images);
    const child = spawnCli(
      ["run", "photos", "-o", "out", "--save", "ids,json", "--size", "64", "--jsonl", "-q", "-j", "2"],
      { cwd },
    );
    await child.stdin.close();
    const stderr = new Response(child.stderr).text();
    const samples: { readonly done: number; readonly memory: number }[] = [];
    const start = performance.now();
    let done = 0;
    for await (const chunk of pacedOutput(child)) {
      done += chunk.split("\n").length - 1;
      if (done < (samples.length + 1) * images / SAMPLES) continue;
      const memory = await residentMemory(child.pid);
      if (memory !== undefined) samples.push({ done, memory });
    }
    const { code } = await child.status;
    assert.equal(code, 0, await stderr);
    assert.equal(done, images);
    const imagesPerSecond = images / (performance.now() - start) * 1000;
    const around = (at: number) => samples.filter(({ done }) => Math.abs(done - at) <= images * AROUND);
    return { looks: looks.map((at) => look(around(at).map(({ memory }) => memory))), imagesPerSecond };
  });
}

function look(memory: readonly number[]): Look {
  assert.ok(memory.length > 0, "the memory was not looked at");
  const sorted = memory.toSorted((a, b) => a - b);
  return { least: sorted[0], median: sorted[sorted.length >> 1], most: sorted.at(-1)! };
}
