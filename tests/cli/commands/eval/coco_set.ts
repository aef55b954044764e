/** A small COCO data set and detections of it, the same on every machine. */

/** An annotation file. */
export interface SmallTruth {
  readonly images: readonly {
    readonly id: number;
    readonly file_name: string;
    width: number;
    height: number;
  }[];
  readonly annotations: readonly SmallAnnotation[];
  readonly categories: readonly { readonly id: number; readonly name: string }[];
}

/** One of its annotations. */
export interface SmallAnnotation {
  readonly id: number;
  readonly image_id: number;
  readonly category_id: number;
  readonly bbox: readonly [number, number, number, number];
  readonly area: number;
  readonly iscrowd: number;
}

/** An entry of a results file. */
export interface SmallResult {
  readonly image_id: number;
  readonly category_id: number;
  readonly bbox: readonly number[];
  readonly score: number;
}

const CATEGORIES = [{ id: 3, name: "car" }, { id: 10, name: "traffic light" }, { id: 17, name: "cat" }];

/** Whole numbers in `[0, bound)`. */
function generator(seed: number): (bound: number) => number {
  let state = seed;
  return (bound) => {
    state = (state * 1103515245 + 12345) % 2147483648;
    return Math.floor(state / 2147483648 * bound);
  };
}

/**
 * Images of 320 × 240 with one to five objects each, some of them crowds, and detections: most objects are found,
 * a few badly placed, of another class or twice, and some that are not there. The detections are the better, the
 * smaller `noise` is.
 */
export function smallSet(count: number, noise = 12): { truth: SmallTruth; results: SmallResult[] } {
  const next = generator(7);
  const images = Array.from({ length: count }, (_, i) => ({
    id: 100 + 7 * i,
    file_name: `${String(100 + 7 * i).padStart(6, "0")}.jpg`,
    width: 320,
    height: 240,
  }));
  const annotations: SmallAnnotation[] = [];
  const results: SmallResult[] = [];
  for (const { id: image_id } of images) {
    const add = (category_id: number, bbox: readonly number[]) =>
      results.push({ image_id, category_id, bbox, score: Number((0.001 + next(900) / 1000).toFixed(3)) });
    for (let k = next(5); k >= 0; k--) {
      const category_id = CATEGORIES[next(3)].id;
      const [width, height] = [10 + next(110), 10 + next(110)];
      const bbox = [next(320 - width), next(240 - height), width, height] as const;
      const iscrowd = next(10) === 0 ? 1 : 0;
      annotations.push({
        id: annotations.length + 1,
        image_id,
        category_id,
        bbox,
        area: width * height,
        iscrowd,
      });
      const shifted = () => bbox.map((value, side) => value + (side < 2 ? next(2 * noise + 1) - noise : 0));
      const luck = next(10);
      if (luck < 8) add(luck === 0 ? 3 : category_id, shifted());
      if (luck === 1) add(category_id, shifted());
    }
    if (next(3) === 0) add(17, [next(200), next(100), 30 + next(60), 30 + next(60)]);
  }
  return { truth: { images, annotations, categories: CATEGORIES }, results };
}

/** Writes the set as `truth.json` and `results.json`. */
export async function writeSmallSet(folder: string, count = 24, noise?: number): Promise<void> {
  const { truth, results } = smallSet(count, noise);
  await Deno.writeTextFile(`${folder}/truth.json`, JSON.stringify(truth));
  await Deno.writeTextFile(`${folder}/results.json`, JSON.stringify(results));
}
