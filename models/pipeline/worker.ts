/** The worker threads of `segment`, `detect` and `run`: each has the model and does whole images. */
import { serveWorker } from "../../core/workers/mod.ts";
import { Model } from "../model.ts";
import { resolveModel } from "../open.ts";
import type { ImageJob, ImageReport, PipelineSettings } from "./job.ts";
import { processImage } from "./process_image.ts";

serveWorker<PipelineSettings, ImageJob, ImageReport>(async (settings) => {
  const request = typeof settings.model === "string" ? { model: settings.model } : settings.model;
  const model = await Model.open(await resolveModel(request), {
    tasks: settings.tasks,
    inputSize: settings.inputSize,
  });
  return {
    concurrency: settings.separateStages ? 1 : 2,
    run: (job) => processImage(model, job, settings),
    close: () => model.close(),
  };
});
