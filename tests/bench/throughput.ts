/**
 * How much of the bare network's speed the whole way of an image keeps.
 *
 *     deno task bench:throughput [FOLDER] [--photos N] [--base CHECKOUT] [--workers N] [--rounds N]
 *
 * For the images of a folder (by default the 79 of coco-mini) it measures, interleaved: (a) inference alone on
 * pixels in memory, (b) the whole of `segment --save ids` and `detect --save json`, (c) decoding alone; all on
 * the same number of workers, each with one thread. It prints medians of images per second and b/a, and the least
 * processor time of an image, which says more on a machine that others use. With
 * `--photos` the images are N photos of 12 megapixels, made for the run. With `--base` it compares instead the commands of
 * this checkout with those of another, run in turns.
 */
import process from "node:process";
import { parseArgs } from "node:util";
import { WorkerPool } from "../../core/workers/mod.ts";
import { DEFAULT_DETECTION, findModel, type Task } from "../../models/mod.ts";
import { type FileKind, startPipeline } from "../../models/pipeline/mod.ts";
import { compareCheckouts } from "./compare_checkouts.ts";
import { makePhotos } from "./photos.ts";
import { shared } from "../support/shared.ts";
import type { StageInit } from "./stage_worker.ts";

const { values, positionals } = parseArgs({
  args: Deno.args,
  allowPositionals: true,
  options: {
    workers: { type: "string", default: "2" },
    rounds: { type: "string", default: "5" },
    photos: { type: "string" },
    base: { type: "string" },
  },
});
const photos = values.photos === undefined ? undefined : await Deno.makeTempDir({ prefix: "bneck-photos-" });
if (photos !== undefined) await makePhotos(photos, Number(values.photos));
const folder = photos ?? positionals[0] ?? shared("data/coco-mini/val2017");
const workers = Number(values.workers);
const rounds = Number(values.rounds);
const paths = [...Deno.readDirSync(folder)].map(({ name }) => `${folder}/${name}`).sort();
const outputs = await Deno.makeTempDir({ prefix: "bneck-throughput-" });

/** Images per second, and milliseconds of all threads' processor time for an image. */
interface Speed {
  readonly rate: number;
  readonly cpu: number;
}

async function speedOf(run: () => AsyncIterable<{ error?: Error }>): Promise<Speed> {
  const [start, before] = [performance.now(), process.cpuUsage()];
  for await (const { error } of run()) if (error) throw error;
  const { user, system } = process.cpuUsage(before);
  return {
    rate: paths.length / (performance.now() - start) * 1000,
    cpu: (user + system) / 1000 / paths.length,
  };
}

function median(numbers: number[]): number {
  return numbers.sort((a, b) => a - b)[numbers.length >> 1];
}

async function measure(task: Task, file: FileKind): Promise<void> {
  const stage = (stage: StageInit["stage"]) =>
    WorkerPool.start<StageInit, number, number>({
      module: new URL("./stage_worker.ts", import.meta.url),
      workers,
      init: { task, stage, paths },
    });
  const [infer, decode] = [await stage("infer"), await stage("decode")];
  const whole = await startPipeline(
    findModel("mb3-large-075"),
    { ...(task === "detect" ? { detect: DEFAULT_DETECTION } : { segment: { opacity: 0.5 } }), files: [file] },
    workers,
  );
  const jobs = paths.map((path, index) => ({ path, outputStem: `${outputs}/${index}` }));
  const indices = paths.keys().toArray();
  const runs = {
    "a  inference alone": () => infer.run(indices),
    [`b  ${task} --save ${file}`]: () => whole.run(jobs),
    "c  decoding alone": () => decode.run(indices),
  };
  const speeds = new Map<string, Speed[]>();
  // The first round warms up.
  for (let round = 0; round <= rounds; round++) {
    for (const [name, run] of Object.entries(runs)) {
      const speed = await speedOf(run);
      if (round > 0) speeds.set(name, [...speeds.get(name) ?? [], speed]);
    }
  }
  const rss = Deno.memoryUsage().rss;
  await Promise.all([infer.close(), decode.close(), whole.close()]);

  const results = [...speeds].map(([name, values]) => ({
    name,
    rate: median(values.map(({ rate }) => rate)),
    cpu: Math.min(...values.map(({ cpu }) => cpu)),
  }));
  for (const { name, rate, cpu } of results) {
    console.log(
      `${name.padEnd(28)} ${rate.toFixed(1).padStart(7)} images/s ${
        cpu.toFixed(1).padStart(7)
      } ms of processor time`,
    );
  }
  const [a, b] = results;
  console.log(
    `b / a ${(b.rate / a.rate).toFixed(3)}, by processor time ${
      (a.cpu / b.cpu).toFixed(3)
    }, all workers' memory ${(rss / 2 ** 20).toFixed(0)} MiB`,
  );
}

console.log(`${paths.length} images of ${folder}, ${workers} workers, ${rounds} rounds`);
try {
  if (values.base !== undefined) {
    await compareCheckouts(values.base, folder, { images: paths.length, workers, rounds });
  } else {
    await measure("segment", "ids");
    await measure("detect", "json");
  }
} finally {
  await Deno.remove(outputs, { recursive: true });
  if (photos !== undefined) await Deno.remove(photos, { recursive: true });
}
