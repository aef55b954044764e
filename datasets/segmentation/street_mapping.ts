/**
 * Street classes of other data sets in terms of Cityscapes, so that a model trained on one can be used on the
 * other.
 *
 * @module
 */
import { classKey } from "../class_names.ts";
import { EVALUATED_LABELS, IGNORED_TRAIN_ID, PIXEL_LABELS } from "../cityscapes/labels.ts";

/** How a model's classes correspond to Cityscapes'. */
export interface StreetMapping {
  /** Cityscapes label id by class of the model, 0 (unlabeled) where there is none: `[classes]`. */
  readonly labelIds: Uint8Array;
  /** The same in trainIds, 255 where there is none: `[classes]`. */
  readonly trainIds: Uint8Array;
  /** Names that correspond, in the model's order. */
  readonly matched: readonly { readonly name: string; readonly cityscapes: string }[];
  /** Classes of the model that Cityscapes does not score. */
  readonly unmatched: readonly string[];
  /** Scored Cityscapes classes that the model cannot predict. */
  readonly missing: readonly string[];
}

/**
 * Maps a model's class names to Cityscapes labels by name: Cityscapes' own names, and other data sets' words
 * for the same thing (CamVid's pavement, tree, sign_symbol, pedestrian, bicyclist). Capitals, spaces and
 * signs do not matter.
 *
 * @param names the model's classes, in the order of its output
 */
export function streetMapping(names: readonly string[]): StreetMapping {
  const byKey = new Map(EVALUATED_LABELS.map((label) => [classKey(label.name), label]));
  const labels = names.map((name) => byKey.get(classKey(name)));
  const reached = new Set(labels);
  return {
    labelIds: Uint8Array.from(labels, (label) => label?.id ?? 0),
    trainIds: Uint8Array.from(labels, (label) => label?.trainId ?? IGNORED_TRAIN_ID),
    matched: names.flatMap((name, k) => {
      const label = labels[k];
      return label === undefined ? [] : [{ name, cityscapes: label.name }];
    }),
    unmatched: names.filter((_, k) => labels[k] === undefined),
    missing: EVALUATED_LABELS.filter((label) => !reached.has(label)).map(({ name }) => name),
  };
}

/** The label ids a mapping can predict, for scores that leave the other classes out. */
export function reachableLabelIds(mapping: StreetMapping): Set<number> {
  const ids = new Set(mapping.labelIds);
  return new Set(
    PIXEL_LABELS.filter(({ id, ignoreInEval }) => ids.has(id) && !ignoreInEval).map(({ id }) => id),
  );
}
