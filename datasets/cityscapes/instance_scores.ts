/**
 * The instance statistics behind iIoU: pixels found of each object, weighted so that objects of a class count
 * alike whatever their size.
 *
 * @module
 */
import { inputError } from "../../core/errors.ts";
import type { LabelMap } from "../../core/images/image.ts";
import { ExactSum } from "../segmentation/exact_sum.ts";
import type { ValueIndex } from "../segmentation/label_index.ts";
import { CITYSCAPES_CATEGORIES, type CityscapesLabel, PIXEL_LABELS } from "./labels.ts";

/** Mean pixels of one object, by class: `avgClassSize` of evalPixelLevelSemanticLabeling.py. */
export const AVERAGE_CLASS_SIZE: Readonly<Record<string, number>> = {
  bicycle: 4672.3249222261,
  caravan: 36771.8241758242,
  motorcycle: 6298.7200839748,
  rider: 3930.4788056518,
  bus: 35732.1511111111,
  train: 67583.7075812274,
  car: 12794.0202738185,
  person: 3462.4756337644,
  truck: 27855.1264367816,
  trailer: 16926.9763313609,
};

/** Classes with instance scores: those with instances that are not ignored. */
export const INSTANCE_CLASSES: readonly string[] = PIXEL_LABELS
  .filter(({ hasInstances, ignoreInEval }) => hasInstances && !ignoreInEval).map(({ name }) => name);

/** Categories with instance scores (all their classes have instances), and the ids of these classes. */
export const INSTANCE_CATEGORIES: ReadonlyMap<string, readonly number[]> = new Map(
  CITYSCAPES_CATEGORIES
    .map((category) => [category, PIXEL_LABELS.filter((label) => label.category === category)] as const)
    .filter(([, labels]) => labels.every(({ hasInstances }) => hasInstances))
    .map(([category, labels]) => [category, labels.map(({ id }) => id)]),
);

/** Values per object in the result of {@linkcode tallyInstances}. */
const FIELDS = 4;

/** Instance ids are `label id * 1000 + number`; smaller values are plain label ids of groups and stuff. */
const INSTANCE_BASE = 1000;

/**
 * The scored objects of one image: `[objects, 4]` of label id, pixels, pixels predicted as its class, pixels
 * predicted as any class of its category.
 *
 * @param prediction `[height, width]`
 * @param labelIdOf label id by pixel value of the prediction, of at least 256 values
 * @param instances `*_instanceIds.png`, `[height, width]`
 * @param name the file of the instances, for errors
 * @throws {BneckError} An instance belongs to no class that has instances.
 */
export function tallyInstances(
  prediction: Uint8Array | Uint16Array,
  labelIdOf: Uint16Array,
  instances: LabelMap,
  name: string,
): Float64Array<ArrayBuffer> {
  if (instances.data instanceof Uint8Array) return new Float64Array(0);
  const counts: ObjectCounts = {
    pixels: new Uint32Array(1 << 16),
    found: new Uint32Array(1 << 16),
    foundInCategory: new Uint32Array(1 << 16),
  };
  countObjects(prediction, labelIdOf, instances.data, counts);
  const rows: number[] = [];
  for (let id = INSTANCE_BASE + 1; id < counts.pixels.length; id++) {
    if (counts.pixels[id] === 0) continue;
    const label = instanceLabel(id, name);
    if (label.ignoreInEval) continue;
    rows.push(label.id, counts.pixels[id], counts.found[id], counts.foundInCategory[id]);
  }
  return Float64Array.from(rows);
}

/**
 * Refuses instance ids that lost their high byte, of which every object would seem to be missed or absent. Maps of 8 bits
 * are right only where there are no objects: then they hold label ids.
 *
 * @param truth of the same size, and `index` its values
 * @throws {BneckError} A pixel of a class with instances has another value, or a value is not a label id.
 */
