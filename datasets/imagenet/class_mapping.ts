/**
 * Which class of a data set each output of a classifier stands for.
 *
 * @module
 */
import { usageError } from "../../core/errors.ts";
import type { ModelClass } from "../evaluation_set.ts";
import { BACKGROUND, outputOffset } from "./accuracy_metric.ts";
import type { ImageClass } from "./class_table.ts";

/** The classes of a data set, and which of them each output of a classifier stands for. */
export interface MappedOutputs {
  readonly classes: readonly ImageClass[];
  /** Class by output, {@linkcode BACKGROUND} for the background and for classes that the set does not have. */
  readonly classOf: readonly number[];
}

/**
 * Maps a classifier's outputs to the classes of a data set: by their WordNet ids where both have them, else by
 * place, after the background if there is one output more. Without a table the classes are the classifier's own.
 *
 * @throws {BneckError} (usage) The numbers of outputs and classes do not match, or the classifier lacks a class of the table.
 */
export function mapOutputs(
  labels: readonly ModelClass[],
  table: readonly ImageClass[] | undefined,
): MappedOutputs {
  const hasBackground = labels[0]?.name.toLowerCase() === "background";
  if (table === undefined) {
    const own = hasBackground ? labels.slice(1) : labels;
    return {
      classes: own.map(({ name, wordNetId }) => ({ wnid: wordNetId ?? name, label: name })),
      classOf: labels.map((_, output) => hasBackground ? output - 1 : output),
    };
  }
  const placeOf = new Map(table.map(({ wnid }, place) => [wnid, place]));
  const places = labels.map(({ wordNetId }) => wordNetId === undefined ? undefined : placeOf.get(wordNetId));
  const known = new Set(places);
  if (table.every((_, place) => known.has(place))) {
    return { classes: table, classOf: places.map((place) => place ?? BACKGROUND) };
  }
  if (places.some((place) => place !== undefined)) {
    const missing = table.find((_, place) => !known.has(place))!;
    throw usageError(
      `the model does not know every class of the table: ${missing.wnid} (${missing.label}) is missing`,
    );
  }
  const offset = outputOffset(labels.length, table.length);
  return {
    classes: table,
    classOf: labels.map((_, output) => output < offset ? BACKGROUND : output - offset),
  };
}
