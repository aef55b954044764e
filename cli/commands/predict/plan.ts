/** From the inputs on the command line to the images to process, each with where its files go. */
import { basename, dirname, join } from "node:path";
import { type BneckError, usageError } from "../../../core/errors.ts";
import {
  exists,
  expandInputs,
  type InputFile,
  planOutputs,
  removeStaleTemporaries,
  takeShard,
} from "../../../core/files/mod.ts";
import { isVideo } from "../../../core/video/ffmpeg.ts";
import {
  DRAWN_FILES,
  drawnVideoSuffix,
  FILE_SUFFIXES,
  type FileKind,
  isNumbered,
  RESULT_NAMES,
} from "../../../models/pipeline/mod.ts";
import { plural } from "../../console/format.ts";
import type { Context } from "../../context.ts";
import type { PredictFlags } from "./flags.ts";
import { existingOfVideo, isFrameName } from "./video.ts";
import { isVideoDone } from "./video_record.ts";

/** An image to process. */
export interface PlannedImage {
  readonly input: InputFile;
  /** Where its files go, without kind and extension; absent, none are written. */
  readonly outputStem?: string;
}

/** What a run has to process. */
export interface Plan {
  readonly images: readonly PlannedImage[];
  /** Whether videos are among the inputs, also where they are left out. */
  readonly videos: boolean;
  /** Inputs that failed before anything was read; `file` is empty for a folder or a list. */
  readonly problems: readonly { readonly file: string; readonly error: BneckError }[];
  /** Images left out because a file of theirs exists. */
  readonly existing: readonly { readonly file: string; readonly result: string }[];
  /** Images and videos skipped because of `--skip-existing`. */
  readonly skipped: number;
  /** Videos in folders that were passed over. */
  readonly passedVideos: number;
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
  if (flags.skipExisting && kinds.length > 0 && kinds.every(isNumbered)) {
    throw usageError(
      `--skip-existing cannot tell from ${
        kinds.join(" and ")
      } which images are done; save boxes or json as well`,
    );
  }
  const inputs = await expandInputs(args, {
    output: flags.out,
    stdin: context.host.stdin,
    videos: flags.videos ? "taken" : "counted",
    results: RESULT_NAMES,
  });
  for (const note of inputs.notes) context.log.warn(note);
  const problems = inputs.problems.map((error) => ({ file: "", error }));
  const videos = inputs.files.some(({ name }) => isVideo(name));
  const drawn = videos ? DRAWN_FILES.filter((kind) => kinds.includes(kind)).map(drawnVideoSuffix) : [];
  const suffixes = [...kinds.map((kind) => FILE_SUFFIXES[kind]), ...drawn];
  const outputs = flags.out === undefined ? undefined : planOutputs(inputs.files, flags.out, suffixes);
  if (videos && outputs) refuseSharedFrames(inputs.files, (input) => outputs.stem(input));
  // The output folder itself gets the COCO results file.
  const folders = new Set([...flags.out === undefined ? [] : [flags.out], ...outputs?.folders ?? []]);
  for (const folder of folders) await removeStaleTemporaries(folder);

  const { skipExisting } = flags;
  const images: PlannedImage[] = [];
  const existing: { file: string; result: string }[] = [];
  const numbered = new NumberedFiles();
  let skipped = 0;
  for (const input of flags.shard ? takeShard(inputs.files, flags.shard) : inputs.files) {
    const outputStem = outputs?.stem(input);
    const video = isVideo(input.name);
    const there = outputStem === undefined || flags.overwrite
      ? []
      : video
      ? existingOfVideo(outputStem, kinds)
      : existingFiles(outputStem, kinds);
    const complete = skipExisting && outputStem !== undefined && there.length > 0 &&
      (video ? await isVideoDone(outputStem, kinds, flags) : there.length === namedKinds(kinds).length);
    const result = there[0] ??
      (outputStem === undefined || flags.overwrite ? undefined : numbered.find(outputStem, kinds));
    if (complete) skipped++;
    else if (result !== undefined && !skipExisting) existing.push({ file: input.path, result });
    else images.push({ input, outputStem });
  }
  const { passedVideos } = inputs;
  return { images, videos, problems, existing, skipped, passedVideos, folders };
}

