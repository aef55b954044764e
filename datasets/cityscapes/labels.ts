/**
 * The label table of Cityscapes: what each pixel value of a label image means.
 *
 * @module
 */

/** One row of the table, named as in cityscapesScripts' `helpers/labels.py`. */
export interface CityscapesLabel {
  readonly name: string;
  /** The pixel value in `*_labelIds.png`; -1 for the one class that only polygons have. */
  readonly id: number;
  /** The pixel value networks are trained with; 255, or -1, for classes that are not trained. */
  readonly trainId: number;
  readonly category: string;
  readonly categoryId: number;
  /** Whether single objects are told apart in `*_instanceIds.png`. */
  readonly hasInstances: boolean;
  /** Whether ground truth pixels of this class are left out of every score. */
  readonly ignoreInEval: boolean;
  readonly color: readonly [red: number, green: number, blue: number];
}

type Row = readonly [
  name: string,
  id: number,
  trainId: number,
  category: string,
  categoryId: number,
  hasInstances: 0 | 1,
  ignoreInEval: 0 | 1,
  color: readonly [number, number, number],
];

// deno-fmt-ignore
const TABLE: readonly Row[] = [
  // name                 id   trainId category    catId  inst ignore color
  ["unlabeled",             0, 255, "void",         0, 0, 1, [0, 0, 0]],
  ["ego vehicle",           1, 255, "void",         0, 0, 1, [0, 0, 0]],
  ["rectification border",  2, 255, "void",         0, 0, 1, [0, 0, 0]],
  ["out of roi",            3, 255, "void",         0, 0, 1, [0, 0, 0]],
  ["static",                4, 255, "void",         0, 0, 1, [0, 0, 0]],
  ["dynamic",               5, 255, "void",         0, 0, 1, [111, 74, 0]],
  ["ground",                6, 255, "void",         0, 0, 1, [81, 0, 81]],
  ["road",                  7,   0, "flat",         1, 0, 0, [128, 64, 128]],
  ["sidewalk",              8,   1, "flat",         1, 0, 0, [244, 35, 232]],
  ["parking",               9, 255, "flat",         1, 0, 1, [250, 170, 160]],
  ["rail track",           10, 255, "flat",         1, 0, 1, [230, 150, 140]],
  ["building",             11,   2, "construction", 2, 0, 0, [70, 70, 70]],
  ["wall",                 12,   3, "construction", 2, 0, 0, [102, 102, 156]],
  ["fence",                13,   4, "construction", 2, 0, 0, [190, 153, 153]],
  ["guard rail",           14, 255, "construction", 2, 0, 1, [180, 165, 180]],
  ["bridge",               15, 255, "construction", 2, 0, 1, [150, 100, 100]],
  ["tunnel",               16, 255, "construction", 2, 0, 1, [150, 120, 90]],
  ["pole",                 17,   5, "object",       3, 0, 0, [153, 153, 153]],
  ["polegroup",            18, 255, "object",       3, 0, 1, [153, 153, 153]],
  ["traffic light",        19,   6, "object",       3, 0, 0, [250, 170, 30]],
  ["traffic sign",         20,   7, "object",       3, 0, 0, [220, 220, 0]],
  ["vegetation",           21,   8, "nature",       4, 0, 0, [107, 142, 35]],
  ["terrain",              22,   9, "nature",       4, 0, 0, [152, 251, 152]],
  ["sky",                  23,  10, "sky",          5, 0, 0, [70, 130, 180]],
  ["person",               24,  11, "human",        6, 1, 0, [220, 20, 60]],
  ["rider",                25,  12, "human",        6, 1, 0, [255, 0, 0]],
  ["car",                  26,  13, "vehicle",      7, 1, 0, [0, 0, 142]],
  ["truck",                27,  14, "vehicle",      7, 1, 0, [0, 0, 70]],
  ["bus",                  28,  15, "vehicle",      7, 1, 0, [0, 60, 100]],
  ["caravan",              29, 255, "vehicle",      7, 1, 1, [0, 0, 90]],
  ["trailer",              30, 255, "vehicle",      7, 1, 1, [0, 0, 110]],
  ["train",                31,  16, "vehicle",      7, 1, 0, [0, 80, 100]],
  ["motorcycle",           32,  17, "vehicle",      7, 1, 0, [0, 0, 230]],
  ["bicycle",              33,  18, "vehicle",      7, 1, 0, [119, 11, 32]],
  ["license plate",        -1,  -1, "vehicle",      7, 0, 1, [0, 0, 142]],
];

/** The whole table in the order of `labels.py`: ids 0 to 33, then -1. */
export const CITYSCAPES_LABELS: readonly CityscapesLabel[] = TABLE.map(
  ([name, id, trainId, category, categoryId, hasInstances, ignoreInEval, color]) => ({
    name,
    id,
    trainId,
    category,
    categoryId,
    hasInstances: hasInstances === 1,
    ignoreInEval: ignoreInEval === 1,
    color,
  }),
);

/** The labels that pixels can have, at the index of their id: 0 to 33. */
export const PIXEL_LABELS: readonly CityscapesLabel[] = CITYSCAPES_LABELS.filter(({ id }) => id >= 0);

/** The 19 labels that are scored, at the index of their trainId. */
export const EVALUATED_LABELS: readonly CityscapesLabel[] = PIXEL_LABELS
  .filter(({ ignoreInEval }) => !ignoreInEval)
  .sort((a, b) => a.trainId - b.trainId);

/** Names and colours of {@linkcode EVALUATED_LABELS}: the classes of a network, in the order of their trainId. */
export const CITYSCAPES_19: readonly Pick<CityscapesLabel, "name" | "color">[] = EVALUATED_LABELS
  .map(({ name, color }) => ({ name, color }));

/** The eight categories in the order of the table; all but `void` are scored. */
export const CITYSCAPES_CATEGORIES: readonly string[] = [
  ...new Set(CITYSCAPES_LABELS.map(({ category }) => category)),
];

/** The pixel value of "nothing that is trained" in trainIds. */
export const IGNORED_TRAIN_ID = 255;
