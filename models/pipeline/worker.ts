/** The worker threads of `segment`, `detect` and `run`: each has the model and does whole images. */
import { serveWorker } from "../../core/workers/mod.ts";
import { Model } from "../model.ts";
import { findModel } from "../registry.ts";
import type { ImageJob, ImageReport, PipelineSettings } from "./job.ts";
import { processImage } from "./process_image.ts";

serveWorker<PipelineSettings, ImageJob, ImageReport>(async (settings) => {
  const model = await Model.open(findModel(settings.model), {
    tasks: settings.tasks,
    inputSize: settings.inputSize,
  });
  return {
    concurrency: settings.separateStages ? 1 : 2,
    run: (job) => processImage(model, job, settings),
    close: () => model.close(),
  };
});
