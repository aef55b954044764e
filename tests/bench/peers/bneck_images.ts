/** bneck as a contender: does an image job (see `job.ts`), printing one line of JSON. */
import process from "node:process";
import { DEFAULT_DETECTION, resolveModel } from "../../../models/mod.ts";
import { startPipeline } from "../../../models/pipeline/mod.ts";
import { detects, type ImageJobFile } from "./job.ts";
import type { Reported } from "./rounds.ts";

const job: ImageJobFile = JSON.parse(await Deno.readTextFile(Deno.args[0]));
const detecting = detects(job.network);
const pool = await startPipeline(await resolveModel(JSON.parse(job.model)), {
  inputSize: job.size && { kind: "exact", height: job.size[0], width: job.size[1] },
  ...(detecting
    ? { detect: { ...DEFAULT_DETECTION, score: job.score, max: job.max } }
    : { segment: { opacity: 0.5 } }),
  files: [detecting ? "json" : "ids"],
}, job.threads);
const images = job.images.map((path, index) => ({ path, outputStem: `${job.out}/${index}` }));
let [seconds, found] = [0, 0];
for (let pass = 0; pass < job.passes; pass++) {
  const start = performance.now();
  found = 0;
  for await (const { error, result } of pool.run(images)) {
    if (error) throw error;
    found += detecting ? result.detect!.count : result.segment!.filter((pixels) => pixels > 0).length;
  }
  seconds = (performance.now() - start) / 1000;
}
const memory = process.resourceUsage().maxRSS / 1024;
await pool.close();
const reported: Reported = { seconds: { images: seconds }, memory, found };
console.log(JSON.stringify(reported));
