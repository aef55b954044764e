/**
 * Tasks on top of a backbone. A head with outputs of a new kind is one file and two lines here: its export, and its place
 * in {@linkcode OUTPUT_KINDS}, by which exported files are read again.
 *
 * @module
 */
import { isJsonObject } from "../core/files/mod.ts";
import { CENTER_NET_OUTPUTS } from "./center_net.ts";
import { CLASS_MAP_OUTPUTS } from "./class_map.ts";
import {
  type Classification,
  type ClassificationSettings,
  CLASSIFIER_OUTPUTS,
  PROBABILITY_OUTPUTS,
} from "./classifier.ts";
import type { Detections, DetectionSettings } from "./detections.ts";
import { DETR_OUTPUTS, PACKED_DETR_OUTPUTS } from "./detr.ts";
import { FINAL_DET_OUTPUTS } from "./final_dets.ts";
import { FINAL_COLUMN_OUTPUTS, FINAL_ROW_OUTPUTS } from "./final_objects.ts";
import type { Decoder, OutputKind, OutputShapes, OutputSpec } from "./head.ts";
import { LABEL_ROW_OUTPUTS, type LabelLogits, SEGMENTATION_OUTPUTS } from "./label_logits.ts";
import { MASK_OUTPUTS } from "./mask.ts";
import { QUERY_MASK_OUTPUTS } from "./query_masks.ts";
import { SCORED_BOX_OUTPUTS } from "./scored_boxes.ts";
import { SSD_OUTPUTS } from "./ssd_lite.ts";
import { NANODET_OUTPUTS } from "./nanodet.ts";
import { YOLO_V5_OUTPUTS, YOLO_V8_OUTPUTS } from "./yolo.ts";
import { YOLOX_OUTPUTS } from "./yolox.ts";

export * from "./head.ts";
export * from "./classifier.ts";
export * from "./detections.ts";
export * from "./center_net.ts";
export * from "./anchors.ts";
export * from "./box_coder.ts";
export * from "./ssd_detections.ts";
export * from "./ssd_lite.ts";
export * from "./lr_aspp.ts";
export * from "./lr_aspp_fastseg.ts";
export * from "./r_aspp.ts";
export * from "./deeplab_v3.ts";
export * from "./label_logits.ts";
export * from "./confidence.ts";
export * from "./object_masks.ts";
export * from "./prototype_masks.ts";
export * from "./check_outputs.ts";
export * from "./box_tables.ts";
export * from "./class_scores.ts";
export * from "./spec_fields.ts";
export * from "./yolo.ts";
export * from "./yolox.ts";
export * from "./nanodet.ts";
export * from "./cell_grid.ts";
export * from "./final_dets.ts";
export * from "./final_objects.ts";
export * from "./scored_boxes.ts";
export * from "./detr.ts";
export * from "./class_map.ts";
export * from "./mask.ts";
export * from "./query_masks.ts";

/** The settings and the result of each task. */
interface TaskTypes {
  readonly classify: readonly [ClassificationSettings, Classification];
  readonly segment: readonly [Record<never, never>, LabelLogits];
  readonly detect: readonly [DetectionSettings, Detections];
}

/** The decoder of each task. */
export type TaskDecoder<T extends keyof TaskTypes> = Decoder<TaskTypes[T][0], TaskTypes[T][1]>;

/** All kinds of outputs, by task. */
export const OUTPUT_KINDS: {
  readonly [T in keyof TaskTypes]: readonly OutputKind<OutputSpec, TaskTypes[T][0], TaskTypes[T][1]>[];
} = {
  classify: [CLASSIFIER_OUTPUTS, PROBABILITY_OUTPUTS],
  segment: [SEGMENTATION_OUTPUTS, LABEL_ROW_OUTPUTS, CLASS_MAP_OUTPUTS, MASK_OUTPUTS, QUERY_MASK_OUTPUTS],
  detect: [
    CENTER_NET_OUTPUTS,
    SSD_OUTPUTS,
    YOLO_V5_OUTPUTS,
    YOLO_V8_OUTPUTS,
    YOLOX_OUTPUTS,
    NANODET_OUTPUTS,
    FINAL_ROW_OUTPUTS,
    FINAL_COLUMN_OUTPUTS,
    FINAL_DET_OUTPUTS,
    SCORED_BOX_OUTPUTS,
    DETR_OUTPUTS,
    PACKED_DETR_OUTPUTS,
  ],
};

/**
 * The decoder that an {@linkcode OutputSpec} from an exported file describes.
 *
 * @param json the spec as parsed JSON, which may be anything
 * @param fail throws the caller's error, which names the file
 */
export function parseDecoder<T extends keyof TaskTypes>(
  task: T,
  json: unknown,
  fail: (problem: string) => never,
): TaskDecoder<T> {
  if (!isJsonObject(json)) return fail(`the output spec of ${task} is not an object`);
  const found = OUTPUT_KINDS[task].find(({ kind }) => kind === json.kind);
  if (found === undefined) return fail(`unknown kind of outputs for ${task}`);
  return found.decoder(found.parse(json, fail));
}

/** The outputs that a decoder of such a spec reads, and their shapes. */
export function outputShapes(spec: OutputSpec): OutputShapes {
  return kindOf(spec)?.outputs(spec) ?? {};
}

/** The number of classes that a spec fixes; `undefined` where the shapes of outputs say it, or nothing does. */
export function classesOf(spec: OutputSpec): number | undefined {
  return kindOf(spec)?.classes?.(spec);
}

/** The outputs of such a spec that may be integers. */
export function integerOutputs(spec: OutputSpec): readonly string[] {
  return kindOf(spec)?.integers ?? [];
}

function kindOf({ kind }: OutputSpec): OutputKind<OutputSpec, unknown, unknown> | undefined {
  return Object.values(OUTPUT_KINDS).flat().find((known) => known.kind === kind);
}
