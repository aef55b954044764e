/**
 * The code of `bneck eval cityscapes`.
 *
 * @module
 */
import type { RunnableModel } from "../../../../models/entry.ts";
import {
  cityscapesMapping,
  CityscapesMetric,
  cityscapesSet,
  EVALUATED_LABELS,
} from "../../../../datasets/cityscapes/mod.ts";
import type { Context } from "../../../context.ts";
import { checkNames } from "../../../flags/mod.ts";
import { STREET_MODEL } from "../../predict/flags.ts";
import { chooseModel, originOf } from "../chosen_model.ts";
import { identityOf } from "../saved_state.ts";
import { type PixelFlags, runPixelEvaluation } from "../pixels/run.ts";
import { benchmark } from "./presentation.ts";

/** The flags of `bneck eval cityscapes`. */
interface CityscapesFlags extends PixelFlags {
  readonly root: string;
  readonly split: string;
  readonly ids?: "labelIds" | "trainIds";
  readonly classes?: readonly string[];
  readonly instances: boolean;
}

export default async function cityscapes(this: Context, flags: CityscapesFlags): Promise<void> {
  const start = performance.now();
  checkNames("--classes", flags.classes ?? [], EVALUATED_LABELS.map(({ name }) => name));
  const chosen = await chooseModel(this, flags, "segment", STREET_MODEL);
  const metric = new CityscapesMetric({
    predictionIds: flags.ids,
    classes: flags.classes,
    instances: flags.instances ? undefined : false,
  });
  if (chosen !== null) tellMapping(this, chosen);
  const set = await cityscapesSet(flags.root, flags);
  for (const note of set.notes) this.log.info(note);
  const identity = await identityOf(flags, set);
  const settings = () => ({
    ...identity,
    split: flags.split,
    origin: originOf(chosen, flags),
    limit: flags.limit ?? null,
    classes: metric.classes,
  });
  const details = () =>
    flags.instances && metric.classes === null && !metric.options.instances
      ? ["no iIoU, as there are no *_instanceIds.png"]
      : [];
  await runPixelEvaluation(this, flags, { benchmark, set, metric, settings, chosen, start, details });
}

/** Says which classes of a model are scored under another name, or not at all. */
function tellMapping(context: Context, entry: RunnableModel): void {
  const names = entry.labels.segment!.map(({ name }) => name);
  const { matched, unmatched } = cityscapesMapping(entry.name, names);
  const renamed = matched.filter(({ name, cityscapes }) => name !== cityscapes)
    .map(({ name, cityscapes }) => `${name} → ${cityscapes}`);
  if (renamed.length > 0) {
    context.log.info(`classes of ${entry.name} by Cityscapes' names: ${renamed.join(", ")}`);
  }
  if (unmatched.length > 0) {
    context.log.warn(
      `Cityscapes has no class for ${unmatched.join(", ")}; they count as mistakes where predicted`,
    );
  }
}
