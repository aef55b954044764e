/** bneck with workers that die and hang on images with certain names: see `mortal_reads.ts`. */
import { runBneck } from "../../../cli/app.ts";
import { runProcess } from "../../../cli/process.ts";

const RealWorker = globalThis.Worker;

/** The pool's worker, with the deadly reads loaded before it. */
globalThis.Worker = class extends RealWorker {
  constructor(_module: string | URL, options: ConstructorParameters<typeof RealWorker>[1]) {
    super(new URL("./mortal_worker.ts", import.meta.url), options);
  }
} as typeof Worker;

await runProcess(runBneck);
