/** The worker threads that compute features: each reads, augments and runs whole images, and writes what it gets. */
import { readImage, resizeImage } from "../../core/images/mod.ts";
import { namedSeed, randomNumbers } from "../../core/random.ts";
import { Session } from "../../core/session/mod.ts";
import { serveWorker } from "../../core/workers/mod.ts";
import { inputExtent, type SizeGrid } from "../input_size.ts";
import { augment, type Augmentation } from "./augment.ts";
import { type Features, writeFeatures } from "./feature_file.ts";
import { classesOfMask, type MaskSource, readMask } from "./masks.ts";

/** What a worker that computes features starts with. */
export interface FeatureSettings {
  /** The bytes of the network's first part, shared. */
  readonly onnx: Uint8Array<SharedArrayBuffer>;
  readonly augmentation: Augmentation;
  readonly sizeGrid: SizeGrid;
  readonly seed: number;
  /** By pixel value of a mask: its class, or 255. */
  readonly classOfValue: Uint8Array;
}

/** One sample to compute. */
export interface FeatureJob extends MaskSource {
  readonly image: string;
  /** Of the image; `null` is the image as it is evaluated, without labels. */
  readonly variant: number | null;
  /** Where it goes. */
  readonly path: string;
}

/** What it took. */
export interface FeatureReport {
  readonly bytes: number;
}

serveWorker<FeatureSettings, FeatureJob, FeatureReport>(async (settings) => {
  const session = await Session.open(settings.onnx.slice(), "the backbone");
  const { augmentation, sizeGrid, seed } = settings;

  async function run({ image: path, truth, drawn, variant, path: to }: FeatureJob): Promise<FeatureReport> {
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
      : classesOfMask(await readMask({ truth, drawn }), settings.classOfValue, truth, image);
    const sample = augment(
      { image, labels },
      variant,
      augmentation,
      randomNumbers(namedSeed(`${seed} ${variant} ${path}`, 0)),
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
