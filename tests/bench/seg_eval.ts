/**
 * How long scoring Cityscapes predictions takes, beside decoding the PNGs alone, on made-up scenes of 1024 ×
 * 2048 pixels.
 *
 *     deno run --allow-read --allow-write --allow-env --allow-sys --allow-run tests/bench/seg_eval.ts [pairs]
 *
 * With `CITYSCAPES_PYTHON` set to a Python that has cityscapesScripts and a numpy before 2.4 (which dropped
 * `in1d`), the official script's numpy path scores the first pairs too. All ways take turns in each round;
 * medians are printed.
 */
import { encodeLabelPng } from "../../core/images/mod.ts";
import { WorkerPool } from "../../core/workers/mod.ts";
import {
  CityscapesMetric,
  type CityscapesPair,
  cityscapesSet,
  pairPredictions,
  readCityscapes,
} from "../../datasets/cityscapes/mod.ts";
import { evaluate } from "../../models/evaluation/mod.ts";
import { streetScene } from "./street_scene.ts";

const [WIDTH, HEIGHT] = [2048, 1024];
/** Pairs that the official script scores in a round; it takes about a second for each. */
const OFFICIAL_PAIRS = 5;

const pairCount = Number(Deno.args[0] ?? 100);
const rounds = Number(Deno.args[1] ?? 3);
const python = Deno.env.get("CITYSCAPES_PYTHON");

const root = await Deno.makeTempDir({ prefix: "bneck-seg-eval-" });
try {
  await writeSet(root, pairCount);
  const pairs = await pairPredictions(await readCityscapes(root, "val"), `${root}/results`);

  const ways: Record<string, () => Promise<number>> = {};
  for (const instances of [false, true]) {
    const what = instances ? "IoU + iIoU (3 PNGs)" : "IoU (2 PNGs)       ";
    for (const workers of [1, 2]) {
      ways[`${what}  ${workers} worker${workers > 1 ? "s" : " "}  decode`] = () =>
        decode(pairs, workers, instances);
      ways[`${what}  ${workers} worker${workers > 1 ? "s" : " "}  total `] = () =>
        score(root, pairs.length, workers, instances);
    }
    if (python) {
      ways[`${what}  cityscapesScripts `] = () => official(python, pairs.slice(0, OFFICIAL_PAIRS), instances);
    }
  }
  const times: Record<string, number[]> = {};
  for (let round = 0; round < rounds; round++) {
    for (const [name, run] of Object.entries(ways)) (times[name] ??= []).push(await run());
  }
  console.log(`${pairs.length} pairs of ${HEIGHT} × ${WIDTH}, ms per pair, median of ${rounds} rounds`);
  for (const [name, list] of Object.entries(times)) {
    const sorted = list.toSorted((a, b) => a - b);
    const range = `${sorted[0].toFixed(1)} to ${sorted.at(-1)!.toFixed(1)}`;
    console.log(`${name}  ${sorted[Math.floor(sorted.length / 2)].toFixed(1).padStart(7)}   (${range})`);
  }
} finally {
  await Deno.remove(root, { recursive: true });
}

async function writeSet(root: string, count: number): Promise<void> {
  const truthFolder = `${root}/gtFine/val/madeup`;
  await Deno.mkdir(truthFolder, { recursive: true });
  await Deno.mkdir(`${root}/results`);
  for (let k = 0; k < count; k++) {
    const { truth, instances, prediction } = streetScene(WIDTH, HEIGHT, k + 1);
    const name = `madeup_000000_${String(k).padStart(6, "0")}`;
    await Deno.writeFile(`${truthFolder}/${name}_gtFine_labelIds.png`, encodeLabelPng(truth));
    await Deno.writeFile(`${truthFolder}/${name}_gtFine_instanceIds.png`, encodeLabelPng(instances));
    await Deno.writeFile(`${root}/results/${name}_pred.png`, encodeLabelPng(prediction));
  }
}

/** Milliseconds per pair to read and decode. */
async function decode(
  pairs: readonly CityscapesPair[],
  workers: number,
  instances: boolean,
): Promise<number> {
  const start = performance.now();
  await using pool = await WorkerPool.start<{ instances: boolean }, CityscapesPair, number>({
    module: new URL("./seg_eval_decode_worker.ts", import.meta.url),
    workers,
    init: { instances },
  });
  for await (const { error } of pool.run(pairs)) if (error) throw error;
  return (performance.now() - start) / pairs.length;
}

/** Milliseconds per pair to read, decode and score. */
async function score(root: string, pairs: number, workers: number, instances: boolean): Promise<number> {
  const start = performance.now();
  const metric = new CityscapesMetric({ instances });
  await evaluate({ predictions: `${root}/results` }, await cityscapesSet(root), metric, { workers });
  if (metric.result().averageScoreClasses === null) throw new Error("nothing was scored");
  return (performance.now() - start) / pairs;
}

/** Milliseconds per pair of the official script's numpy path, without starting Python. */
async function official(
  python: string,
  pairs: readonly CityscapesPair[],
  instances: boolean,
): Promise<number> {
  const script = `
import json, sys, time
from cityscapesscripts.evaluation import evalPixelLevelSemanticLabeling as evaluation
job = json.load(sys.stdin)
evaluation.args.evalInstLevelScore = job["instances"]
evaluation.args.quiet = True
evaluation.args.JSONOutput = False
start = time.perf_counter()
evaluation.evaluateImgLists([pair["prediction"] for pair in job["pairs"]], [pair["labelIds"] for pair in job["pairs"]], evaluation.args)
print(time.perf_counter() - start)
`;
  const child = new Deno.Command(python, {
    args: ["-W", "ignore", "-c", script],
    stdin: "piped",
    stdout: "piped",
  }).spawn();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(JSON.stringify({ pairs, instances })));
  await writer.close();
  const { stdout, success } = await child.output();
  if (!success) throw new Error("the official script failed");
  return Number(new TextDecoder().decode(stdout)) * 1000 / pairs.length;
}
