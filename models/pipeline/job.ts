/** What the workers of the pipeline get, and what they report. Plain data throughout. */
import type { ImageNote, Palette, RgbImage } from "../../core/images/mod.ts";
import type { Frame } from "../../core/video/read_frames.ts";
import type {
  Classification,
  ClassificationSettings,
  Detections,
  DetectionSettings,
} from "../../heads/mod.ts";
import type { InputSize } from "../input_size.ts";
import type { SegmentationSettings } from "../model.ts";
import { type Task, TASKS } from "../network.ts";
import type { StageTimes } from "../stages.ts";

/** Label images in the ids of a data set, which {@linkcode PipelineSettings.idTables} gives. */
export const MAPPED_FILES = ["trainids", "labelids"] as const;

/** Files that segmentation can leave for an image. */
export const SEGMENT_FILES = ["ids", "color", "overlay", "scores", "mask", ...MAPPED_FILES] as const;

/** Files that detection can leave for an image; `coco` is one file for all. */
export const DETECT_FILES = ["boxes", "json", "yolo", "crops"] as const;

/** Files that classification can leave for an image. */
export const CLASSIFY_FILES = ["classes"] as const;

/** Files that detection and segmentation can leave together, and either where it returns masks itself. */
export const MASK_FILES = ["cutouts"] as const;

/** A kind of file that is written for each image. */
export type FileKind =
  | typeof MASK_FILES[number]
  | typeof SEGMENT_FILES[number]
  | typeof DETECT_FILES[number]
  | typeof CLASSIFY_FILES[number];

/** How a model's classes are written in the ids of a data set. */
export interface IdTable {
  /** `[256]`: the id of each class of the model, and that of "no class" from there on. */
  readonly ids: Uint8Array;
  /** Colours by id. */
  readonly palette: Palette;
}

/** A strip below the image, names in the regions, or nothing. */
export const LEGENDS = ["strip", "labels", "none"] as const;

/** One of {@linkcode LEGENDS}. */
export type Legend = typeof LEGENDS[number];

/** How pixels are given classes, and label images and overlays are made. */
export interface SegmentSettings extends SegmentationSettings {
  /** How much of the class colour an overlay shows, 0…1. */
  readonly opacity: number;
  /** What says in overlays and colour images which colour is which class. @default {"none"} */
  readonly legend?: Legend;
  /** The same for colour images, where it differs. */
  readonly colorLegend?: Legend;
  /** Label images as greyscale PNGs in place of indexed ones. @default {false} */
  readonly plainIds?: boolean;
  /** The colours of the classes in place of the model's. */
  readonly palette?: Palette;
  /** The classes that are shown and counted; pixels of the others get id 255. Absent, all. */
  readonly shownClasses?: ReadonlySet<number>;
  /** For each of {@linkcode MAPPED_FILES} among the files. */
  readonly idTables?: Readonly<Partial<Record<typeof MAPPED_FILES[number], IdTable>>>;
}

/** How masks are written: COCO's compressed run lengths, or polygons along the edges of pixels. */
export const MASK_FORMS = ["rle", "polygons"] as const;

/** One of {@linkcode MASK_FORMS}. */
export type MaskForm = typeof MASK_FORMS[number];

/** How the classes of pixels become regions. */
export interface RegionSettings {
  readonly form: MaskForm;
  /** Whether a class is one region, and not each connected part of it. */
  readonly wholeClasses: boolean;
}

/** A mask over the image as COCO's `segmentation`. */
export interface SavedMask {
  readonly segmentation:
    | { readonly size: readonly [height: number, width: number]; readonly counts: string }
    | readonly (readonly number[])[];
  /** In pixels. */
  readonly area: number;
}

/** An object, or a region of a class of pixels, as COCO files have it. */
export interface SavedObject {
  /** The index of its class. */
  readonly label: number;
  /** x, y, width, height in pixels. */
  readonly box: readonly [number, number, number, number];
  /** 0…1. */
  readonly score: number;
  readonly mask?: SavedMask;
}

