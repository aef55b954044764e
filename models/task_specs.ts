/** The tasks of a network as plain data, and the decoders that read its outputs made from them again. */
import {
  CLASSIFICATION_DECODER,
  detectionDecoder,
  type OutputSpec,
  SEGMENTATION_DECODER,
} from "../heads/mod.ts";
import type { ClassificationLabel, DetectionLabel, SegmentationLabel, Tasks } from "./network.ts";

/** How the outputs of one task are read, and the names of its classes. */
export interface TaskSpec<Spec extends OutputSpec, Label> {
  readonly spec: Spec;
  readonly labels: readonly Label[];
}

/** How a detector's outputs can be read. */
export type DetectorSpec = Extract<OutputSpec, { readonly kind: "anchors" | "peaks" }>;

/** {@linkcode Tasks} without code: it can be sent to other threads and written to files. */
export interface TaskSpecs {
  readonly detect?: TaskSpec<DetectorSpec, DetectionLabel>;
  readonly segment?: TaskSpec<{ readonly kind: "labels" }, SegmentationLabel>;
  readonly classify?: TaskSpec<{ readonly kind: "classes" }, ClassificationLabel>;
}

/** The plain data of tasks; {@linkcode tasksOf} makes the tasks of it again. */
export function taskSpecs(tasks: Tasks): TaskSpecs {
  const specs = Object.entries(tasks).map(([task, { head, labels }]) => [task, { spec: head.spec, labels }]);
  return Object.fromEntries(specs);
}

/** The tasks, each with the decoder that its specification asks for. */
export function tasksOf({ detect, segment, classify }: TaskSpecs): Tasks {
  return {
    ...(detect && { detect: { head: detectionDecoder(detect.spec), labels: detect.labels } }),
    ...(segment && { segment: { head: SEGMENTATION_DECODER, labels: segment.labels } }),
    ...(classify && { classify: { head: CLASSIFICATION_DECODER, labels: classify.labels } }),
  };
}
