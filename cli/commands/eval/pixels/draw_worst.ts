/** The pictures of the worst images, for a report. */
import { WorkerPool } from "../../../../core/workers/mod.ts";
import type { Context } from "../../../context.ts";
import type { Picture, Tile } from "../../../report/mod.ts";
import { formatScore } from "./class_table.ts";
import type { PictureReport, PictureSettings, PixelFiles } from "./job.ts";
import type { ScoredImage } from "./worst_images.ts";

/** Images that a report shows. */
export const SHOWN_IMAGES = 12;

/** The longer side of a picture in a report. */
export const PICTURE_SIDE = 512;

/** Draws photo, truth, prediction and errors of each image. */
export async function drawWorst(
  context: Context,
  worst: readonly ScoredImage<PixelFiles>[],
  settings: PictureSettings,
  workers = navigator.hardwareConcurrency,
): Promise<Tile[]> {
  if (worst.length === 0) return [];
  await using pool = await WorkerPool.start<PictureSettings, PixelFiles, PictureReport>({
    module: new URL("./picture_worker.ts", import.meta.url),
    workers: Math.min(workers, worst.length),
    init: settings,
  });
  const drawn: Tile[] = [];
  const files = worst.map((image) => image.files);
  for await (const { index, result, error } of pool.run(files, { signal: context.signal })) {
    if (error) throw error;
    drawn.push(tile(worst[index], result));
  }
  context.signal.throwIfAborted();
  return drawn;
}

function tile({ files, score }: ScoredImage<PixelFiles>, pictures: PictureReport): Tile {
  const { photo, truth, prediction, errors } = pictures;
  const list: Picture[] = [
    ...(photo === null ? [] : [{ uri: photo, caption: "photo" }]),
    { uri: truth, caption: "truth" },
    { uri: prediction, caption: "prediction" },
    { uri: errors, caption: "wrong in red, not scored nearly black" },
  ];
  return {
    title: files.name,
    note: `mean IoU of its classes ${formatScore(score.meanIou)}, pixels right ${
      formatScore(score.pixelAccuracy)
    }`,
    pictures: list,
  };
}
