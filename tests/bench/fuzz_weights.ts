/**
 * Fuzzes every weight reader with many more cases than the test run does, and prints what came of them.
 *
 *     deno run --allow-read --allow-env tests/bench/fuzz_weights.ts [cases per reader, default 20000] [seed]
 */
import fc from "fast-check";
import { accepts } from "../core/weights/fuzz.ts";
import { TARGETS } from "../core/weights/fuzz_targets.ts";
import { EXPORTED_MODELS } from "../models/onnx_model_fuzz.ts";

const numRuns = Number(Deno.args[0] ?? 20_000);
const seed = Number(Deno.args[1] ?? Date.now() % 2 ** 31);
console.log(`${numRuns} cases per reader, seed ${seed}`);

for (const target of [...TARGETS, EXPORTED_MODELS]) {
  let accepted = 0;
  let slowest = 0;
  const began = performance.now();
  fc.assert(
    fc.property(target.cases, (bytes) => {
      const start = performance.now();
      if (accepts(target, bytes)) accepted++;
      slowest = Math.max(slowest, performance.now() - start);
    }),
    { numRuns, seed },
  );
  const seconds = (performance.now() - began) / 1000;
  const megabytes = Deno.memoryUsage().rss / 2 ** 20;
  console.log(
    `${target.name.padEnd(20)} ${accepted} read, ${numRuns - accepted} refused, none crashed; ` +
      `slowest ${slowest.toFixed(1)} ms, ${seconds.toFixed(1)} s in all, ${megabytes.toFixed(0)} MB resident`,
  );
}
