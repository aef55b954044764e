/** Finding out what a model's graph is made from. */
import { modelError } from "../../../core/errors.ts";
import type { RunnableModel } from "../../entry.ts";
import { isFittedFile, readFitted } from "../../fit/fitted_file.ts";
import type { Task } from "../../network.ts";
import { embeddedTable } from "../../zoo/mb3_large_075_table.ts";
import { isAdaptedFile, readAdapted } from "./adapted_file.ts";
import type { AdaptationBase } from "./base.ts";

/** A network's base, and what of its channels an earlier adaptation has left. */
export interface KnownBase {
  readonly base: AdaptationBase;
  readonly channels: ReadonlyMap<string, number>;
}

/**
 * The base of a model.
 *
 * @param name what the model was asked for by.
 * @throws {BneckError} (unusable model) for a model whose graph is not known layer by layer: an ONNX file.
 */
export async function baseOf(name: string, model: RunnableModel, tasks: readonly Task[]): Promise<KnownBase> {
  const whole = new Map<string, number>();
  if (await isAdaptedFile(name)) {
    const { base, card } = await readAdapted(name);
    return { base, channels: new Map(Object.entries(card.channels)) };
  }
  if (await isFittedFile(name)) {
    return { base: { kind: "fitted", geometry: (await readFitted(name)).card.geometry }, channels: whole };
  }
  const table = embeddedTable(model.name, tasks);
  if (table) return { base: { kind: "table", table }, channels: whole };
  const { architecture, preprocessing, labels } = model;
  if (architecture === undefined || preprocessing === undefined) {
    throw modelError(
      `${model.name} cannot be adapted: its layers are not known by name, as those of bneck's own models and of files ` +
        "of weights are",
    );
  }
  const classes = labels[model.tasks[0]]!.length;
  return { base: { kind: "architecture", architecture, classes, preprocessing }, channels: whole };
}