/** @throws {BneckError} (usage) An image is called as a frame of a video is, whose files would be the same. */
function refuseSharedFrames(files: readonly InputFile[], stemOf: (input: InputFile) => string): void {
  const videos = new Map(files.filter(({ name }) => isVideo(name)).map((file) => [stemOf(file), file]));
  for (const file of files) {
    const stem = stemOf(file);
    const video = videos.get(dirname(stem));
    if (video === undefined || isVideo(file.name) || !isFrameName(basename(stem))) continue;
    throw usageError(
      `${file.path} is called as a frame of ${video.path} is, and their results would have the same names: ` +
        "give them folders of their own",
    );
  }
}

/** The kinds whose file names are known beforehand. */
function namedKinds(kinds: readonly FileKind[]): FileKind[] {
  return kinds.filter((kind) => !isNumbered(kind));
}

function existingFiles(stem: string, kinds: readonly FileKind[]): string[] {
  return namedKinds(kinds).map((kind) => `${stem}.${FILE_SUFFIXES[kind]}`).filter(exists);
}

/** Finds files with numbers in their names, such as crops; each folder is listed once. */
class NumberedFiles {
  readonly #folders = new Map<string, readonly string[]>();

  /** The first that exists of an image. */
  find(stem: string, kinds: readonly FileKind[]): string | undefined {
    const folder = dirname(stem), base = basename(stem);
    for (const kind of kinds.filter(isNumbered)) {
      const [before, after] = FILE_SUFFIXES[kind].split("#");
      const found = this.#names(folder).find((name) =>
        name.startsWith(`${base}.${before}`) && name.endsWith(after) &&
        /^\d+$/.test(name.slice(base.length + 1 + before.length, -after.length))
      );
      if (found !== undefined) return join(folder, found);
    }
    return undefined;
  }

  #names(folder: string): readonly string[] {
    let names = this.#folders.get(folder);
    if (names === undefined) {
      names = exists(folder) ? [...Deno.readDirSync(folder)].map(({ name }) => name) : [];
      this.#folders.set(folder, names);
    }
    return names;
  }
}

/** What is said of inputs that were left out because their results exist, in one line however many they are. */
export function describeExisting(
  { existing, videos }: Plan,
  kinds: readonly FileKind[],
  filesOfRun: boolean,
): string {
  const [{ file, result }] = existing;
  const left = existing.length === 1
    ? `${file} was left out: ${result} already exists`
    : `${existing.length} ${
      videos ? "inputs" : "images"
    } were left out because their results already exist, such as ${result} of ${file}`;
  return `${left}; --overwrite replaces such files${
    canSkip(kinds, filesOfRun) ? ", --skip-existing keeps them" : ""
  }`;
}

/**
 * What a run that was stopped says: how much is left, and which command continues it.
 *
 * @param kinds the files of each image
 * @param filesOfRun whether there are files that hold the objects of all images
 */
export function describeLeft(
  left: number,
  { images, videos }: Plan,
  { out, skipExisting }: PredictFlags,
  kinds: readonly FileKind[],
  filesOfRun: boolean,
): string {
  const stopped = `stopped: ${left} of ${plural(images.length, videos ? "input" : "image")} are left`;
  if (out === undefined) return `${stopped}; nothing was saved that a later run could continue from`;
  if (!canSkip(kinds, filesOfRun)) {
    return `${stopped}; the same command${kinds.length > 0 ? " with --overwrite" : ""} begins again`;
  }
  const begun = videos ? "; a video that was not done to its end begins again" : "";
  return skipExisting
    ? `${stopped}; the same command continues with them${begun}`
    : `${stopped}; the same command with --skip-existing continues with them${begun}`;
}

/** Whether `--skip-existing` is accepted of such a run. */
function canSkip(kinds: readonly FileKind[], filesOfRun: boolean): boolean {
  return !filesOfRun && !kinds.every(isNumbered);
}
