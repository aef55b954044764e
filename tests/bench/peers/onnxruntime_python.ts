/** The peer that most people build: onnxruntime for Python with Pillow and numpy. */
import { fileURLToPath } from "node:url";
import { exportedRaw } from "./networks.ts";
import { type ImageWork, writeJob } from "./job.ts";
import type { Contender } from "./rounds.ts";
import { pythonWith } from "./scratch.ts";

/** Runs the network that `bneck export --raw` wrote, two threads in one process. */
export async function onnxruntimePython(scratch: string, work: ImageWork): Promise<Contender> {
  const python = await pythonWith(scratch, "ort", ["onnxruntime", "pillow", "numpy"]);
  const job = await writeJob(scratch, "onnxruntime-python", work, await exportedRaw(scratch, work.network));
  const script = fileURLToPath(new URL("onnxruntime_python.py", import.meta.url));
  return { name: "onnxruntime for Python", command: python, args: [script, job] };
}
