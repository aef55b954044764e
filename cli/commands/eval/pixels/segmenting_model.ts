import { usageError } from "../../../../core/errors.ts";
import type { ModelEntry } from "../../../../models/entry.ts";
import type { SegmentationLabel } from "../../../../models/network.ts";
import { findModel } from "../../../../models/registry.ts";
import { formatSize, inputSize } from "../../../flags/mod.ts";
import { DEFAULT_MODEL } from "../../predict/flags.ts";
import type { SourceFlags } from "../flags.ts";
import type { SegmentingModel } from "./job.ts";

/** The model of an evaluation and its classes. */
export interface ChosenModel {
  readonly entry: ModelEntry;
  readonly labels: readonly SegmentationLabel[];
}

/**
 * The model that `--model` names; `null` where predictions are given instead.
 *
 * @throws {BneckError} There is no such model, or it cannot segment.
 */
export function chooseModel({ model, predictions }: SourceFlags): ChosenModel | null {
  if (predictions !== undefined) return null;
  const entry = findModel(model ?? DEFAULT_MODEL);
  const labels = entry.labels.segment;
  if (labels === undefined) {
    throw usageError(`${entry.name} cannot segment; it can ${entry.tasks.join(" and ")}`);
  }
  return { entry, labels };
}

/** The model as its workers take it. */
export function segmentingModel(
  { entry }: ChosenModel,
  { size }: SourceFlags,
  ids: readonly number[],
): SegmentingModel {
  return { name: entry.name, inputSize: size && inputSize(size), ids };
}

/** Where predictions come from, as states and reports say it. */
export interface PredictionOrigin {
  /** `null` for files. */
  readonly model: string | null;
  /** The `--size`, `null` for the model's own and for files. */
  readonly size: string | null;
}

/** The origin that flags describe. */
export function originOf(chosen: ChosenModel | null, { size }: SourceFlags): PredictionOrigin {
  return { model: chosen?.entry.name ?? null, size: size === undefined ? null : formatSize(size) };
}
