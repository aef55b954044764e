/** Which image and which categories of COCO's the detections of a run belong to. */
import { usageError } from "../../core/errors.ts";
import type { InputFile } from "../../core/files/mod.ts";
import {
  type Annotations,
  type CocoCategory,
  type CocoImage,
  readAnnotations,
} from "../../datasets/coco/files/annotations.ts";
import { mapCategories } from "../../datasets/coco/categories.ts";
import { imageMatcher } from "../../datasets/coco/image_files.ts";
import type { DetectionLabel } from "../network.ts";

/** The ids under which detections are written to a results file. */
export interface CocoTargets {
  /** The id of each image. */
  readonly imageIds: ReadonlyMap<InputFile, CocoImage["id"]>;
  /** The category of each class of the model; objects of a class without one are left out. */
  readonly categoryIds: readonly (CocoCategory["id"] | undefined)[];
  /** What the user should know about the classes, a sentence each. */
  readonly warnings: readonly string[];
}

/** A detector, by whose classes categories are found. */
export interface CocoDetector {
  readonly name: string;
  readonly classes: readonly DetectionLabel[];
}

/**
 * The ids of an annotations file: images by path, categories by name. Without one, image ids come from file names that
 * are numbers (`000000397133.jpg`), and category ids are the model's.
 *
 * @throws {BneckError} (usage) An input has no id or an ambiguous one, two have the same, or the file has none of the
 * classes.
 */
export function cocoTargets(
  inputs: readonly InputFile[],
  detector: CocoDetector,
  annotations: string | undefined,
): CocoTargets {
  if (annotations === undefined) {
    return { imageIds: uniqueIds(inputs, numericStem), ...ownCategories(detector) };
  }
  const truth = readAnnotations(annotations);
  const imageIds = uniqueIds(inputs, idsOf(truth));
  // Files of test sets list images alone.
  if (truth.categories.length === 0) return { imageIds, ...ownCategories(detector) };
  return { imageIds, ...mapCategories(detector, truth, "results") };
}

function ownCategories({ classes }: CocoDetector): Omit<CocoTargets, "imageIds"> {
  return { categoryIds: classes.map(({ categoryId }) => categoryId), warnings: [] };
}

function uniqueIds(
  inputs: readonly InputFile[],
  idOf: (input: InputFile) => CocoImage["id"],
): Map<InputFile, CocoImage["id"]> {
  const ids = new Map<InputFile, CocoImage["id"]>();
  const owners = new Map<CocoImage["id"], InputFile>();
  for (const input of inputs) {
    const id = idOf(input);
    const other = owners.get(id);
    if (other !== undefined) {
      throw usageError(
        `${other.path} and ${input.path} would both be COCO image ${id}: leave one of them out`,
        undefined,
        {
          option: "annotations",
          advice: "or give an annotations file that tells them apart by their folders",
        },
      );
    }
    owners.set(id, input);
    ids.set(input, id);
  }
  return ids;
}

function idsOf(truth: Annotations): (input: InputFile) => CocoImage["id"] {
  const find = imageMatcher(truth);
  return ({ path }) => {
    const image = find(path);
    if (image === undefined) throw usageError(`${truth.name} lists no image named ${path}`);
    return image.id;
  };
}

function numericStem({ name }: InputFile): CocoImage["id"] {
  const digits = name.match(/^(?:COCO_(?:train|val|test)\d{4}_)?0*(\d{1,100})\.[^.]+$/)?.[1];
  if (digits !== undefined) return Number.isSafeInteger(Number(digits)) ? Number(digits) : BigInt(digits);
  throw usageError(
    `${name} has no COCO image id: its name is not a number of at most 100 digits`,
    undefined,
    {
      option: "annotations",
      advice: "name the annotations file that lists the images",
    },
  );
}
