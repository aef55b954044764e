/** The worker threads that compute features: each reads, augments and runs whole images, and writes what it gets. */
import { inputError } from "../../core/errors.ts";
import { readImage, readLabelMap, resizeImage } from "../../core/images/mod.ts";
import { randomNumbers } from "../../core/random.ts";
import { Session } from "../../core/session/mod.ts";
import { serveWorker } from "../../core/workers/mod.ts";
import { inputExtent } from "../input_size.ts";
import { augment } from "./augment.ts";
import { type Features, writeFeatures } from "./feature_file.ts";
import type { FeatureJob, FeatureReport, FeatureSettings } from "./feature_job.ts";
import { hashText } from "./hash.ts";
import { classesOfMask } from "./masks.ts";

serveWorker<FeatureSettings, FeatureJob, FeatureReport>(async (settings) => {
  const session = await Session.open(settings.onnx.slice(), "the backbone");
  const { augmentation, sizeGrid, seed } = settings;

  async function run({ image: path, truth, variant, path: to }: FeatureJob): Promise<FeatureReport> {
    const image = await readImage(path);
    if (variant === null) {
      const size = { kind: "shorter", pixels: augmentation.shorter } as const;
      const [height, width] = inputExtent(size, sizeGrid, image.width, image.height);
      const features = await compute(resizeImage(image, width, height, "bilinear"));
      await writeFeatures(to, features);
      return { bytes: bytesOf(features) };
    }
    const labels = typeof truth === "number"
      ? undefined
      : classesOfMask(await readLabelMap(truth), settings.classOfValue, truth);
    if (labels && (labels.width !== image.width || labels.height !== image.height)) {
      throw inputError(
        `${truth} is ${labels.width}×${labels.height}, its image ${image.width}×${image.height}: a mask must have the ` +
          "size of its image",
      );
    }
    const sample = augment(
      { image, labels },
      variant,
      augmentation,
      randomNumbers(hashText(`${seed} ${variant} ${path}`)),
    );
    const features = await compute(sample.image);
    const kept = typeof truth === "number" ? Uint8Array.of(truth) : new Uint8Array(sample.labels!.data);
    await writeFeatures(to, features, kept);
    return { bytes: bytesOf(features) + kept.length };
  }

  async function compute(
    { width, height, data }: { width: number; height: number; data: Uint8Array },
  ): Promise<Features> {
    const outputs = await session.run({ image: { shape: [1, height, width, 3], data } });
    return Object.fromEntries(
      Object.entries(outputs).map(([name, { shape, data }]) => [
        name,
        { shape: shape.slice(1), data: data as Float32Array },
      ]),
    );
  }

  return { run, close: () => session.close() };
});

function bytesOf(features: Features): number {
  return Object.values(features).reduce((sum, { data }) => sum + 2 * data.length, 0);
}
