/**
 * COCO's evaluation as an accumulator: image after image, on as many threads and machines as there are.
 *
 * @module
 */
import { usageError } from "../../core/errors.ts";
import type { Metric, TallyMetric } from "../metric.ts";
import { accumulate, type CocoResult } from "./accumulate.ts";
import type { Annotations, CocoCategory } from "./files/annotations.ts";
import { evaluatedCategories } from "./matching/comparison_table.ts";
import { type Detection, DetectionList } from "./files/detection_list.ts";
import type { CocoDetections } from "./files/detections.ts";
import { type CocoId, quotedId } from "./ids.ts";
import { matchDetections } from "./evaluate.ts";
import { matchDetectionsParallel, type ParallelOptions } from "./evaluate_parallel.ts";
import { comparable, type Matches, mergeMatches } from "./matching/matches.ts";
import { matchesFromJson, type MatchesJson, matchesToJson } from "./matching/matches_json.ts";
import { type CocoParams, cocoParams } from "./params.ts";

/** What was found in one image. */
export interface ImageDetections {
  readonly imageId: CocoId;
  readonly detections: readonly Omit<Detection, "imageId">[];
}

/**
 * Evaluates the images that were added, against the annotations of these images. An image in which nothing was found has
 * to be added too; otherwise its objects are not counted as missed.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { readAnnotations } from "./files/annotations.ts";
 * import { CocoMetric } from "./coco_metric.ts";
 * const bytes = new TextEncoder().encode(JSON.stringify({
 *   images: [{ id: 7 }, { id: 8 }],
 *   annotations: [{ id: 1, image_id: 7, category_id: 17, bbox: [10, 20, 30, 40], area: 1200, iscrowd: 0 }],
 *   categories: [{ id: 17, name: "cat" }],
 * }));
 * const truth = readAnnotations({ name: "cats.json", bytes });
 * const here = new CocoMetric(truth), elsewhere = new CocoMetric(truth);
 * here.add({ imageId: 7, detections: [{ categoryId: 17, box: [10, 20, 30, 40], score: 0.9 }] });
 * elsewhere.add({ imageId: 8, detections: [] });
 * here.merge(CocoMetric.fromJSON(JSON.parse(JSON.stringify(elsewhere)), "elsewhere.json"));
 * assert.ok(here.result().images === 2);
 * ```
 */
export class CocoMetric implements Metric<[ImageDetections], CocoResult>, TallyMetric<ImageDetections> {
  readonly params: CocoParams;
  /** The evaluated categories, by ascending id. */
  readonly categories: readonly CocoCategory[];
  /** Absent in a metric restored from a saved state. */
  readonly #truth: Annotations | undefined;
  readonly #list: DetectionList | undefined;
  /** The images whose detections are in the list. */
  readonly #listed: CocoId[] = [];
  /** The images of the list and of the parts. */
  readonly #imageIds = new Set<CocoId>();
  /** What was matched already or comes from other metrics. */
  #parts: Matches[] = [];
  #matches: Matches | undefined;
  #result: CocoResult | undefined;

  /** @throws {BneckError} (usage) The parameters name an image or category that the annotations do not list. */
  constructor(truth: Annotations, params?: CocoParams);
  constructor(state: Matches);
  constructor(source: Annotations | Matches, params: CocoParams = cocoParams()) {
    if ("outcomes" in source) {
      this.params = source.params;
      this.categories = source.categories;
      this.#addPart(source);
      return;
    }
    this.params = params;
    this.categories = evaluatedCategories(source, params);
    this.#truth = source;
    this.#list = new DetectionList(source);
  }

  /**
   * Restores a metric from the JSON form of another; `where` names the file in errors. It can be merged, but not added to.
   *
   * @throws {BneckError} (usage) It is something else.
   */
  static fromJSON(json: unknown, where: string): CocoMetric {
    return new CocoMetric(matchesFromJson(json, where));
  }

  /** The number of images added so far. */
  get images(): number {
    return this.#imageIds.size;
  }

