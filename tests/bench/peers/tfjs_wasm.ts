/** TensorFlow.js on WebAssembly, with the files that the embedded model comes from. */
import { fileURLToPath } from "node:url";
import { ROOT } from "../../support/shared.ts";
import { type ImageWork, THREADS, writeJob } from "./job.ts";
import type { Contender } from "./rounds.ts";
import { nodeModulesWith } from "./scratch.ts";

const PACKAGES = ["@tensorflow/tfjs@4.22.0", "@tensorflow/tfjs-backend-wasm@4.22.0", "sharp@0.35.5"];

/** Runs CenterNet in Node.js, in so many processes that each do a share of the images. */
export async function tfjsWasm(scratch: string, work: ImageWork, processes: number): Promise<Contender> {
  const modules = await nodeModulesWith(scratch, "tfjs", PACKAGES);
  const model = `${ROOT}node_modules/@vladmandic/human/models/centernet.json`;
  const job = await writeJob(scratch, `tfjs-${processes}`, work, model);
  const script = fileURLToPath(new URL("tfjs_wasm.mjs", import.meta.url));
  const name = processes === 1 ? "TensorFlow.js, wasm" : `TensorFlow.js, wasm, ${THREADS} processes`;
  return { name, command: "node", args: [script, job, modules, String(processes)] };
}
