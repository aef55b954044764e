import { writeFileAtomic } from "../../core/files/mod.ts";
import { readImage } from "../../core/images/mod.ts";
import { clipDetections, labelsOf } from "../../heads/mod.ts";
import type { Model } from "../model.ts";
import { type FileSources, makeFiles } from "./files.ts";
import type { ImageJob, ImageReport, PipelineSettings } from "./job.ts";

/**
 * The whole way of one image: read, predict, write.
 *
 * @throws {BneckError} when the image cannot be read or a file cannot be written.
 */
export async function processImage(
  model: Model,
  job: ImageJob,
  settings: PipelineSettings,
): Promise<ImageReport> {
  const start = performance.now();
  const image = await readImage(job.path, { maxPixels: settings.maxPixels });
  const decoded = performance.now();
  const prediction = await model.predict(image, { detect: settings.detect });
  const { width, height } = image;

  const read = performance.now();
  const { detect, segment } = model.tasks;
  const detections = prediction.detect && clipDetections(prediction.detect, width, height);
  const counts = segment && new Uint32Array(segment.labels.length);
  const labels = prediction.segment && labelsOf(prediction.segment, counts);
  const post = prediction.milliseconds.decode + performance.now() - read;

  const encodeStart = performance.now();
  const files = job.outputStem === undefined ? [] : await writeFiles(job.outputStem, settings, {
    path: job.path,
    image,
    detect: detections && { detections, labels: detect!.labels },
    segment: labels && { logits: prediction.segment!, labels, classes: segment!.labels },
  });
  return {
    width,
    height,
    inputWidth: prediction.inputWidth,
    inputHeight: prediction.inputHeight,
    detect: detections,
    segment: counts,
    files,
    milliseconds: {
      decode: decoded - start,
      infer: prediction.milliseconds.infer,
      post,
      encode: performance.now() - encodeStart,
    },
  };
}

async function writeFiles(stem: string, settings: PipelineSettings, sources: FileSources): Promise<string[]> {
  const written: string[] = [];
  for (const kind of settings.files) {
    for await (const { suffix, content } of makeFiles(kind, sources, settings)) {
      const path = `${stem}.${suffix}`;
      await writeFileAtomic(path, typeof content === "string" ? new TextEncoder().encode(content) : content);
      written.push(path);
    }
  }
  return written;
}
