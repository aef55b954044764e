/** The files that hold the objects of all images of a run. */
import { usageError } from "../../../core/errors.ts";
import { exists, type InputFile, type Shard } from "../../../core/files/mod.ts";
import type { RunnableModel } from "../../../models/entry.ts";
import { CocoResultsFile } from "../../../models/pipeline/coco_results.ts";
import { importLater } from "../../../core/import_later.ts";
import type { CocoTargets } from "../../../models/pipeline/coco_targets.ts";
import { CocoDatasetFile } from "../../../models/pipeline/dataset_file.ts";
import type { ImageReport } from "../../../models/pipeline/mod.ts";
import { ObjectsCsvFile } from "../../../models/pipeline/objects_csv.ts";
import type { Context } from "../../context.ts";
import { RUN_FILES, type RunFileKind, type Save } from "./flags.ts";

/** A file that is written as the images come. */
export interface RunFile {
  add(input: InputFile, report: ImageReport): Promise<void>;
  /** @throws {BneckError} when it could not be written. */
  close(): Promise<void>;
}

/** What is needed to decide which files there are. */
interface RunFileFlags {
  readonly out?: string;
  readonly save: readonly Save[];
  readonly overwrite: boolean;
  readonly skipExisting: boolean;
  readonly shard?: Shard;
}

/** The path of each kind that is to be written. */
export type RunFilePaths = ReadonlyMap<RunFileKind, string>;

const NAMES: Readonly<Record<RunFileKind, readonly [stem: string, extension: string]>> = {
  coco: ["detections", "coco.json"],
  dataset: ["annotations", "coco.json"],
  csv: ["objects", "csv"],
};

/**
 * Where the files go. Those of a shard name the shard, so that several can write to one folder.
 *
 * @throws {BneckError} (usage) if a file exists and may not be replaced, or if it would not hold all images.
 */
export function runFilePaths({ out, save, overwrite, skipExisting, shard }: RunFileFlags): RunFilePaths {
  const kinds = out === undefined ? [] : RUN_FILES.filter((kind) => save.includes(kind));
  if (kinds.length > 0 && skipExisting) {
    throw usageError(
      `--skip-existing leaves images out, but --save ${kinds.join(",")} writes one file for all: ` +
        `run it without --skip-existing, or save json in place of ${kinds.join(" and ")}`,
    );
  }
  const part = shard === undefined ? "" : `.${shard.number}-of-${shard.count}`;
  const paths = new Map(kinds.map((kind) => [kind, `${out}/${NAMES[kind][0]}${part}.${NAMES[kind][1]}`]));
  for (const path of overwrite ? [] : paths.values()) {
    if (exists(path)) throw usageError(`${path} already exists; --overwrite replaces it`);
  }
  return paths;
}

/**
 * How the files are opened, in their order.
 *
 * @throws {BneckError} (usage) as {@linkcode cocoTargets} does.
 */
export async function planRunFiles(
  { log }: Context,
  paths: RunFilePaths,
  { name, labels }: RunnableModel,
  inputs: readonly InputFile[],
  annotations: string | undefined,
): Promise<(() => RunFile)[]> {
  return await Promise.all([...paths].map(async ([kind, path]) => {
    const classes = labels.detect!;
    if (kind === "coco") {
      const { cocoTargets } = await importLater<typeof import("../../../models/pipeline/coco_targets.ts")>(
        import.meta.resolve("../../../models/pipeline/coco_targets.ts"),
      );
      const { imageIds, categoryIds, warnings } = cocoTargets(inputs, { name, classes }, annotations);
      for (const warning of warnings) log.warn(warning);
      return () => resultsFile(new CocoResultsFile(path, categoryIds), imageIds);
    }
    return () => {
      const file = kind === "dataset"
        ? new CocoDatasetFile(path, classes)
        : new ObjectsCsvFile(path, classes);
      return { add: (input, report) => file.add(input.path, report), close: () => file.close() };
    };
  }));
}

function resultsFile(
  file: CocoResultsFile,
  imageIds: CocoTargets["imageIds"],
): RunFile {
  return {
    async add(input, { detect, masks, height, width }) {
      if (detect) await file.add(imageIds.get(input)!, detect, masks && { height, width, counts: masks });
    },
    close: () => file.close(),
  };
}
