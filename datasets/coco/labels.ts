/**
 * COCO's object categories.
 *
 * @module
 */

/** A class of a detector trained on COCO. */
export interface CocoLabel {
  readonly name: string;
  /** The id of the category in annotation files. */
  readonly categoryId: number;
}

/** The 80 categories: the ids of the annotation files have gaps, the classes of a network have none. */
const CATEGORIES: readonly (readonly [id: number, name: string])[] = [
  [1, "person"],
  [2, "bicycle"],
  [3, "car"],
  [4, "motorcycle"],
  [5, "airplane"],
  [6, "bus"],
  [7, "train"],
  [8, "truck"],
  [9, "boat"],
  [10, "traffic light"],
  [11, "fire hydrant"],
  [13, "stop sign"],
  [14, "parking meter"],
  [15, "bench"],
  [16, "bird"],
  [17, "cat"],
  [18, "dog"],
  [19, "horse"],
  [20, "sheep"],
  [21, "cow"],
  [22, "elephant"],
  [23, "bear"],
  [24, "zebra"],
  [25, "giraffe"],
  [27, "backpack"],
  [28, "umbrella"],
  [31, "handbag"],
  [32, "tie"],
  [33, "suitcase"],
  [34, "frisbee"],
  [35, "skis"],
  [36, "snowboard"],
  [37, "sports ball"],
  [38, "kite"],
  [39, "baseball bat"],
  [40, "baseball glove"],
  [41, "skateboard"],
  [42, "surfboard"],
  [43, "tennis racket"],
  [44, "bottle"],
  [46, "wine glass"],
  [47, "cup"],
  [48, "fork"],
  [49, "knife"],
  [50, "spoon"],
  [51, "bowl"],
  [52, "banana"],
  [53, "apple"],
  [54, "sandwich"],
  [55, "orange"],
  [56, "broccoli"],
  [57, "carrot"],
  [58, "hot dog"],
  [59, "pizza"],
  [60, "donut"],
  [61, "cake"],
  [62, "chair"],
  [63, "couch"],
  [64, "potted plant"],
  [65, "bed"],
  [67, "dining table"],
  [70, "toilet"],
  [72, "tv"],
  [73, "laptop"],
  [74, "mouse"],
  [75, "remote"],
  [76, "keyboard"],
  [77, "cell phone"],
  [78, "microwave"],
  [79, "oven"],
  [80, "toaster"],
  [81, "sink"],
  [82, "refrigerator"],
  [84, "book"],
  [85, "clock"],
  [86, "vase"],
  [87, "scissors"],
  [88, "teddy bear"],
  [89, "hair drier"],
  [90, "toothbrush"],
];

/** The classes of a network trained on COCO's 80 categories, in the order of their ids. */
export const COCO_80: readonly CocoLabel[] = CATEGORIES.map(([categoryId, name]) => ({
  name,
  categoryId,
}));

/** The classes of a network that counts the ids 1 to 90, ten of which are unused. */
export const COCO_90: readonly CocoLabel[] = Array.from({ length: 90 }, (_, index) => {
  const categoryId = index + 1;
  const category = CATEGORIES.find(([id]) => id === categoryId);
  return { name: category?.[1] ?? `unused ${categoryId}`, categoryId };
});

/** Whether a label stands for an id that no category has, or for the background. */
export function isUnused({ name }: Pick<CocoLabel, "name">): boolean {
  return /^unused \d+$|^background$/.test(name);
}
