/** What the report of an evaluation says of where it comes from. */
import { dataDigest, filesDigest } from "../../../core/files/mod.ts";
import type { RunnableModel } from "../../../models/entry.ts";
import type { EvaluationDigests } from "../../../models/evaluation/mod.ts";
import { type DataSource, modelSource, type Provenance } from "../../report/provenance.ts";

/** What the report is about. */
export interface Evaluated {
  /** The model that was run, `null` where predictions are files. */
  readonly model: RunnableModel | null;
  /** What `evaluate` returned. */
  readonly digests?: EvaluationDigests;
  /** Files and folders that were read besides, by what they are. */
  readonly files: Readonly<Record<string, string | readonly string[] | undefined>>;
}

/** The digests of files are computed here; those of the images come from the workers that read them. */
export async function evaluationProvenance(
  { model, digests = {}, files }: Evaluated,
): Promise<Provenance> {
  const data: DataSource[] = [];
  for (const [what, path] of Object.entries(files)) {
    if (typeof path === "string") data.push({ what, path, digest: await dataDigest(path) });
    else if (path !== undefined) data.push({ what, digest: await filesDigest(path) });
  }
  const { photos, truth, predictions } = digests;
  for (const [what, digest] of Object.entries({ photos, "ground truth": truth, predictions })) {
    if (digest !== undefined) data.push({ what, digest });
  }
  return { models: model === null ? [] : [modelSource(model, digests.model)], data };
}
