/** The worker threads of `segment`, `detect`, `run` and `classify`: each loads the model and does whole images. */
import { loadRuntime } from "../../core/session/mod.ts";
import { serveWorker } from "../../core/workers/mod.ts";
import { Model } from "../model.ts";
import type { PreparedModel } from "../prepared.ts";
import type { ImageJob, ImageReport, PipelineSettings } from "./job.ts";
import { processImage } from "./process_image.ts";

/** What a worker starts with. */
export interface PipelineInit {
  readonly model: PreparedModel;
  readonly settings: PipelineSettings;
}

// Loaded while the main thread builds the model. A failure is reported when the model is opened.
loadRuntime().catch(() => {});

serveWorker<PipelineInit, ImageJob, ImageReport>(async ({ model: prepared, settings }) => {
  const model = await Model.fromPrepared(prepared);
  return {
    concurrency: settings.separateStages ? 1 : 2,
    run: (job) => processImage(model, job, settings),
    close: () => model.close(),
  };
});