  /** The number of objects in these images that count: no crowds. */
  get objects(): number {
    const { positives, params: { areaRanges } } = this.matches();
    const all = Math.max(0, areaRanges.findIndex(({ label }) => label === "all"));
    let sum = 0;
    for (let k = 0; k < this.categories.length; k++) sum += positives[k * areaRanges.length + all];
    return sum;
  }

  /**
   * Adds one image.
   *
   * @throws {BneckError} (usage) The image was added before or is not in the annotations, or the metric was restored from
   * a saved state.
   */
  add({ imageId, detections }: ImageDetections): void {
    const list = this.#list ?? this.#refuseRestored();
    if (this.#imageIds.has(imageId)) throw usageError(repeatedImage(imageId));
    for (const detection of detections) list.add({ ...detection, imageId });
    this.#imageIds.add(imageId);
    this.#listed.push(imageId);
    this.#matches = this.#result = undefined;
  }

  /** As {@linkcode CocoMetric.add}. */
  addTally(image: ImageDetections): void {
    this.add(image);
  }

  /**
   * Adds the detections of many images at once, as {@linkcode readDetections} reads them.
   *
   * @param imageIds the images that count as added, with detections or without; by default all that are evaluated
   * @throws {BneckError} (usage) as {@linkcode CocoMetric.add} does
   */
  addDetections(detections: CocoDetections, imageIds?: readonly CocoId[]): void {
    const truth = this.#truth ?? this.#refuseRestored();
    this.#addPart(matchDetections(truth, detections, this.params, imageIds));
  }

  /** As {@linkcode CocoMetric.addDetections}, matched by worker threads; the result is the same to the bit. */
  async addDetectionsParallel(
    detections: CocoDetections,
    options: ParallelOptions,
    imageIds?: readonly CocoId[],
  ): Promise<void> {
    const truth = this.#truth ?? this.#refuseRestored();
    this.#addPart(await matchDetectionsParallel(truth, detections, this.params, options, imageIds));
  }

  /**
   * Takes over the images of another metric.
   *
   * @throws {BneckError} (usage) It has other parameters, categories or annotations, or an image is in both.
   */
  merge(other: this): void {
    const others = other.matches();
    if (!comparable(this.#parts[0] ?? this.matches(), others)) {
      throw usageError("it has other thresholds, classes, images or limits");
    }
    this.#addPart(others, (id) => `image ${quotedId(id)} is in both`);
  }

  /** The state: what became of each detection. */
  matches(): Matches {
    return this.#matches ??= this.#mergeParts();
  }

  /** The detections that were added image by image, without those of merged metrics. */
  detections(): CocoDetections {
    return (this.#list ?? this.#refuseRestored()).finish();
  }

  /** The tensors of pycocotools, over the images added so far; see {@linkcode summarize}. */
  result(): CocoResult {
    return this.#result ??= accumulate(this.matches());
  }

  /** The state, the same bytes whichever metrics it was merged from. */
  toJSON(): MatchesJson {
    return matchesToJson(this.matches());
  }

  #addPart(part: Matches, repeated: (id: CocoId) => string = repeatedImage): void {
    for (const id of part.imageIds) if (this.#imageIds.has(id)) throw usageError(repeated(id));
    for (const id of part.imageIds) this.#imageIds.add(id);
    this.#parts.push(part);
    this.#matches = this.#result = undefined;
  }

  /** The list stays as it is, since more images may be added to it. */
  #mergeParts(): Matches {
    if (this.#parts.length > 1) this.#parts = [mergeMatches(this.#parts)];
    const [others] = this.#parts;
    if (others !== undefined && this.#listed.length === 0) return others;
    const own = matchDetections(this.#truth!, this.detections(), this.params, this.#listed);
    return others === undefined ? own : mergeMatches([own, others]);
  }

  #refuseRestored(): never {
    throw usageError(
      "a metric restored from a saved state has no annotations, so nothing can be added to it",
    );
  }
}

function repeatedImage(id: CocoId): string {
  return `cannot evaluate image ${quotedId(id)} twice`;
}
