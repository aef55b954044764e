/** The mistakes of a report: images that were taken for something else. */
import { type DecodeOptions, readImage } from "../../../../core/images/mod.ts";
import { photoUri, type Picture, type Tile } from "../../../report/mod.ts";
import { shrinkImage } from "../../../../models/evaluation/thumbnails.ts";

/** An image that was taken for something else. */
export interface Mistake {
  readonly path: string;
  readonly truth: string;
  readonly predicted: string;
  readonly score: number;
}

/** The longer side of an image in pixels. */
const SIDE = 320;

/**
 * Small images of mistakes, in their order.
 *
 * @throws {BneckError} An image cannot be read.
 */
export async function mistakeTiles(mistakes: readonly Mistake[], options: DecodeOptions): Promise<Tile[]> {
  const pictures: Picture[] = [];
  for (const { path, truth, predicted, score } of mistakes) {
    const caption = `${truth}, taken for ${predicted} (${score.toFixed(2)})`;
    const image = await readImage(path, options);
    pictures.push({ uri: await photoUri(await shrinkImage(image, SIDE)), caption });
  }
  return pictures.length === 0 ? [] : [{ title: "", pictures }];
}
