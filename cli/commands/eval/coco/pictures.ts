/** Small pictures of the worst images: once with the truth, once with what was found. */
import { BneckError } from "../../../../core/errors.ts";
import {
  type Color,
  drawBoxes,
  type LabelledBox,
  readImage,
  type RgbImage,
} from "../../../../core/images/mod.ts";
import { ERROR_TYPES, type ErrorType, type WorstImage } from "../../../../datasets/coco/mod.ts";
import { wordedForUsers } from "../../../failures.ts";
import { plural } from "../../../console/format.ts";
import type { Context } from "../../../context.ts";
import { shrinkImage } from "../../../../models/evaluation/thumbnails.ts";
import { photoUri, type Picture, type Tile } from "../../../report/mod.ts";
import type { CocoAnalysis } from "./analysis.ts";
import type { ImageFolder } from "./images.ts";

/** Images that a report shows. */
const SHOWN_IMAGES = 12;

/** The longer side of a picture in a report. */
const SIDE = 640;

/** What is right, and objects that were found. */
export const RIGHT: Color = [40, 150, 70];

/** Regions of many objects, which are not counted. */
export const CROWD: Color = [140, 140, 140];

/** Objects that were not found, and detections by the kind of their error. */
export const ERROR_COLORS: Readonly<Record<ErrorType, Color>> = {
  classification: [142, 68, 190],
  localisation: [235, 130, 20],
  both: [130, 85, 45],
  duplicate: [45, 110, 200],
  background: [215, 55, 140],
  missed: [205, 35, 35],
};

/** Draws the worst images; those that cannot be read are left out with a warning. */
export async function drawWorst(
  context: Context,
  analysis: CocoAnalysis,
  folder: ImageFolder,
  maxPixels: number,
): Promise<Tile[]> {
  const drawn: Tile[] = [];
  for (const worst of analysis.worst) {
    if (drawn.length === SHOWN_IMAGES) break;
    context.signal.throwIfAborted();
    const path = folder.find(worst.image);
    if (path === undefined) continue;
    try {
      drawn.push(await drawImage(analysis, worst, await readImage(path, { maxPixels })));
    } catch (error) {
      if (!(error instanceof BneckError)) throw error;
      context.log.warn(`not in the report: ${wordedForUsers(error)}`);
    }
  }
  return drawn;
}

async function drawImage(analysis: CocoAnalysis, worst: WorstImage, original: RgbImage): Promise<Tile> {
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

/** Those that were not found come first, to be drawn over the others. */
function truthBoxes(
  { truth, shown }: CocoAnalysis,
  { annotations }: WorstImage,
  scale: number,
): LabelledBox[] {
  const evaluated = new Set(shown.categories.map(({ id }) => id));
  const boxes = annotations.flatMap((row) => {
    const category = truth.categories[truth.category[row]];
    if (category === undefined || !evaluated.has(category.id)) return [];
    const crowd = truth.crowd[row] === 1, unfound = shown.unfound[row] === 1;
    const box: LabelledBox = {
      ...boxAt(truth.box, row, scale),
      label: crowd ? `${category.name} (crowd)` : category.name,
      color: crowd ? CROWD : unfound ? ERROR_COLORS.missed : RIGHT,
    };
    return [{ order: unfound ? 0 : crowd ? 2 : 1, box }];
  });
  return boxes.sort((a, b) => a.order - b.order).map(({ box }) => box);
}

function foundBoxes(
  { truth, detections, shown }: CocoAnalysis,
  worst: WorstImage,
  scale: number,
): LabelledBox[] {
  const evaluated = new Set(shown.categories.map(({ id }) => id));
  const { score, category } = detections;
  return worst.detections.filter((row) => evaluated.has(truth.categories[category[row]].id))
    .sort((a, b) => score[b] - score[a])
    .map((row) => {
      const error = ERROR_TYPES[shown.detectionError[row] - 1];
      return {
        ...boxAt(detections.box, row, scale),
        label: `${truth.categories[category[row]].name} ${score[row].toFixed(2)}`,
        color: error === undefined ? RIGHT : ERROR_COLORS[error],
      };
    });
}

function boxAt(boxes: Float64Array, row: number, scale: number) {
  const [x, y, width, height] = boxes.subarray(4 * row, 4 * row + 4);
  return { x1: x * scale, y1: y * scale, x2: (x + width) * scale, y2: (y + height) * scale };
}
