/** What the report of a fit says of where it comes from. */
import { dataDigest } from "../../../core/files/mod.ts";
import type { FitData, FitImage } from "../../../models/fit/mod.ts";
import { type DataSource, fileSource, filesSource, type Provenance } from "../../report/mod.ts";

/** What was read and written. */
export interface FitSources {
  readonly name: string;
  /** The fitted file. */
  readonly file: string;
  /** The weights that training began with. */
  readonly init?: string;
  /** The list of classes. */
  readonly classes?: string;
  readonly data: FitData;
}

/** The models and the images with their digests; the files are read once more. */
export async function fitProvenance({ name, file, init, classes, data }: FitSources): Promise<Provenance> {
  return {
    models: [
      await fileSource(name, file),
      ...init === undefined ? [] : [await fileSource(`trained on from ${init}`, init)],
    ],
    data: [
      ...classes === undefined ? [] : [{ what: "classes", path: classes, digest: await dataDigest(classes) }],
      ...await imageSources("to learn from", data.train),
      ...await imageSources("for validation", data.val),
    ],
  };
}

async function imageSources(purpose: string, images: readonly FitImage[]): Promise<DataSource[]> {
  const masks = new Set<string>();
  for (const { truth, drawn } of images) {
    const path = drawn === undefined ? truth : drawn.source;
    if (typeof path === "string") masks.add(path);
  }
  return [
    ...await filesSource(`photos ${purpose}`, images.map(({ image }) => image)),
    ...await filesSource(`masks ${purpose}`, [...masks]),
  ];
}
