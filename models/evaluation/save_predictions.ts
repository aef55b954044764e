import { dirname, sep as SEPARATOR } from "node:path";
import { usageError } from "../../core/errors.ts";
import { ensureWritableFolder, exists } from "../../core/files/mod.ts";
import type { EvaluationSet, SetImage } from "../../datasets/evaluation_set.ts";
import { firstTen } from "../../datasets/messages.ts";
import type { TallyMetric } from "../../datasets/metric.ts";
import type { EvaluateOptions } from "./evaluate.ts";
import type { EvaluationJob } from "./worker.ts";

/**
 * The jobs of a set's images: where the prediction of each is saved, if they are.
 *
 * @throws {BneckError} (usage) Predictions would replace existing ones or be mixed with inputs, or the set cannot read
 * them again.
 */
export async function planSaving<Image extends SetImage, Tally, Metric extends TallyMetric<Tally>>(
  set: EvaluationSet<Image, Tally, Metric>,
  { savePredictions: folder, overwrite = false }: EvaluateOptions<Image, Tally>,
): Promise<EvaluationJob<Image>[]> {
  if (folder === undefined) return set.images.map((image) => ({ image, saveTo: null }));
  if (set.predictionName === undefined) throw usageError("predictions of this set cannot be saved as files");
  await ensureWritableFolder(folder);
  refuseInputFolder(folder, set);
  const jobs = set.images.map((image) => ({ image, saveTo: `${folder}/${set.predictionName!(image)}` }));
  const existing = jobs.map(({ saveTo }) => saveTo).filter(exists);
  if (existing.length > 0 && !overwrite) {
    throw usageError(
      `${existing.length} of ${jobs.length} predictions exist already, so nothing was run:${
        firstTen(existing)
      }`,
      undefined,
      { option: "overwrite", advice: "replace them" },
    );
  }
  return jobs;
}

/** Predictions among photos or labels would be taken for inputs the next time. */
function refuseInputFolder<Image extends SetImage, Tally, Metric extends TallyMetric<Tally>>(
  folder: string,
  set: EvaluationSet<Image, Tally, Metric>,
): void {
  const inputs = set.images.flatMap((image) => [image.image!, ...set.truthFiles?.(image) ?? []]);
  const real = Deno.realPathSync(folder);
  for (const input of new Set(inputs.map((path) => dirname(path)))) {
    const place = Deno.realPathSync(input);
    if (place === real || place.startsWith(`${real}${SEPARATOR}`)) {
      throw usageError(
        `the folder ${folder} holds inputs of this evaluation, so predictions cannot be saved there`,
        undefined,
        { option: "savePredictions", advice: "choose another folder" },
      );
    }
  }
}
