/**
 * Telling predictions in labelIds from those in trainIds. The two are easily mixed up, and scoring one as the
 * other gives an mIoU near zero without any other sign (cityscapesScripts issues 8, 9, 25, 68).
 *
 * @module
 */
import { BneckError, inputError, usageError } from "../../core/errors.ts";
import { baseName } from "../../core/files/mod.ts";
import type { LabelMap } from "../../core/images/image.ts";
import { type LabelIndex, type ValueIndex, valueIndex } from "../segmentation/label_index.ts";
import { idRanges } from "../messages.ts";
import { EVALUATED_LABELS, IGNORED_TRAIN_ID, PIXEL_LABELS } from "./labels.ts";

/** How the pixels of predictions are numbered. */
export type PredictionIds = "labelIds" | "trainIds";

/** What the values of one image allow; `"either"` fits both numberings, `"neither"` none. */
export type IdsVerdict = PredictionIds | "either" | "neither";

/** How a set of predictions is read, and why. */
export interface RecognisedIds {
  readonly ids: PredictionIds;
  /** The reason, for people: `"file names end in _labelIds"`. */
  readonly because: string;
}

const TRAIN_IDS: ReadonlySet<number> = new Set(EVALUATED_LABELS.map(({ trainId }) => trainId));

/** Values that predictions in labelIds have no reason to hold on their own: classes that are never scored. */
const UNSCORED_LABEL_IDS: ReadonlySet<number> = new Set(
  PIXEL_LABELS.filter(({ id, ignoreInEval }) => ignoreInEval && id > 0).map(({ id }) => id),
);

/** The numbering that a file's name states, as in `*_labelIds.png` or `*.trainids.png`, or `null`. */
export function idsOfName(path: string): PredictionIds | null {
  const name = baseName(path);
  if (/train_?ids?(?![a-z])/i.test(name)) return "trainIds";
  return /label_?ids?(?![a-z])/i.test(name) ? "labelIds" : null;
}

/**
 * The numbering that the values of one image speak for.
 *
 * A value from 19 to 33 exists only in labelIds, 255 only in trainIds. Where neither occurs, a class that
 * labelIds never score (1 to 6, 9, 10, 14 to 16, 18) speaks for trainIds: a street scene in labelIds would
 * also hold vegetation, sky or cars, all above 18. What is left (0, 7, 8, 11 to 13, 17) fits both.
 */
export function idsOfValues(values: Iterable<number>): IdsVerdict {
  let labelId = false;
  let ignoredTrainId = false;
  let unscored = false;
  for (const value of values) {
    if (value === IGNORED_TRAIN_ID) ignoredTrainId = true;
    else if (value >= PIXEL_LABELS.length) return "neither";
    else if (!TRAIN_IDS.has(value)) labelId = true;
    else if (UNSCORED_LABEL_IDS.has(value)) unscored = true;
  }
  if (labelId) return ignoredTrainId ? "neither" : "labelIds";
  return ignoredTrainId || unscored ? "trainIds" : "either";
}

/**
 * How a whole set of predictions is numbered: by the files' names if these say it, else by the values of the
 * first image that fits only one numbering. Scoring then checks every image against it
 * ({@linkcode refuseOtherIds}), so a mix is found wherever it is. Images that all fit both are read as
 * labelIds, as the official script does.
 *
 * @param read decodes one of `paths`
 * @throws {BneckError} The names state both numberings.
 */
export async function recognisePredictionIds(
  paths: readonly string[],
  read: (path: string) => Promise<LabelMap>,
): Promise<RecognisedIds> {
  const named = Map.groupBy(paths, idsOfName);
  const [byLabelIds, byTrainIds] = [named.get("labelIds") ?? [], named.get("trainIds") ?? []];
  if (byLabelIds.length > 0 && byTrainIds.length > 0) {
    throw usageError(
      `the predictions mix labelIds and trainIds by their names: ${byLabelIds.length} files such as ` +
        `${byLabelIds[0]} and ${byTrainIds.length} such as ${byTrainIds[0]}; score them separately`,
    );
  }
  const ids = byLabelIds.length > 0 ? "labelIds" : byTrainIds.length > 0 ? "trainIds" : null;
  if (ids !== null) {
    const count = named.get(ids)!.length;
    return {
      ids,
      because: `${count === paths.length ? "the" : `${count} of ${paths.length}`} file names say so`,
    };
  }
  for (const path of paths) {
    const verdict = await verdictOf(path, read);
    if (verdict === "labelIds" || verdict === "trainIds") {
      return { ids: verdict, because: `the values of ${path} fit no other numbering` };
    }
  }
  return {
    ids: "labelIds",
    because: "the values fit both labelIds and trainIds, and labelIds are the official ones",
  };
}

