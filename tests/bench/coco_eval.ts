/**
 * Times the COCO evaluation on the benchmark of `../shared/tools/gen_coco_scale.mjs`, each run in its own
 * process:
 *
 *     deno run --allow-read --allow-write --allow-run --allow-sys --allow-env tests/bench/coco_eval.ts
 *         [--images 5000] [--runs 3] [--workers 2] [--python PATH]
 *
 * With a Python that has them, pycocotools, faster_coco_eval and hotcoco run in turn with ours, so that all
 * meet the same load of the machine. Prints the median of each time and the highest memory.
 */
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import process from "node:process";
import { parseArgs } from "node:util";
import { fileURLToPath } from "node:url";
import {
  accumulate,
  cocoParams,
  type CocoResult,
  matchDetections,
  matchDetectionsParallel,
  readAnnotations,
  readDetections,
  startMatchPool,
  summarize,
} from "../../datasets/coco/mod.ts";
import { shared } from "../support/shared.ts";

const SCRIPT = fileURLToPath(import.meta.url);
const GENERATOR = shared("tools/gen_coco_scale.mjs");

/** What one process measured: seconds, and megabytes. */
interface Measurement {
  readonly read: number;
  readonly evaluate: number;
  readonly accumulate: number;
  readonly memory: number;
  readonly AP: number;
  readonly precision?: string;
}

/** One evaluation in this process, printed as JSON. */
async function measureHere(folder: string, workers: number): Promise<void> {
  const starting = workers > 0 ? startMatchPool(workers) : undefined;
  const times = [performance.now()];
  const truth = readAnnotations(`${folder}/scale_gt.json`);
  const detections = readDetections(`${folder}/scale_dt.json`, truth);
  const pool = await starting;
  times.push(performance.now());
  const matches = pool
    ? await matchDetectionsParallel(truth, detections, cocoParams(), { workers, pool })
    : matchDetections(truth, detections);
  times.push(performance.now());
  const result = accumulate(matches);
  times.push(performance.now());
  const [read, evaluate, accumulated] = times.slice(1).map((time, i) => (time - times[i]) / 1000);
  const AP = summarize(result).AP;
  const memory = process.resourceUsage().maxRSS / 1024;
  await pool?.close();
  console.log(
    JSON.stringify({ read, evaluate, accumulate: accumulated, memory, AP, precision: hashOf(result) }),
  );
}

function hashOf({ precision }: CocoResult): string {
  return createHash("sha256").update(new Uint8Array(precision.buffer)).digest("hex");
}

const PYTHON = `
import contextlib, io, json, resource, sys, time
tool, folder = sys.argv[1:3]
if tool == "hotcoco": from hotcoco import COCO, COCOeval
elif tool == "faster_coco_eval": from faster_coco_eval import COCO, COCOeval_faster as COCOeval
else:
    from pycocotools.coco import COCO
    from pycocotools.cocoeval import COCOeval
t = [time.time()]
with contextlib.redirect_stdout(io.StringIO()):
    gt = COCO(folder + "/scale_gt.json")
    dt = gt.load_res(folder + "/scale_dt.json") if tool == "hotcoco" else gt.loadRes(folder + "/scale_dt.json")
    e = COCOeval(gt, dt, "bbox")
    t.append(time.time()); e.evaluate(); t.append(time.time()); e.accumulate(); t.append(time.time()); e.summarize()
print(json.dumps({"read": t[1] - t[0], "evaluate": t[2] - t[1], "accumulate": t[3] - t[2],
    "memory": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, "AP": float(e.stats[0])}))
`;

interface Contender {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
}

function contenders(folder: string, workers: number, python: string | undefined): Contender[] {
  const flags = ["--allow-read", "--allow-env", "--allow-sys"];
  const own = (name: string, threads: number): Contender => {
    const args = ["run", ...flags, SCRIPT, "--child", folder, "--workers", String(threads)];
    return { name, command: Deno.execPath(), args };
  };
  const others = ["hotcoco", "faster_coco_eval", "pycocotools"].map((name): Contender => (
    { name, command: python!, args: ["-c", PYTHON, name, folder] }
  ));
  return [own("bneck, one thread", 0), own(`bneck, ${workers} workers`, workers), ...python ? others : []];
}

function run({ command, args }: Contender): (Measurement & { readonly process: number }) | undefined {
  const before = performance.now();
  const { success, stdout } = new Deno.Command(command, { args: [...args], stderr: "null" }).outputSync();
  if (!success) return undefined;
  const seconds = (performance.now() - before) / 1000;
  return { ...JSON.parse(new TextDecoder().decode(stdout).trim().split("\n").at(-1)!), process: seconds };
}

function median(values: number[]): number {
  return values.sort((a, b) => a - b)[values.length >> 1];
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      images: { type: "string", default: "5000" },
      runs: { type: "string", default: "3" },
      workers: { type: "string", default: "2" },
      python: { type: "string" },
      child: { type: "string" },
    },
  });
  if (values.child) return await measureHere(values.child, Number(values.workers));
  if (!existsSync(GENERATOR)) {
    console.log(`this benchmark needs ${GENERATOR}, which makes its data`);
    return;
  }
  const golden = JSON.parse(Deno.readTextFileSync(shared("golden/coco_scale.json")));
  const folder = Deno.makeTempDirSync({ prefix: "bneck-coco-" });
  try {
    // In a process of its own: the highest memory of a process counts as its children's too.
    const generator = ["run", "--allow-read", "--allow-write", GENERATOR, folder, "--images", values.images];
    const { stdout } = new Deno.Command(Deno.execPath(), { args: generator, stderr: "inherit" }).outputSync();
    console.log(new TextDecoder().decode(stdout).trim().split("\n").at(-1));

    const all = contenders(folder, Number(values.workers), values.python);
    const runs = new Map(all.map((one) => [one, [] as (Measurement & { process: number })[]]));
    for (let i = 0; i < Number(values.runs); i++) {
      for (const one of all) {
        const measured = run(one);
        if (measured) runs.get(one)!.push(measured);
      }
    }
    const expected = golden.sets[values.images]?.tensor_sha256.precision_TRKAM;
    console.log("seconds              read  evaluate  accumulate  both   process   MB     AP");
    for (const [{ name }, measured] of runs) {
      if (measured.length === 0) {
        console.log(`${name.padEnd(20)} did not run`);
        continue;
      }
      const of = (pick: (one: Measurement & { process: number }) => number) =>
        median(measured.map(pick)).toFixed(3);
      const exact = measured[0].precision === undefined || expected === undefined
        ? ""
        : measured.every(({ precision }) => precision === expected)
        ? "  tensors as pycocotools'"
        : "  TENSORS DIFFER";
      console.log(
        `${name.padEnd(20)} ${of((one) => one.read)} ${of((one) => one.evaluate)}     ${
          of((one) => one.accumulate)
        }` +
          `       ${of((one) => one.evaluate + one.accumulate)}  ${of((one) => one.process)}` +
          `     ${Math.max(...measured.map(({ memory }) => memory)).toFixed(0).padStart(4)}  ` +
          `${measured[0].AP.toFixed(6)}${exact}`,
      );
    }
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
}

await main();
