/** The images that a network is adapted with, as the network is fed them. */
import { BneckError } from "../../../core/errors.ts";
import { readImage, resizeImage } from "../../../core/images/mod.ts";
import { randomIntegers } from "../../../core/random.ts";
import type { NamedTensor } from "../../../core/session/mod.ts";
import { imageFeeds } from "../../image_feeds.ts";
import { inputExtent } from "../../input_size.ts";
import type { Network } from "../../network.ts";
import { resizeFilter } from "../../preprocessing.ts";

/** What a network is fed with for one image. */
export interface CalibrationImage {
  readonly path: string;
  readonly feeds: Readonly<Record<string, NamedTensor>>;
}

/** How images are read. */
export interface CalibrationOptions {
  /** How many are taken at most, evenly at random. */
  readonly max: number;
  readonly seed: number;
  readonly signal?: AbortSignal;
  readonly onImage?: (done: number, total: number) => void;
  /** Called with an image that cannot be used; the others are. */
  readonly onProblem?: (error: BneckError) => void;
}

/** Some of the images, chosen at random, resized as the network wants them. */
export async function readCalibration(
  network: Network,
  paths: readonly string[],
  { max, seed, signal, onImage, onProblem }: CalibrationOptions,
): Promise<CalibrationImage[]> {
  const chosen = chooseSome(paths, max, seed);
  const images: CalibrationImage[] = [];
  for (const path of chosen) {
    signal?.throwIfAborted();
    try {
      images.push({ path, feeds: await feedsOf(network, path) });
    } catch (error) {
      if (!(error instanceof BneckError)) throw error;
      onProblem?.(error);
    }
    onImage?.(images.length, chosen.length);
  }
  return images;
}

/** At most `max` of the entries, in their order. */
export function chooseSome<T>(entries: readonly T[], max: number, seed: number): T[] {
  const random = randomIntegers(seed);
  const places = entries.map((_, place) => place);
  for (let place = 0; place < Math.min(max, places.length); place++) {
    const other = place + random(places.length - place);
    [places[place], places[other]] = [places[other], places[place]];
  }
  return places.slice(0, max).sort((a, b) => a - b).map((place) => entries[place]);
}

async function feedsOf(
  { graph, inputSize, sizeGrid }: Network,
  path: string,
): Promise<Record<string, NamedTensor>> {
  const image = await readImage(path);
  const [height, width] = inputExtent(inputSize, sizeGrid, image.width, image.height);
  const filter = resizeFilter(graph);
  const seen = filter ? resizeImage(image, width, height, filter) : image;
  return imageFeeds(seen, [height, width]);
}
