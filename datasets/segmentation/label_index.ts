/**
 * From pixel values to rows and columns of a confusion matrix.
 *
 * @module
 */
import { usageError } from "../../core/errors.ts";
import type { ClassList } from "./class_list.ts";
import { idRanges } from "../messages.ts";

/** The place of a pixel value that is unknown: always an error. */
export const UNKNOWN_VALUE = 0xffff;

/** The maximum number of classes of a matrix; it has `(classes + 1)²` cells. */
const MAX_CLASSES = 1024;

/** Where each pixel value of one kind of image is counted. */
export interface ValueIndex {
  /** Row or column by pixel value, {@linkcode UNKNOWN_VALUE} for values that may not occur: `[65536]`. */
  readonly placeOf: Uint16Array;
  /** The values that may occur, as errors say it. */
  readonly known: string;
}

/** Where the pixels of a pair are counted; ground truth gives the row, the prediction the column. */
export interface LabelIndex {
  /** Rows, and columns, of the matrix. */
  readonly size: number;
  readonly truth: ValueIndex;
  readonly prediction: ValueIndex;
}

/**
 * The new value in an {@linkcode IdMap} of pixels that have none of the classes: where ground truth has a class
 * they miss it.
 */
export const NO_CLASS = -1;

/** New values for some pixel values; the others keep theirs. */
export type IdMap = ReadonlyMap<number, number>;

/** An index of `[value, place]` entries; `advice` is what errors say about other values. */
export function valueIndex(
  entries: Iterable<readonly [value: number, place: number]>,
  advice = "",
): ValueIndex {
  const placeOf = new Uint16Array(1 << 16).fill(UNKNOWN_VALUE);
  const known: number[] = [];
  for (const [value, place] of entries) {
    placeOf[value] = place;
    known.push(value);
  }
  return { placeOf, known: idRanges(known) + advice };
}

/**
 * The index of a class list: classes in their order, then one last place for what is ignored.
 *
 * `truthMap` and `predictionMap` change pixel values before they are looked up.
 *
 * @throws {BneckError} A map leads to an id that is neither a class nor ignored, or there are too many
 * classes.
 */
export function classIndex(
  list: ClassList,
  { truthMap, predictionMap }: { truthMap?: IdMap; predictionMap?: IdMap } = {},
): LabelIndex {
  const count = list.classes.length;
  if (count > MAX_CLASSES) {
    throw usageError(`cannot score ${count} classes: at most ${MAX_CLASSES} are supported`);
  }
  const places = new Map(list.classes.map(({ id }, place) => [id, place]));
  for (const id of list.ignore) places.set(id, count);
  return {
    size: count + 1,
    truth: mapped(places, count, truthMap),
    prediction: mapped(places, count, predictionMap),
  };
}

/** The index of `places` after `map`; `last` is the place of what has no class. */
function mapped(places: ReadonlyMap<number, number>, last: number, map: IdMap = new Map()): ValueIndex {
  const entries = new Map(places);
  for (const [from, to] of map) {
    const place = to === NO_CLASS ? last : places.get(to);
    if (place === undefined) {
      throw usageError(
        `the label map maps ${from} to ${to}, which is neither a class nor ignored (${
          idRanges(places.keys())
        })`,
      );
    }
    entries.set(from, place);
  }
  return valueIndex(entries, "; other ids have to be ignored or mapped to these");
}
