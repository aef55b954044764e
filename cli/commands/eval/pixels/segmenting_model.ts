import { usageError } from "../../../../core/errors.ts";
import type { RunnableModel } from "../../../../models/entry.ts";
import type { Network, OnnxNetwork, SegmentationLabel } from "../../../../models/network.ts";
import { type ModelRequest, resolveModel } from "../../../../models/open.ts";
import type { Context } from "../../../context.ts";
import { formatSize } from "../../../flags/mod.ts";
import { DEFAULT_MODEL } from "../../predict/flags.ts";
import { scoredModel, type SourceFlags } from "../flags.ts";
import type { SegmentingModel } from "./job.ts";

/** The model of an evaluation and its classes. */
export interface ChosenModel {
  readonly entry: RunnableModel;
  readonly request: ModelRequest;
  readonly labels: readonly SegmentationLabel[];
}

/**
 * The model that `--model` or `--weights` names; `null` where predictions are given instead.
 *
 * @throws {BneckError} There is no such model, or it cannot segment.
 */
export async function chooseModel(context: Context, flags: SourceFlags): Promise<ChosenModel | null> {
  if (flags.predictions !== undefined) return null;
  const request = scoredModel(flags, DEFAULT_MODEL);
  const entry = await resolveModel(request);
  const labels = entry.labels.segment;
  if (labels === undefined) {
    throw usageError(`${entry.name} cannot segment; it can ${entry.tasks.join(" and ")}`);
  }
  for (const warning of entry.warnings ?? []) context.log.warn(warning);
  return { entry, request, labels };
}

/** The model as its workers take it. */
export function segmentingModel(
  { request }: ChosenModel,
  { size }: SourceFlags,
  ids: readonly number[],
): SegmentingModel {
  return { request, inputSize: size, ids };
}

/** Builds the network that {@linkcode segmentingModel} runs. */
export function networkOf(
  { entry }: ChosenModel,
  { size }: SourceFlags,
): () => Promise<Network | OnnxNetwork> {
  return () => entry.build(["segment"], size);
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