export function refuseCutInstances(
  { data }: LabelMap,
  truth: LabelMap,
  { placeOf }: Pick<ValueIndex, "placeOf">,
  name: string,
): void {
  if (data instanceof Uint16Array) return;
  for (let i = 0; i < data.length; i++) {
    const labelId = placeOf[truth.data[i]];
    if (data[i] < PIXEL_LABELS.length && (data[i] === labelId || !PIXEL_LABELS[labelId].hasInstances)) {
      continue;
    }
    throw inputError(
      `cannot use ${name}: its instance ids are cut to 8 bits, as it holds ${data[i]} where there is ` +
        `${PIXEL_LABELS[labelId].name}; instance ids need 16 bits, so copy the original file`,
    );
  }
}

/** Pixels by instance id: `[65536]` each. */
interface ObjectCounts {
  readonly pixels: Uint32Array;
  readonly found: Uint32Array;
  readonly foundInCategory: Uint32Array;
}

/** Label id by instance id. */
const LABEL_OF_INSTANCE = Uint8Array.from({ length: 1 << 16 }, (_, id) => Math.floor(id / INSTANCE_BASE));

/** Category by label id; labels that do not exist are in a category of their own. */
const CATEGORY_OF_LABEL = Uint8Array.from({ length: 256 }, (_, id) => PIXEL_LABELS[id]?.categoryId ?? 255);

/** Set in an instance id of 1024 or more; the few objects between 1001 and 1023 are of an ignored class. */
const MAY_BE_OBJECT = 0xfc00;

/** Two pixels at a time, and runs of equal ones at once: most of an image belongs to no object. */
function countObjects(
  prediction: Uint8Array | Uint16Array,
  labelIdOf: Uint16Array,
  instances: Uint16Array,
  counts: ObjectCounts,
): void {
  const inPairs = prediction instanceof Uint8Array && prediction.byteOffset % 2 === 0 &&
    instances.byteOffset % 4 === 0;
  const pairs = inPairs ? instances.length >>> 1 : 0;
  const instancePairs = new Int32Array(instances.buffer, inPairs ? instances.byteOffset : 0, pairs);
  const predictionPairs = new Uint16Array(prediction.buffer, inPairs ? prediction.byteOffset : 0, pairs);
  let i = 0;
  while (i < pairs) {
    const ids = instancePairs[i];
    if ((ids & (MAY_BE_OBJECT << 16 | MAY_BE_OBJECT)) === 0) {
      i++;
      continue;
    }
    const predicted = predictionPairs[i];
    const start = i++;
    while (i < pairs && instancePairs[i] === ids && predictionPairs[i] === predicted) i++;
    countObject(ids & 0xffff, labelIdOf[predicted & 255], i - start, counts);
    countObject(ids >>> 16, labelIdOf[predicted >>> 8], i - start, counts);
  }
  for (let pixel = pairs * 2; pixel < instances.length; pixel++) {
    countObject(instances[pixel], labelIdOf[prediction[pixel]], 1, counts);
  }
}

function countObject(id: number, predicted: number, pixels: number, counts: ObjectCounts): void {
  if (id <= INSTANCE_BASE) return;
  const label = LABEL_OF_INSTANCE[id];
  counts.pixels[id] += pixels;
  if (predicted === label) counts.found[id] += pixels;
  if (CATEGORY_OF_LABEL[predicted] === CATEGORY_OF_LABEL[label]) counts.foundInCategory[id] += pixels;
}

function instanceLabel(id: number, name: string): CityscapesLabel {
  const label = PIXEL_LABELS[LABEL_OF_INSTANCE[id]];
  if (label !== undefined && (label.hasInstances || label.ignoreInEval)) return label;
  const problem = label === undefined
    ? `there is no label ${LABEL_OF_INSTANCE[id]}`
    : `${label.name} has no instances`;
  throw inputError(
    `cannot use ${name}: instance id ${id} is not label id × 1000 + number of a class with instances (${problem})`,
  );
}

/** Pixels found and missed, plain and weighted. */
interface Counts {
  tp: number;
  fn: number;
  readonly tpWeighted: ExactSum;
  readonly fnWeighted: ExactSum;
}

