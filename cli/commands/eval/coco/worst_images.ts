/** The worst images of a report: each once with the truth, once with what was found. */
import { BneckError } from "../../../../core/errors.ts";
import { drawBoxes, type LabelledBox, readImage, type RgbImage } from "../../../../core/images/mod.ts";
import {
  type DetectionAnalysis,
  foundBoxes,
  type ImageFolder,
  truthBoxes,
  type WorstImage,
} from "../../../../datasets/coco/mod.ts";
import type { ImageFlags } from "../../../flags/mod.ts";
import { wordedForUsers } from "../../../failures.ts";
import { plural } from "../../../console/format.ts";
import type { Context } from "../../../context.ts";
import { shrinkImage } from "../../../../models/evaluation/thumbnails.ts";
import { photoUri, type Picture, type Tile } from "../../../report/mod.ts";

/** Images that a report shows. */
const SHOWN_IMAGES = 12;

/** The longer side of an image in a report. */
const SIDE = 640;

/** Draws the worst images; those that cannot be read are left out with a warning. */
export async function drawWorst(
  context: Context,
  analysis: DetectionAnalysis,
  folder: ImageFolder,
  { maxPixels, truncated }: ImageFlags,
): Promise<Tile[]> {
  const drawn: Tile[] = [];
  for (const worst of analysis.worst) {
    if (drawn.length === SHOWN_IMAGES) break;
    context.signal.throwIfAborted();
    const path = folder.find(worst.image);
    if (path === undefined) continue;
    try {
      drawn.push(await drawImage(analysis, worst, await readImage(path, { maxPixels, truncated })));
    } catch (error) {
      if (!(error instanceof BneckError)) throw error;
      context.log.warn(`not in the report: ${wordedForUsers(error)}`);
    }
  }
  return drawn;
}

async function drawImage(analysis: DetectionAnalysis, worst: WorstImage, original: RgbImage): Promise<Tile> {
  const { image: { fileName, id } } = worst;
  const image = await shrinkImage(original, SIDE);
  const scale = image.width / original.width;
  const picture = async (boxes: readonly LabelledBox[], caption: string): Promise<Picture> => ({
    uri: await photoUri(await drawBoxes(image, boxes)),
    caption,
  });
  const truth = truthBoxes(analysis, worst, scale), found = foundBoxes(analysis, worst, scale);
  const unfound = worst.annotations.reduce((sum, row) => sum + analysis.shown.unfound[row], 0);
  return {
    title: fileName || `image ${id}`,
    note: `${unfound} not found, ${worst.errors - unfound} wrong`,
    pictures: [
      await picture(truth, plural(truth.length, "object")),
      await picture(found, plural(found.length, "detection")),
    ],
  };
}
