import { readImage } from "../../../../core/images/mod.ts";
import { shrinkImage } from "../../../../models/evaluation/thumbnails.ts";
import { photoUri, type Picture, type Tile } from "../../../report/mod.ts";

/** An image that was taken for something else. */
export interface WrongImage {
  readonly path: string;
  readonly truth: string;
  readonly predicted: string;
  readonly score: number;
}

/** The mistakes with the highest scores so far: as many as are asked for, whatever the number of images. */
export class WrongImages {
  readonly #list: WrongImage[] = [];

  constructor(readonly max: number, readonly maxPixels?: number) {}

  /** A mistake was made. */
  add(image: WrongImage): void {
    const place = this.#list.findIndex(({ score }) => image.score > score);
    this.#list.splice(place < 0 ? this.#list.length : place, 0, image);
    if (this.#list.length > this.max) this.#list.pop();
  }

  /** Small images of them, the highest score first. */
  async tiles(): Promise<Tile[]> {
    const pictures: Picture[] = [];
    for (const { path, truth, predicted, score } of this.#list) {
      const caption = `${truth}, taken for ${predicted} (${score.toFixed(2)})`;
      const image = await readImage(path, { maxPixels: this.maxPixels });
      pictures.push({ uri: await photoUri(await shrinkImage(image, SIDE)), caption });
    }
    return pictures.length === 0 ? [] : [{ title: "", pictures }];
  }
}

/** The longer side of an image. */
const SIDE = 320;
