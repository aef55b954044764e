/** COCO evaluation of boxes: pycocotools, faster-coco-eval and hotcoco beside bneck, on the same files. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { shared } from "../../support/shared.ts";
import { bneckCommand, DENO_FLAGS } from "./bneck.ts";
import type { Contender, Reported } from "./rounds.ts";
import { output, pythonWith } from "./scratch.ts";

const TOOLS = ["hotcoco", "faster-coco-eval", "pycocotools"];

/** Images of the benchmark; it has 80 detections of each. */
const IMAGES = 5000;

/** The contenders, with what they need installed and made. */
export async function cocoEvaluators(scratch: string): Promise<Contender[]> {
  const python = await pythonWith(scratch, "coco", TOOLS);
  const data = await cocoData(scratch);
  const script = here("coco_evaluators.py");
  return [
    {
      // On its own thread, as the command does it at this size.
      name: "bneck, evaluator alone",
      command: Deno.execPath(),
      args: ["run", ...DENO_FLAGS, here("../coco_eval.ts"), "--child", data, "--workers", "0"],
      report: readBneck,
    },
    bneckCommand("bneck eval coco", [
      ...["eval", "coco", "--annotations", `${data}/scale_gt.json`, "--detections", `${data}/scale_dt.json`],
      ...["--workers", "2", "--json"],
    ], (printed) => ({ seconds: {}, found: JSON.parse(printed).metrics.AP })),
    ...TOOLS.map((name) => ({ name, command: python, args: [script, name, data] })),
  ];
}

function readBneck(printed: string): Reported {
  const { read, evaluate, accumulate, memory, AP } = JSON.parse(printed);
  return { seconds: { read, evaluate: evaluate + accumulate }, memory, found: AP };
}

async function cocoData(scratch: string): Promise<string> {
  const folder = join(scratch, "coco-data");
  if (existsSync(`${folder}/scale_dt.json`)) return folder;
  await Deno.mkdir(folder, { recursive: true });
  const generator = shared("tools/gen_coco_scale.mjs");
  await output(Deno.execPath(), [
    ...["run", "--allow-read", "--allow-write", generator, folder, "--images", String(IMAGES)],
  ]);
  return folder;
}

function here(path: string): string {
  return fileURLToPath(new URL(path, import.meta.url));
}
