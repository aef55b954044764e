/** The files that hold the objects of all images of a run. */
import { usageError } from "../../../core/errors.ts";
import { exists, type InputFile, type Shard } from "../../../core/files/mod.ts";
import { importLater } from "../../../core/import_later.ts";
import { isVideo } from "../../../core/video/ffmpeg.ts";
import type { AnnouncedFrame } from "../../../core/video/video_log.ts";
import type { RunnableModel } from "../../../models/entry.ts";
import { isUnused } from "../../../datasets/coco/labels.ts";
import { CocoResultsFile } from "../../../models/pipeline/coco_results.ts";
import type { CocoTargets } from "../../../models/pipeline/coco_targets.ts";
import { CocoDatasetFile } from "../../../models/pipeline/dataset_file.ts";
import type { DetectionLabel, SegmentationLabel, Task } from "../../../models/network.ts";
import type { ImageReport } from "../../../models/pipeline/mod.ts";
import { ObjectsCsvFile } from "../../../models/pipeline/objects_csv.ts";
import { savedObjects } from "../../../models/pipeline/saved_masks.ts";
import type { Context } from "../../context.ts";
import { frameStem } from "./video.ts";
import { RUN_FILES, type RunFileKind, type Save } from "./flags.ts";

/** A file that is written as the images come. */
export interface RunFile {
  /** @param frame of the video that the input is */
  add(input: InputFile, report: ImageReport, frame?: AnnouncedFrame): Promise<void>;
  /**
   * @param complete whether it holds all images; if not, it is marked as partial
   * @throws {BneckError} when it could not be written.
   */
  close(complete: boolean): Promise<void>;
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
 * @throws {BneckError} (usage) as {@linkcode cocoTargets} does, and for results of pixels without annotations.
 */
export async function planRunFiles(
  { log }: Context,
  paths: RunFilePaths,
  { name, labels }: RunnableModel,
  tasks: readonly Task[],
  inputs: readonly InputFile[],
  annotations: string | undefined,
): Promise<(() => RunFile)[]> {
  const videos = inputs.some(({ name }) => isVideo(name));
  const classes = tasks.includes("detect") ? labels.detect! : pixelCategories(labels.segment ?? []);
  return await Promise.all([...paths].map(async ([kind, path]) => {
    if (kind === "coco") {
      if (videos) checkResultsOfVideo(inputs, tasks, annotations);
      if (!tasks.includes("detect") && annotations === undefined) {
        throw usageError(
          "--save coco of classes of pixels needs --annotations, the COCO file whose image and category ids its results " +
            "are to have; --save dataset writes a file with ids of its own",
        );
      }
      const { cocoTargets } = await importLater<typeof import("../../../models/pipeline/coco_targets.ts")>(
        import.meta.resolve("../../../models/pipeline/coco_targets.ts"),
      );
      const targets = cocoTargets(videos ? [] : inputs, { name, classes }, annotations);
      for (const warning of targets.warnings) log.warn(warning);
      return () => resultsFile(new CocoResultsFile(path, targets.categoryIds), targets.imageIds);
    }
    if (kind === "csv") {
      return () => {
        const file = new ObjectsCsvFile(path, classes, videos);
        return {
          add: (input, report, frame) => file.add(input.path, report, frame),
          close: (complete) => file.close(complete),
        };
      };
    }
    return () => dataSetFile(path, classes);
  }));
}

/** Frames have their numbers for ids, which several videos would share. */
function checkResultsOfVideo(
  inputs: readonly InputFile[],
  tasks: readonly Task[],
  annotations: string | undefined,
): void {
  if (!tasks.includes("detect")) {
    throw usageError(
      "--save coco of classes of pixels is not for videos; --save dataset is, with ids of its own",
    );
  }
  if (inputs.length === 1 && annotations === undefined) return;
  throw usageError(
    annotations === undefined
      ? "--save coco takes one video, whose frame numbers are the image ids; --save dataset takes any number"
      : "--annotations gives the ids of images, not of the frames of a video: their numbers are their ids",
  );
}

/** The classes of pixels as categories, with the ids of label images. */
function pixelCategories(labels: readonly SegmentationLabel[]): DetectionLabel[] {
  return labels.map(({ name }, categoryId) => ({ name, categoryId }));
}

function dataSetFile(path: string, classes: readonly DetectionLabel[]): RunFile {
  const categories = classes.map(({ name, categoryId: id }) => isUnused({ name }) ? undefined : { id, name });
  const file = new CocoDatasetFile(path, categories);
  return {
    add(input, report, frame) {
      const { width, height } = report;
      const image = frame
        ? {
          file_name: `${frameStem(input.path.replace(/\.[^./]+$/, ""), frame.index)}.png`,
          width,
          height,
          video: input.path,
          frame: frame.index,
          seconds: frame.seconds,
        }
        : { file_name: input.path, width, height };
      return file.add(image, savedObjects(report));
    },
    close: (complete) => file.close(complete),
  };
}

function resultsFile(
  file: CocoResultsFile,
  imageIds: CocoTargets["imageIds"],
): RunFile {
  return {
    add: (input, report, frame) => file.add(frame?.index ?? imageIds.get(input)!, savedObjects(report)),
    close: (complete) => file.close(complete),
  };
}
