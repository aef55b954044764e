/** bneck as a contender: its pipeline and its command-line program. */
import process from "node:process";
import { fileURLToPath } from "node:url";
import { ROOT } from "../../support/shared.ts";
import { type ImageWork, writeJob } from "./job.ts";
import { networkRequest } from "./networks.ts";
import type { Contender, Reported } from "./rounds.ts";

/** What bneck is permitted in a benchmark. */
export const DENO_FLAGS = [
  "--allow-read",
  "--allow-write",
  "--allow-env",
  "--allow-ffi=node_modules",
  "--allow-sys",
  "--no-prompt",
] as const;

/** Runs `bneck` with `args`; `report` reads what it prints. */
export function bneckCommand(
  name: string,
  args: readonly string[],
  report: (printed: string) => Reported,
): Contender {
  return {
    name,
    command: Deno.execPath(),
    args: ["run", ...DENO_FLAGS, `${ROOT}cli/main.ts`, ...args],
    env: { INIT_CWD: process.cwd() },
    report,
  };
}

/** Runs the pipeline of `bneck segment` and `bneck detect` on the images, with two workers. */
export async function bneckImages(scratch: string, work: ImageWork): Promise<Contender> {
  const request = JSON.stringify(await networkRequest(scratch, work.network));
  const job = await writeJob(scratch, "bneck", work, request);
  const script = fileURLToPath(new URL("bneck_images.ts", import.meta.url));
  return { name: "bneck", command: Deno.execPath(), args: ["run", ...DENO_FLAGS, script, job] };
}
