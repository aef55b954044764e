/**
 * ImageNet's classes.
 *
 * @module
 */
import names from "./labels.json" with { type: "json" };

/** A class of a classifier trained on ImageNet. */
export interface ImageNetLabel {
  readonly name: string;
  /** Its id in WordNet; the background has none. */
  readonly wordNetId?: string;
}

/** The classes of the classification challenge (ILSVRC 2012), in the order of their WordNet ids. */
export const IMAGENET_1000: readonly ImageNetLabel[] = Object.entries(names)
  .map(([wordNetId, name]) => ({ name, wordNetId }));

/** The same after the background, as TensorFlow trains. */
export const IMAGENET_1001: readonly ImageNetLabel[] = [{ name: "background" }, ...IMAGENET_1000];
