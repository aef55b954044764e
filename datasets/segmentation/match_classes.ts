/**
 * Matching the classes of a model to those of a set of label images.
 *
 * @module
 */
import { usageError } from "../../core/errors.ts";
import { classKey, plainName } from "../class_names.ts";
import type { ClassList, LabelClass } from "./class_list.ts";
import { type IdMap, NO_CLASS } from "./label_index.ts";

/** How a model's classes are written in the label images of a data set. */
export interface MatchedClasses {
  /** Pixel value by class of the model. */
  readonly ids: readonly number[];
  /** The classes that are scored, those that the model does not know being ignored. */
  readonly list: ClassList;
  /** What the pixel values of predictions become before they are counted. */
  readonly predictionMap: IdMap;
  /** Classes of the model that the data set does not have: mistakes where they are predicted. */
  readonly unmatched: readonly string[];
  /** Classes of the data set that the model does not know. */
  readonly leftOut: readonly string[];
}

/** How many of a model's classes the data set has, by name. */
export function countShared(names: readonly string[], { classes }: ClassList): number {
  return matchNames(names, classes).filter((entry) => entry !== undefined).length;
}

/** The class of each name: of the same, or else of another name for the same, unless that class has its own. */
function matchNames(names: readonly string[], classes: readonly LabelClass[]): (LabelClass | undefined)[] {
  const byName = new Map(classes.map((entry) => [plainName(entry.name), entry]));
  const exact = names.map((name) => byName.get(plainName(name)));
  const byKey = new Map(
    classes.filter((entry) => !exact.includes(entry)).map((entry) => [classKey(entry.name), entry]),
  );
  return names.map((name, k) => exact[k] ?? byKey.get(classKey(name)));
}

/**
 * Matches classes by name: capitals, spaces and signs do not matter (`sign_symbol` is `SignSymbol`), and what other data
 * sets call the same is the same (`aeroplane` is `airplane`).
 *
 * @param names the model's classes
 * @param map ids by place of the model's class, before names are compared
 * @throws {BneckError} (usage) No class matches, or `map` names what does not exist.
 */
export function matchClasses(
  names: readonly string[],
  list: ClassList,
  map: IdMap = new Map(),
): MatchedClasses {
  const byName = matchNames(names, list.classes);
  const byId = new Map(list.classes.map((entry) => [entry.id, entry]));
  for (const [place, id] of map) {
    if (place >= names.length) {
      throw usageError(
        `the map of predictions names class ${place}, which the model does not have: its classes are 0 to ${
          names.length - 1
        }`,
      );
    }
    if (!byId.has(id) && !list.ignore.includes(id)) {
      throw usageError(
        `the map of predictions maps ${names[place]} to ${id}, which is not an id of the data set`,
      );
    }
  }
  const matched = names.map((_, place): LabelClass | undefined =>
    map.has(place) ? byId.get(map.get(place)!) : byName[place]
  );
  const reached = new Set(matched);
  if (!matched.some((entry) => entry !== undefined)) {
    throw usageError(
      `the model and the data set have no class in common: ${listed(names)} against ${
        listed(list.classes.map(({ name }) => name))
      }`,
      undefined,
      { option: "mapPredictions", advice: "say which belong together" },
    );
  }
  const unknown = list.classes.filter((entry) => !reached.has(entry));
  const unmatchedId = list.ignore[0] ?? freeId(list);
  return {
    ids: matched.map((entry) => entry?.id ?? unmatchedId),
    list: {
      classes: list.classes.filter((entry) => reached.has(entry)),
      ignore: [...list.ignore, ...unknown.map(({ id }) => id)],
      ignored: [...list.ignored ?? [], ...unknown],
    },
    predictionMap: list.ignore.length > 0 ? new Map() : new Map([[unmatchedId, NO_CLASS]]),
    unmatched: names.filter((_, place) => matched[place] === undefined),
    leftOut: unknown.map(({ name }) => name),
  };
}

/** A pixel value that stands for no class. */
function freeId({ classes }: ClassList): number {
  let id = 255;
  while (classes.some((entry) => entry.id === id)) id++;
  return id;
}

function listed(names: readonly string[]): string {
  return names.length > 8 ? `${names.slice(0, 8).join(", ")}, …` : names.join(", ");
}
