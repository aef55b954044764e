/**
 * What the tests of COCO share: data sets from plain objects, and the cases of the reference results.
 */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import type { CocoResult } from "../../../datasets/coco/accumulate.ts";
import {
  type Annotations,
  readAnnotations,
  type ReadOptions,
} from "../../../datasets/coco/files/annotations.ts";
import { type CocoDetections, readDetections } from "../../../datasets/coco/files/detections.ts";
import { evaluateCoco } from "../../../datasets/coco/evaluate.ts";
import { type CocoParams, cocoParams, type IouType } from "../../../datasets/coco/params.ts";
import { STATISTICS, summarize, summaryLines } from "../../../datasets/coco/summarize.ts";
import { BneckError, ExitStatus } from "../../../core/errors.ts";
import { ROOT } from "../../support/shared.ts";

/** A value as the bytes of a JSON file. */
export function json(value: unknown, name = "test.json"): { name: string; bytes: Uint8Array } {
  return text(JSON.stringify(value), name);
}

/** A text as a file. */
export function text(content: string, name = "test.json"): { name: string; bytes: Uint8Array } {
  return { name, bytes: new TextEncoder().encode(content) };
}

/** An annotation of an annotation file, as far as the tests need it. */
export interface TestAnnotation {
  id: number;
  image_id: number;
  category_id: number;
  bbox: number[];
  area: number;
  iscrowd: number;
  segmentation?: unknown;
}

/** A detection of a result file. */
export interface TestDetection {
  image_id: number;
  category_id: number;
  bbox?: number[];
  score: number;
  segmentation?: unknown;
}

/** An annotation file. */
export interface TestTruth {
  images: { id: number; width?: number; height?: number; file_name?: string }[];
  annotations: TestAnnotation[];
  categories: { id: number; name?: string }[];
}

/** Both files, read. */
export function readBoth(
  truth: TestTruth,
  detections: readonly TestDetection[],
  options: ReadOptions = {},
): { truth: Annotations; detections: CocoDetections } {
  const annotations = readAnnotations(json(truth, "gt.json"), options);
  return {
    truth: annotations,
    detections: readDetections(json(detections, "dt.json"), annotations, options),
  };
}

/** One annotated object, not a crowd, whose area is that of its box. */
export function object(
  id: number,
  imageId: number,
  categoryId: number,
  bbox: [number, number, number, number],
  rest: Partial<TestAnnotation> = {},
): TestAnnotation {
  return {
    id,
    image_id: imageId,
    category_id: categoryId,
    bbox,
    area: bbox[2] * bbox[3],
    iscrowd: 0,
    ...rest,
  };
}

/** Asserts that `run` fails with an error for users that matches all patterns. */
export function refuses(run: () => unknown, ...patterns: RegExp[]): void {
  assert.throws(run, (error: unknown) => {
    assert.ok(error instanceof BneckError, String(error));
    assert.equal(error.exitStatus, ExitStatus.usage);
    for (const pattern of patterns) assert.match(error.message, pattern);
    return true;
  });
}

/** What the reference tool says of a case. */
export interface Expected {
  stats?: Record<typeof STATISTICS[number], number>;
  printed?: string[];
  tensor_sha256?: { precision_TRKAM: string; recall_TKAM: string; scores_TRKAM: string };
  error?: string;
}

/** A case of `golden/edge`. */
export interface GoldenCase {
  name: string;
  iouType: IouType;
  params: {
    maxDets?: number[];
    iouThrs?: number[];
    recThrs?: number[];
    useCats?: number;
    imgIds?: number[];
    catIds?: number[];
    areaRng?: [number, number][];
  };
  gt: TestTruth;
  dt: TestDetection[];
  expected: Expected;
}

/** The cases that are kept in the project. */
export function keptCases(): GoldenCase[] {
  return JSON.parse(Deno.readTextFileSync(`${ROOT}tests/fixtures/coco/edge_cases.json`));
}

/** The parameters of a case in our terms. */
export function paramsOf({ iouType, params }: GoldenCase): CocoParams {
  const labels = ["all", "small", "medium", "large"];
  const areaRanges = params.areaRng?.map(([min, max], i) => ({ label: labels[i], min, max }));
  return cocoParams({
    iouType,
    pycocotoolsCompat: true,
    ...(params.maxDets && { maxDetections: params.maxDets }),
    ...(params.iouThrs && { iouThresholds: params.iouThrs }),
    ...(params.recThrs && { recallThresholds: params.recThrs }),
    ...(params.useCats !== undefined && { useCategories: params.useCats === 1 }),
    ...(params.imgIds && { imageIds: params.imgIds }),
    ...(params.catIds && { categoryIds: params.catIds }),
    ...(areaRanges && { areaRanges }),
  });
}

/** Evaluates a case and compares what it gives, or how it fails, with what pycocotools says. */
export function checkCase(golden: GoldenCase): void {
  const acceptsNothing = golden.name === "empty_detections_as_zero";
  const options: ReadOptions = { masks: golden.iouType === "segm", pycocotoolsCompat: !acceptsNothing };
  const run = () => {
    const { truth, detections } = readBoth(golden.gt, golden.dt, options);
    return evaluateCoco(truth, detections, paramsOf(golden));
  };
  if (golden.expected.error) refuses(run);
  else checkResult(run(), golden.expected);
}

/** Compares tensors bit for bit, the twelve numbers within 1e-12, and the printed lines. */
export function checkResult(result: CocoResult, expected: Expected): void {
  const hashes = expected.tensor_sha256;
  if (hashes) {
    assert.equal(sha256(result.precision), hashes.precision_TRKAM, "precision");
    assert.equal(sha256(result.recall), hashes.recall_TKAM, "recall");
    assert.equal(sha256(result.scores), hashes.scores_TRKAM, "scores");
  }
  const statistics = summarize(result);
  // By their places: pycocotools names them so, whatever the limits of detections are.
  const values = Object.entries(statistics);
  STATISTICS.forEach((place, i) => {
    if (!expected.stats) return;
    const [name, value] = values[i];
    const difference = Math.abs(value - expected.stats[place]);
    assert.ok(difference <= 1e-12, `${name}: ${value} instead of ${expected.stats[place]}`);
  });
  if (expected.printed) assert.deepEqual(summaryLines(result), expected.printed);
}

function sha256(values: Float64Array): string {
  return createHash("sha256").update(new Uint8Array(values.buffer, values.byteOffset, values.byteLength))
    .digest("hex");
}
