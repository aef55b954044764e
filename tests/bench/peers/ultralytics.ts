/** ultralytics' own predictor of a file that it exported. */
import { fileURLToPath } from "node:url";
import { type ImageWork, writeJob } from "./job.ts";
import { ultralyticsPython, yoloExport } from "./networks.ts";
import type { Contender } from "./rounds.ts";

/** Runs the predictor with onnxruntime, two threads in one process. */
export async function ultralyticsPredictor(scratch: string, work: ImageWork): Promise<Contender> {
  const python = await ultralyticsPython(scratch);
  const job = await writeJob(scratch, "ultralytics", work, await yoloExport(scratch));
  const script = fileURLToPath(new URL("ultralytics_predictor.py", import.meta.url));
  // Its onnxruntime takes as many threads as there are cores unless it is told otherwise.
  const env = { YOLO_AUTOINSTALL: "false", YOLO_OFFLINE: "true", OMP_NUM_THREADS: "2" };
  return { name: "ultralytics", command: python, args: [script, job], env };
}
