/** torchvision on the processor, with the weights that bneck reads. */
import { fileURLToPath } from "node:url";
import { type ImageWork, writeJob } from "./job.ts";
import { torchPython, torchWeights } from "./networks.ts";
import type { Contender } from "./rounds.ts";

/** Runs one of torchvision's networks, two threads in one process. */
export async function torchvisionCpu(scratch: string, work: ImageWork): Promise<Contender> {
  const python = await torchPython(scratch);
  const job = await writeJob(scratch, "torchvision", work, await torchWeights(scratch, work.network));
  const script = fileURLToPath(new URL("torchvision_cpu.py", import.meta.url));
  return { name: "torchvision", command: python, args: [script, job] };
}
