/** From the inputs on the command line to the images to process, each with where its files go. */
import { type BneckError, inputError, usageError } from "../../../core/errors.ts";
import {
  exists,
  expandInputs,
  type InputFile,
  planOutputs,
  removeStaleTemporaries,
  type Shard,
  takeShard,
} from "../../../core/files/mod.ts";
import { FILE_SUFFIXES, type FileKind } from "../../../models/pipeline/mod.ts";
import type { Context } from "../../context.ts";
import type { PredictFlags } from "./flags.ts";

/** An image to process. */
export interface PlannedImage {
  readonly input: InputFile;
  /** Where its files go, without kind and extension; absent, none are written. */
  readonly outputStem?: string;
}

/** What a run has to process. */
export interface Plan {
  readonly images: readonly PlannedImage[];
  /** Inputs that failed before anything was read; `file` is empty for a folder or a list. */
  readonly problems: readonly { readonly file: string; readonly error: BneckError }[];
  /** Images skipped because of `--skip-existing`. */
  readonly skipped: number;
  /** All folders that files are written to. */
  readonly folders: ReadonlySet<string>;
}

/**
 * Finds the inputs and decides where their files go.
 *
 * @throws {BneckError} (usage) when an input does not exist or would be replaced.
 */
export async function planImages(
  context: Context,
  args: readonly string[],
  flags: PredictFlags,
  kinds: readonly FileKind[],
): Promise<Plan> {
  if (flags.skipExisting && kinds.length > 0 && kinds.every((kind) => kind === "crops")) {
    throw usageError(
      "--skip-existing cannot tell from crops which images are done; save boxes or json as well",
    );
  }
  const inputs = await expandInputs(args, { output: flags.out, stdin: context.host.stdin });
  for (const note of inputs.notes) context.log.warn(note);
  const problems = inputs.problems.map((error) => ({ file: "", error }));
  const outputs = flags.out === undefined
    ? undefined
    : planOutputs(inputs.files, flags.out, kinds.map((kind) => FILE_SUFFIXES[kind]));
  // The output folder itself gets the COCO results file.
  const folders = new Set([...flags.out === undefined ? [] : [flags.out], ...outputs?.folders ?? []]);
  for (const folder of folders) await removeStaleTemporaries(folder);

  const images: PlannedImage[] = [];
  let skipped = 0;
  for (const input of flags.shard ? takeShard(inputs.files, flags.shard) : inputs.files) {
    const outputStem = outputs?.stem(input);
    const existing = outputStem === undefined || flags.overwrite ? [] : existingFiles(outputStem, kinds);
    const complete = existing.length > 0 && existing.length === namedKinds(kinds).length;
    if (flags.skipExisting && complete) skipped++;
    else if (existing.length > 0 && !flags.skipExisting) {
      problems.push({ file: input.path, error: alreadyThere(input, existing[0]) });
    } else images.push({ input, outputStem });
  }
  return { images, problems, skipped, folders };
}

/**
 * The path of the results file. That of a shard names the shard, so that several can write to one folder.
 *
 * @throws {BneckError} (usage) if the file exists and may not be replaced, or if it would not hold all images.
 */
export function resultsPath(
  { out, overwrite, skipExisting, shard }: {
    readonly out: string;
    readonly overwrite: boolean;
    readonly skipExisting: boolean;
    readonly shard?: Shard;
  },
): string {
  if (skipExisting) {
    throw usageError(
      "--skip-existing leaves images out, but --save coco writes one file for all: " +
        "run it without --skip-existing, or save json in place of coco",
    );
  }
  const part = shard === undefined ? "" : `.${shard.number}-of-${shard.count}`;
  const path = `${out}/detections${part}.coco.json`;
  if (!overwrite && exists(path)) throw usageError(`${path} already exists; --overwrite replaces it`);
  return path;
}

/** The kinds whose file names are known beforehand: crops are numbered. */
function namedKinds(kinds: readonly FileKind[]): FileKind[] {
  return kinds.filter((kind) => kind !== "crops");
}

function existingFiles(stem: string, kinds: readonly FileKind[]): string[] {
  return namedKinds(kinds).map((kind) => `${stem}.${FILE_SUFFIXES[kind]}`).filter(exists);
}

function alreadyThere(input: InputFile, path: string): BneckError {
  return inputError(
    `${input.path} was left out: ${path} already exists; --overwrite replaces such files, --skip-existing keeps them`,
  );
}
