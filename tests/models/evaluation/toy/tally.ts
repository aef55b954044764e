/** A worker's side of the toy benchmark: how large a share of a photo is of each class. */
import type { LabelMap } from "../../../../core/images/mod.ts";
import type { ImageTally, SetImage } from "../../../../datasets/evaluation_set.ts";

/** Pixels by class. */
export type ToyTally = readonly number[];

export function createTally({ classes }: { readonly classes: number }): ImageTally<
  SetImage,
  LabelMap,
  null,
  ToyTally
> {
  return {
    readTruth: () => Promise.resolve(null),
    fromModel: (labels) => labels as LabelMap,
    tally: ({ data }) => {
      const pixels = new Array<number>(classes).fill(0);
      for (const label of data) pixels[label]++;
      return pixels;
    },
  };
}
