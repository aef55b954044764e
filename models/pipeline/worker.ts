/** The worker threads of `segment`, `detect`, `run` and `classify`: each loads the model and does whole images. */
import { loadSharp } from "../../core/images/load_sharp.ts";
import { loadRuntime } from "../../core/session/mod.ts";
import { type MemoryBudget, serveWorker } from "../../core/workers/mod.ts";
import { Model } from "../model.ts";
import type { PreparedModel } from "../prepared.ts";
import { type ImageJob, type ImageReport, imagesAtOnce, type PipelineSettings } from "./job.ts";
import { processImage } from "./process_image.ts";

/** What a worker starts with. */
export interface PipelineInit {
  readonly model: PreparedModel;
  readonly settings: PipelineSettings;
  readonly budget: MemoryBudget;
}

// Loaded while the main thread builds the model. A failure is reported when the model is opened, or an image.
loadRuntime().catch(() => {});
loadSharp().catch(() => {});

serveWorker<PipelineInit, ImageJob, ImageReport>(async ({ model: prepared, settings, budget }) => {
  const model = await Model.fromPrepared(prepared);
  return {
    concurrency: imagesAtOnce(settings),
    run: (job, { waitFor }) => processImage(model, job, settings, { budget, waitFor }),
    close: () => model.close(),
  };
}, { transferables: ({ drawn = {} }) => Object.values(drawn).map(({ data }) => data.buffer) });
