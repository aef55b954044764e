/** One stage of the way of an image, alone: what `throughput.ts` compares the whole with. */
import { readImage, type RgbImage } from "../../core/images/mod.ts";
import { serveWorker } from "../../core/workers/mod.ts";
import { findModel, Model, type Task } from "../../models/mod.ts";

/** What a worker is told. */
export interface StageInit {
  readonly task: Task;
  readonly stage: "infer" | "decode";
  /** Decoded before the first job, for `infer`. */
  readonly paths: readonly string[];
}

serveWorker<StageInit, number, number>(async ({ task, stage, paths }) => {
  if (stage === "decode") {
    return { run: async (index) => (await readImage(paths[index])).data.length };
  }
  const images: RgbImage[] = [];
  for (const path of paths) images.push(await readImage(path));
  const model = await Model.open(findModel("mb3-large-075"), { tasks: [task] });
  return {
    run: async (index) => (await model.infer(images[index])).milliseconds.infer,
    close: () => model.close(),
  };
}, { concurrency: 2 });
