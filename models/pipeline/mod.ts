/** Whole images on worker threads. */
import { DEFAULT_TIMEOUT, type ImageJob, type ImageReport, type PipelineSettings } from "./job.ts";
import { WorkerPool } from "../../core/workers/mod.ts";

export * from "./job.ts";
export { describeClasses, describeObjects, FILE_SUFFIXES } from "./files.ts";
export type { DescribedClass, DescribedObject } from "./files.ts";
export { measureNetworkParts, type NetworkPart } from "./network_parts.ts";
export { processImage } from "./process_image.ts";

/**
 * Starts workers that have the model loaded; `run` them over images and `close` them.
 *
 * @param timeout seconds after which an image is given up and its worker replaced.
 */
export function startPipeline(
  settings: PipelineSettings,
  workers: number,
  timeout: number = DEFAULT_TIMEOUT,
): Promise<WorkerPool<PipelineSettings, ImageJob, ImageReport>> {
  const module = new URL("./worker.ts", import.meta.url);
  return WorkerPool.start({ module, workers, init: settings, jobTimeout: timeout * 1000 });
}
