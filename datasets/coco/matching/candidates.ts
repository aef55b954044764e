/**
 * Which detections overlap which truths at all. Of all pairs in an image and category only a few reach the
 * lowest threshold, and only those are looked at again for every threshold and area range.
 *
 * @module
 */
import { boxIou } from "../boxes.ts";
import { keypointSimilarity } from "./keypoint_similarity.ts";
import { MaskGroup, maskGroupIou } from "../masks/mask_group.ts";
import type { CocoParams } from "../params.ts";
import type { ComparisonTable } from "./comparison_table.ts";

/** Pairs of one image and category, by detection, then by truth. */
export class CandidateList {
  length = 0;
  /** Place of the detection in the order handed to the finder. */
  detection = new Int32Array(256);
  /** Row of the truth. */
  truth = new Int32Array(256);
  iou = new Float64Array(256);

  /** Adds a pair. */
  push(detection: number, truth: number, iou: number): void {
    if (this.length === this.detection.length) this.#grow();
    this.detection[this.length] = detection;
    this.truth[this.length] = truth;
    this.iou[this.length++] = iou;
  }

  #grow(): void {
    const larger = new CandidateList();
    larger.detection = new Int32Array(2 * this.length);
    larger.truth = new Int32Array(2 * this.length);
    larger.iou = new Float64Array(2 * this.length);
    larger.detection.set(this.detection);
    larger.truth.set(this.truth);
    larger.iou.set(this.iou);
    this.detection = larger.detection;
    this.truth = larger.truth;
    this.iou = larger.iou;
  }
}

/**
 * Replaces `found` by the pairs of the detections `order[0 … count]` and the truths `[truthStart, truthEnd)`
 * of an image whose IoU or similarity reaches `minIou`.
 */
export type CandidateFinder = (
  image: number,
  order: Int32Array,
  count: number,
  truthStart: number,
  truthEnd: number,
  minIou: number,
  found: CandidateList,
) => void;

/** Finds candidates by boxes, masks or keypoints, as the parameters say. */
export function candidateFinder(table: ComparisonTable, params: CocoParams): CandidateFinder {
  if (params.iouType === "keypoints") return keypointFinder(table, params.oksSigmas!);
  return params.iouType === "bbox" ? boxFinder(table) : maskFinder(table);
}

function boxFinder({ truth, detections }: ComparisonTable): CandidateFinder {
  const truthBox = truth.box, truthSource = truth.source, crowd = truth.crowd;
  const detectionBox = detections.box, detectionSource = detections.source;
  return (_image, order, count, truthStart, truthEnd, minIou, found) => {
    found.length = 0;
    for (let i = 0; i < count; i++) {
      const detection = detectionSource[order[i]];
      for (let row = truthStart; row < truthEnd; row++) {
        const source = truthSource[row];
        const iou = boxIou(detectionBox, detection, truthBox, source, crowd[source] === 1);
        if (iou >= minIou) found.push(i, row, iou);
      }
    }
  };
}

function maskFinder({ truth, detections, imageSizes }: ComparisonTable): CandidateFinder {
  const truthMasks = new MaskGroup(truth), detectionMasks = new MaskGroup(detections);
  return (image, order, count, truthStart, truthEnd, minIou, found) => {
    found.length = 0;
    const height = imageSizes[2 * image], width = imageSizes[2 * image + 1];
    truthMasks.begin(height, width);
    detectionMasks.begin(height, width);
    for (let row = truthStart; row < truthEnd; row++) truthMasks.add(row);
    for (let i = 0; i < count; i++) detectionMasks.add(order[i]);
    for (let i = 0; i < count; i++) {
      for (let row = truthStart; row < truthEnd; row++) {
        const crowd = truth.crowd[truth.source[row]] === 1;
        const iou = maskGroupIou(detectionMasks, i, truthMasks, row - truthStart, crowd, minIou);
        if (iou >= minIou) found.push(i, row, iou);
      }
    }
  };
}

function keypointFinder({ truth, detections }: ComparisonTable, sigmas: readonly number[]): CandidateFinder {
  const columns = { keypoints: truth.keypoints!, box: truth.box, area: truth.area };
  const found = detections.keypoints!, similarity = keypointSimilarity(sigmas);
  return (_image, order, count, truthStart, truthEnd, minIou, candidates) => {
    candidates.length = 0;
    for (let i = 0; i < count; i++) {
      const detection = detections.source[order[i]];
      for (let row = truthStart; row < truthEnd; row++) {
        const value = similarity(found, detection, columns, truth.source[row]);
        if (value >= minIou) candidates.push(i, row, value);
      }
    }
  };
}