/** The verdict on one file; one that cannot be read says nothing here and is reported when it is scored. */
async function verdictOf(path: string, read: (path: string) => Promise<LabelMap>): Promise<IdsVerdict> {
  try {
    return idsOfValues(distinctValues(await read(path)));
  } catch (error) {
    if (error instanceof BneckError) return "neither";
    throw error;
  }
}

/**
 * Checks the values of one image against the numbering of its set. Values that fit neither are left to the
 * count, which knows their pixels.
 *
 * @throws {BneckError} The values speak for the other numbering.
 */
export function refuseOtherIds(values: ReadonlySet<number>, ids: PredictionIds, name: string): void {
  const verdict = idsOfValues(values);
  if (verdict === ids || verdict === "either" || verdict === "neither") return;
  throw inputError(
    `cannot score ${name}: it looks like ${verdict} (values ${
      idRanges(values)
    }), while the set is read as ${ids}; ` +
      "score such files separately, or say which ids they hold",
  );
}

/**
 * The numbering of ground truth, which is labelIds but in sets that were converted for training: by the files' names, else
 * by the values of the first image that tells. Ground truth in labelIds never holds 255, that in trainIds nothing from 19
 * to 254.
 *
 * @param read decodes one of `paths`
 */
export async function recogniseTruthIds(
  paths: readonly string[],
  read: (path: string) => Promise<LabelMap>,
): Promise<RecognisedIds> {
  if (paths.length > 0 && paths.every((path) => idsOfName(path) === "trainIds")) {
    return { ids: "trainIds", because: "the file names say so" };
  }
  for (const path of paths) {
    const ids = truthIdsOfValues(await valuesOf(path, read));
    if (ids !== null) return { ids, because: `the values of ${path} fit no other numbering` };
  }
  return { ids: "labelIds", because: "they are the official ones" };
}

/** The values of a file; of one that cannot be read none, which is reported when it is scored. */
async function valuesOf(path: string, read: (path: string) => Promise<LabelMap>): Promise<Set<number>> {
  try {
    return distinctValues(await read(path));
  } catch (error) {
    if (error instanceof BneckError) return new Set();
    throw error;
  }
}

function truthIdsOfValues(values: ReadonlySet<number>): PredictionIds | null {
  const others = [...values].filter((value) => !TRAIN_IDS.has(value));
  if (others.length === 0) return null;
  if (others.every((value) => value === IGNORED_TRAIN_ID)) return "trainIds";
  return others.every((value) => value < PIXEL_LABELS.length) ? "labelIds" : null;
}

/**
 * Checks the values of ground truth that does not fit the numbering of its set.
 *
 * @throws {BneckError} They speak for the other numbering.
 */
export function refuseOtherTruth(truth: LabelMap, ids: PredictionIds, name: string): void {
  const values = distinctValues(truth);
  const found = truthIdsOfValues(values);
  if (found === null || found === ids) return;
  throw inputError(
    `cannot score ${name}: this ground truth looks like ${found} (values ${
      idRanges(values)
    }), while that of the set is ` +
      `read as ${ids}; a set must hold one of the two`,
  );
}

/** How predictions are counted against ground truth, by label id: `[34, 34]`. */
export function cityscapesIndex(ids: PredictionIds, truthIds: PredictionIds = "labelIds"): LabelIndex {
  return { size: PIXEL_LABELS.length, truth: INDEX[truthIds], prediction: INDEX[ids] };
}

const INDEX: Readonly<Record<PredictionIds, ValueIndex>> = {
  labelIds: valueIndex(PIXEL_LABELS.map(({ id }) => [id, id])),
  trainIds: valueIndex([
    ...EVALUATED_LABELS.map(({ id, trainId }) => [trainId, id] as const),
    [IGNORED_TRAIN_ID, 0],
  ]),
};

/** The values that occur in an image. */
export function distinctValues({ data }: LabelMap): Set<number> {
  const present = new Uint8Array(1 << 16);
  for (let i = 0; i < data.length; i++) present[data[i]] = 1;
  const values = new Set<number>();
  for (let value = 0; value < present.length; value++) if (present[value] === 1) values.add(value);
  return values;
}
