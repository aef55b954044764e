/** How programs prepare images for the networks that they export, where a file says only what it returns. */
import type { TensorInput } from "../tensor_input.ts";

/** A program, and how it prepares images; what is absent is usual for the task. */
export interface UsualInput
  extends Partial<Pick<TensorInput, "fit" | "filter" | "channels" | "mean" | "std">> {
  /** The name of the program. */
  readonly program: string;
  readonly paddingPlace?: TensorInput["padding"]["place"];
  readonly fitRounding?: TensorInput["fitRounding"];
}

/** ultralytics' YOLOs, YOLOv5 to YOLOv7 and YOLOv10, where their metadata is gone. */
export const YOLO_INPUT: UsualInput = {
  program: "YOLO",
  fit: "letterbox",
  filter: "opencv",
  channels: "rgb",
  mean: [0, 0, 0],
  std: [255, 255, 255],
};

/** Megvii-BaseDetection/YOLOX `preproc`: pixels as they are. */
export const YOLOX_INPUT: UsualInput = {
  program: "YOLOX",
  fit: "letterbox",
  fitRounding: "down",
  filter: "opencv",
  paddingPlace: "corner",
  channels: "bgr",
  mean: [0, 0, 0],
  std: [1, 1, 1],
};

/** RangiLyu/nanodet: the means of Caffe. */
export const NANODET_INPUT: UsualInput = {
  program: "NanoDet",
  fit: "stretch",
  filter: "opencv",
  channels: "bgr",
  mean: [103.53, 116.28, 123.675],
  std: [57.375, 57.12, 58.395],
};

/** mmdetection's `DetDataPreprocessor` and its pipelines. */
export const MMDETECTION_INPUT: UsualInput = {
  program: "mmdetection",
  fit: "letterbox",
  filter: "opencv",
  paddingPlace: "corner",
  channels: "rgb",
  mean: [123.675, 116.28, 103.53],
  std: [58.395, 57.12, 57.375],
};

/** TensorFlow's object detection API resizes in the graph. */
export const TENSORFLOW_INPUT: UsualInput = {
  program: "TensorFlow's object detection",
  fit: "none",
  channels: "rgb",
  mean: [0, 0, 0],
  std: [1, 1, 1],
};

/** The original DETR, RT-DETR and D-FINE: stretched. */
export const DETR_INPUT: UsualInput = {
  program: "DETR",
  fit: "stretch",
  filter: "bilinear",
  channels: "rgb",
};
