/** Whole images on worker threads. */
import type { ImageJob, ImageReport, PipelineSettings } from "./job.ts";
import { WorkerPool } from "../../core/workers/mod.ts";

export * from "./job.ts";
export { describeObjects, FILE_SUFFIXES } from "./files.ts";
export type { DescribedObject } from "./files.ts";
export { processImage } from "./process_image.ts";

/** Starts workers that have the model loaded; `run` them over images and `close` them. */
export function startPipeline(
  settings: PipelineSettings,
  workers: number,
): Promise<WorkerPool<PipelineSettings, ImageJob, ImageReport>> {
  return WorkerPool.start({ module: new URL("./worker.ts", import.meta.url), workers, init: settings });
}