/** The same for every image of a run. The tasks that have settings are those that run. */
export interface PipelineSettings {
  readonly detect?: DetectionSettings;
  readonly segment?: SegmentSettings;
  readonly classify?: ClassificationSettings;
  /** Overrides the model's input size. */
  readonly inputSize?: InputSize;
  readonly files: readonly FileKind[];
  /** What becomes of files that exist: they stay as they are, or this image's replace them all. @default {replaced} */
  readonly existing?: "keep" | "replace";
  /** Whether lines of YOLO files end with the score, as predictions do and ground truth does not. @default {true} */
  readonly yoloScores?: boolean;
  /** The colours of boxes by the index of their class, see {@linkcode boxColors}. @default {those of `boxColor`} */
  readonly boxColors?: Palette;
  /** What a gallery of the run needs of each image: a digest, a certainty, and a small image where a job asks for one. */
  readonly gallery?: { readonly side: number };
  /** The form in which reports hold the masks of objects, where the network returns them or segmentation runs, too. @default {none} */
  readonly masks?: MaskForm;
  /** How reports hold the regions of segmentation. @default {none} */
  readonly regions?: RegionSettings;
  /** Whether reports hold the mean probability of the classes of pixels. @default {false} */
  readonly probability?: boolean;
  /** Larger images are refused. @default {DEFAULT_MAX_PIXELS} */
  readonly maxPixels?: number;
  /** Whether a JPEG that ends too early is read as far as it goes. @default {false} */
  readonly truncated?: boolean;
  /** Whether images much larger than the network's input are decoded at their full size anyway. @default {false} */
  readonly exact?: boolean;
  /** The longer side of overlays and of images with boxes in pixels; 0 for that of the image itself. @default {DEFAULT_PICTURE_SIZE} */
  readonly pictureSize?: number;
  /** Bytes for the pixels of all images that are worked on at a time. @default {half of what the machine has available} */
  readonly memory?: number;
  /** Each worker does one image after the other, so that no stage of one runs into the time of another's. */
  readonly separateStages?: boolean;
}

/** Images that a worker has at a time: while the network sees one, the next is read and decoded. */
export function imagesAtOnce({ separateStages }: PipelineSettings): number {
  return separateStages ? 1 : 2;
}

/** The tasks that settings ask for. */
export function requestedTasks(settings: PipelineSettings): Task[] {
  return TASKS.filter((task) => settings[task] !== undefined);
}

/** The longer side of what is drawn, in pixels, unless the image is smaller: it fills a large screen. */
export const DEFAULT_PICTURE_SIZE = 2048;

/**
 * Seconds after which an image is given up. The largest image accepted by default (179 megapixels) takes about 60 with
 * every kind of file saved, so this is for what hangs: a defect in a codec, a disk that does not answer.
 */
export const DEFAULT_TIMEOUT = 300;

/** Files that become videos, where the images are frames of one. */
export const DRAWN_FILES = ["overlay", "boxes"] as const;

/** One of {@linkcode DRAWN_FILES}. */
export type DrawnKind = typeof DRAWN_FILES[number];

/** One image. */
export interface ImageJob {
  readonly path: string;
  /** The pixels of a frame of the video that the path names; {@linkcode DRAWN_FILES} are then reported and not written. */
  readonly frame?: Frame;
  /** Where its files go, without kind and extension; absent, none are written. */
  readonly outputStem?: string;
  /** Whether the report holds a small image, if settings have a gallery. */
  readonly thumbnail?: boolean;
}

/** An image for a gallery. */
export interface GalleryImage {
  /** The SHA-256 of the image file, in hexadecimal digits; absent of a frame of a video. */
  readonly sha256?: string;
  /** How sure the model is, 0…1: the least of the certainties of the tasks; `null` where nothing was found. */
  readonly certainty: number | null;
  /** A JPEG of the image with what was found in it. */
  readonly thumbnail?: Uint8Array;
}

/** What was found in one image. */
export interface ImageReport {
  readonly width: number;
  readonly height: number;
  readonly inputWidth: number;
  readonly inputHeight: number;
  readonly detect?: Detections;
  /** Pixels of each class. */
  readonly segment?: Uint32Array;
  /** Of each object its mask; `null` where there is none. */
  readonly masks?: readonly (SavedMask | null)[];
  /** The regions of the classes of pixels, if settings ask for them. */
  readonly regions?: readonly SavedObject[];
  /** The mean probability of the classes of pixels, 0…1. */
  readonly probability?: number;
  readonly classify?: Classification;
  /** What the user should know of the image file. */
  readonly notes?: readonly ImageNote[];
  readonly gallery?: GalleryImage;
  /** Of a frame of a video, {@linkcode DRAWN_FILES} among the files. */
  readonly drawn?: Readonly<Partial<Record<DrawnKind, RgbImage>>>;
  /** The files written. */
  readonly files: readonly string[];
  readonly milliseconds: StageTimes;
}
