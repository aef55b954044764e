/** What a network's tensors hold on images like those that it will see. */
import { usageError } from "../../../core/errors.ts";
import type { Extent } from "../../../core/graph/mod.ts";
import type { FeedOptions } from "../../../core/profile/mod.ts";
import { chooseImages, ImageReader } from "./images.ts";
import { type Feeds, FloatNetwork } from "./network.ts";
import { Observation } from "./observe.ts";
import { OutputReference } from "./output_error.ts";
import type { QuantizeOptions } from "./quantize.ts";
import type { FloatModel } from "./source.ts";

/** The part of {@linkcode QuantizeOptions} that calibration needs. */
type CalibrateOptions = Pick<
  QuantizeOptions,
  "images" | "count" | "maxPixels" | "tune" | "signal" | "listener"
>;

/** The images that a model was calibrated on. */
export interface CalibrationSummary {
  readonly images: number;
  /** How many there were to choose from. */
  readonly found: number;
  /** SHA-256 of their files, one after another. */
  readonly digest: string;
}

/** Images that are enough. */
const COUNT = 64;

/** Images whose means biases are corrected by. */
const SAMPLES = 8;

/** Numbers of all images together that weights are tuned on: half a gigabyte of what the network makes of them. */
const MAX_NUMBERS = 2.5e7;

/** What calibration gives. */
export interface Calibration {
  readonly observers: Observation["observers"];
  readonly reference: OutputReference;
  /** A few of the images that scales were chosen from. */
  readonly samples: readonly Feeds[];
  /** Those that weights are tuned on. */
  readonly images: readonly Feeds[];
  /** The images that are timed. */
  readonly inputs: FeedOptions;
  /** The size at which most images were seen. */
  readonly seen: Extent;
  readonly summary: CalibrationSummary;
}

/**
 * Runs a model over images and counts what its tensors hold.
 *
 * @throws {BneckError} if none of the images can be read, or values are not finite
 */
export async function calibrate(model: FloatModel, options: CalibrateOptions): Promise<Calibration> {
  const { listener = {}, signal, maxPixels } = options;
  const { paths, heldOut, found } = await chooseImages(options.images, options.count ?? COUNT);
  const network = await FloatNetwork.of(model);
  const reader = new ImageReader(network, { maxPixels });
  listener.onStage?.("calibrating", paths.length + heldOut.length);
  const observation = new Observation(model);
  const samples: Feeds[] = [];
  const images = new SpreadFeeds();
  let read = 0;
  try {
    for (const path of paths) {
      signal?.throwIfAborted();
      const feeds = await reader.read(path);
      if (feeds) {
        if (read++ % Math.ceil(paths.length / SAMPLES) === 0) samples.push(feeds);
        if (options.tune) images.add(feeds);
        await observation.add(feeds);
      }
      listener.onStep?.();
    }
  } finally {
    await observation.close();
  }
  const kept: Feeds[] = [];
  for (const path of heldOut) {
    signal?.throwIfAborted();
    const feeds = await reader.read(path);
    if (feeds) kept.push(feeds);
    listener.onStep?.();
  }
  // An image may be read twice: to calibrate on, and to compare outputs.
  for (const failure of new Set(reader.failures)) listener.onNote?.(failure);
  if (read === 0 || kept.length === 0) {
    throw usageError(`none of the images to calibrate on can be read: ${reader.failures[0]}`);
  }
  return {
    observers: observation.observers,
    reference: await OutputReference.of(model, kept),
    samples,
    images: images.kept,
    inputs: network.timedInputs,
    seen: network.crop ?? network.usualExtent,
    summary: { images: read, found, digest: reader.digest() },
  };
}

/** Images spread evenly over all that are added, as many as there is room for. */
class SpreadFeeds {
  readonly kept: Feeds[] = [];
  #numbers = 0;
  #added = 0;
  #stride = 1;

  add(feeds: Feeds): void {
    if (this.#added++ % this.#stride !== 0) return;
    this.kept.push(feeds);
    this.#numbers += numbersOf(feeds);
    if (this.#numbers <= MAX_NUMBERS || this.kept.length === 1) return;
    this.#stride *= 2;
    this.kept.splice(0, this.kept.length, ...this.kept.filter((_, index) => index % 2 === 0));
    this.#numbers = this.kept.reduce((sum, each) => sum + numbersOf(each), 0);
  }
}

function numbersOf(feeds: Feeds): number {
  return Object.values(feeds).reduce((sum, { data }) => sum + data.length, 0);
}
