import type { RunnableModel } from "../../../models/entry.ts";

/**
 * A mean probability of the classes below this says that they do not fit the photos: the street decoders have 0.86 to 0.94
 * on CamVid's photos, and 0.74 to 0.78 on COCO's.
 */
const FITTING = 0.8;

/**
 * A hint for photos that a model for certain scenes does not fit.
 *
 * @param probability of the classes of pixels, the mean over all photos
 */
export function sceneHint(
  { name, scenes }: Pick<RunnableModel, "name" | "scenes">,
  probability: number | null,
): string | undefined {
  if (scenes === undefined || probability === null || probability >= FITTING) return undefined;
  return `${name} knows ${scenes} only, and seems unsure of these photos (mean probability ${
    probability.toFixed(2)
  }): ` +
    "-m everyday knows people, animals, vehicles and furniture";
}
