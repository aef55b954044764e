/** Whole images on worker threads. */
import {
  DEFAULT_TIMEOUT,
  type ImageJob,
  type ImageReport,
  imagesAtOnce,
  type PipelineSettings,
  requestedTasks,
} from "./job.ts";
import { memoryToUse } from "../../core/machine.ts";
import { memoryBudget, WorkerPool } from "../../core/workers/mod.ts";
import type { RunnableModel } from "../entry.ts";
import { type PreparedModel, prepareModel } from "../prepared.ts";
import type { PipelineInit } from "./worker.ts";

export * from "./job.ts";
export * from "./describe.ts";
export { boxColors } from "./class_colors.ts";
export { writeClassFile, writeYoloFile } from "./class_file.ts";
export { type ClassCount, ClassTally } from "./class_tally.ts";
export { drawnVideoSuffix, FILE_SUFFIXES, isNumbered, RESULT_NAMES } from "./file_names.ts";
export { streetIdTables } from "./street_ids.ts";

/**
 * Starts workers that have the model loaded; `run` them over images and `close` them.
 *
 * @param timeout seconds after which an image is given up and its worker replaced.
 * @param prepared the model, where it has been prepared already.
 * @throws {BneckError} when the model cannot be built or loaded.
 */
export async function startPipeline(
  model: RunnableModel,
  settings: PipelineSettings,
  workers: number,
  timeout: number = DEFAULT_TIMEOUT,
  prepared: Promise<PreparedModel> = preparePipelineModel(model, settings),
): Promise<WorkerPool<PipelineInit, ImageJob, ImageReport>> {
  const module = new URL("./worker.ts", import.meta.url);
  const { memory = memoryToUse() } = settings;
  const budget = memoryBudget(memory, workers * imagesAtOnce(settings));
  const init = prepared.then((model) => ({ model, settings, budget }));
  return await WorkerPool.start({ module, workers, init, jobTimeout: timeout * 1000 });
}

/**
 * The model as the workers get it.
 *
 * @throws {BneckError} when the model cannot be built.
 */
export function preparePipelineModel(
  model: RunnableModel,
  settings: PipelineSettings,
): Promise<PreparedModel> {
  return prepareModel(model, { tasks: requestedTasks(settings), inputSize: settings.inputSize });
}