/** One entry of {@linkcode InstanceScores.result}, named as in the official script. */
export interface InstanceCounts {
  readonly tp: number;
  readonly tpWeighted: number;
  readonly fn: number;
  readonly fnWeighted: number;
}

/** Accumulated instance statistics, mergeable in any order without a change in the last bit. */
export class InstanceScores {
  readonly #classes = emptyCounts(INSTANCE_CLASSES);
  readonly #categories = emptyCounts(INSTANCE_CATEGORIES.keys());

  /** Adds the objects of one image as {@linkcode tallyInstances} gives them. */
  addTally(tally: Float64Array): void {
    for (let at = 0; at < tally.length; at += FIELDS) {
      const [labelId, pixels, found, foundInCategory] = tally.subarray(at, at + FIELDS);
      const { name, category } = PIXEL_LABELS[labelId];
      const weight = AVERAGE_CLASS_SIZE[name] / pixels;
      addObject(this.#classes.get(name)!, pixels, found, weight);
      const inCategory = this.#categories.get(category);
      if (inCategory !== undefined) addObject(inCategory, pixels, foundInCategory, weight);
    }
  }

  merge(other: InstanceScores): void {
    for (const [name, counts] of this.#classes) mergeCounts(counts, other.#classes.get(name)!);
    for (const [name, counts] of this.#categories) mergeCounts(counts, other.#categories.get(name)!);
  }

  /** By name of class and category. */
  result(): { classes: Record<string, InstanceCounts>; categories: Record<string, InstanceCounts> } {
    const values = (of: ReadonlyMap<string, Counts>) =>
      Object.fromEntries(
        [...of].map(([name, { tp, fn, tpWeighted, fnWeighted }]) => [
          name,
          { tp, tpWeighted: tpWeighted.value(), fn, fnWeighted: fnWeighted.value() },
        ]),
      );
    return { classes: values(this.#classes), categories: values(this.#categories) };
  }

  toJSON(): { classes: unknown; categories: unknown } {
    return { classes: Object.fromEntries(this.#classes), categories: Object.fromEntries(this.#categories) };
  }

  /**
   * Reads the JSON form; `where` names the file in errors.
   *
   * @throws {BneckError} It is not one.
   */
  static fromJSON(json: unknown, where: string): InstanceScores {
    const scores = new InstanceScores();
    const state = json as { classes?: Record<string, unknown>; categories?: Record<string, unknown> } | null;
    for (const [name, counts] of scores.#classes) {
      mergeCounts(counts, readCounts(state?.classes?.[name], where));
    }
    for (const [name, counts] of scores.#categories) {
      mergeCounts(counts, readCounts(state?.categories?.[name], where));
    }
    return scores;
  }
}

function emptyCounts(names: Iterable<string>): ReadonlyMap<string, Counts> {
  return new Map(
    Array.from(
      names,
      (name) => [name, { tp: 0, fn: 0, tpWeighted: new ExactSum(), fnWeighted: new ExactSum() }],
    ),
  );
}

function addObject(counts: Counts, pixels: number, found: number, weight: number): void {
  counts.tp += found;
  counts.fn += pixels - found;
  counts.tpWeighted.add(found * weight);
  counts.fnWeighted.add((pixels - found) * weight);
}

function mergeCounts(into: Counts, from: Counts): void {
  into.tp += from.tp;
  into.fn += from.fn;
  into.tpWeighted.merge(from.tpWeighted);
  into.fnWeighted.merge(from.fnWeighted);
}

function readCounts(json: unknown, where: string): Counts {
  const { tp, fn, tpWeighted, fnWeighted } = (json ?? {}) as Record<string, unknown>;
  const whole = [tp, fn].every((count) => Number.isSafeInteger(count) && (count as number) >= 0);
  if (!whole || !ExactSum.isTerms(tpWeighted) || !ExactSum.isTerms(fnWeighted)) {
    throw inputError(`cannot read ${where}: its instance statistics are damaged`);
  }
  return {
    tp: tp as number,
    fn: fn as number,
    tpWeighted: new ExactSum(tpWeighted),
    fnWeighted: new ExactSum(fnWeighted),
  };
}
