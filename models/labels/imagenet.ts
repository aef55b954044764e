import type { ClassificationLabel } from "../network.ts";
import names from "./imagenet.json" with { type: "json" };

/** The classes of ImageNet's classification challenge (ILSVRC 2012), in the order of their WordNet ids. */
export const IMAGENET_1000: readonly ClassificationLabel[] = Object.entries(names).map((
  [wordNetId, name],
) => ({
  name,
  wordNetId,
}));

/** The same after the background, as TensorFlow trains. */
export const IMAGENET_1001: readonly ClassificationLabel[] = [{ name: "background" }, ...IMAGENET_1000];
