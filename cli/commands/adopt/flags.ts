/** The flags of `bneck adopt`: what a file does not say. */
import { usageError } from "../../../core/errors.ts";
import { BOX_FORMATS, BOX_UNITS, ROW_ORDERS } from "../../../heads/box_tables.ts";
import { BACKGROUNDS, SCORE_KINDS } from "../../../heads/class_scores.ts";
import {
  CHANNEL_ORDERS,
  CROP_ROUNDINGS,
  DETECTION_KINDS,
  FITS,
  INPUT_FILTERS,
  LAYOUTS,
  PADDING_PLACES,
} from "../../../models/adopt/choices.ts";
import { TASKS } from "../../../models/network.ts";
import type { ChannelValues } from "../../../models/tensor_input.ts";
import { countFlag, fileFlag, fractionFlag, sizeFlag } from "../../flags/mod.ts";

/** Three numbers, or one for all channels. */
function channelsFlag(brief: string, isValid: (value: number) => boolean) {
  return {
    kind: "parsed",
    // Not a list: repeated values of a list are one.
    parse: (text: string) => ({ values: parseChannels(text, isValid) }),
    optional: true,
    placeholder: "R,G,B",
    brief,
  } as const;
}

/**
 * Reads `123.675,116.28,103.53`, or one number for all channels.
 *
 * @throws {BneckError} (usage) for anything else.
 */
function parseChannels(text: string, isValid: (value: number) => boolean = () => true): ChannelValues {
  const values = text.split(",").map((part) => /^\s*-?\d*\.?\d+\s*$/.test(part) ? Number(part) : NaN);
  if (!values.every((value) => Number.isFinite(value) && Math.abs(value) <= 1e6 && isValid(value))) {
    throw usageError("expected numbers such as 123.675,116.28,103.53, of images in 0 to 255");
  }
  if (values.length === 1) return [values[0], values[0], values[0]];
  if (values.length !== 3) throw usageError("expected one number, or one for each of three channels");
  return [values[0], values[1], values[2]];
}

function optionalChoice<const T extends string>(brief: string, values: readonly T[], placeholder: string) {
  return { kind: "enum", values, optional: true, placeholder, brief } as const;
}

/** The flags that answer what the file does not say. */
export const ANSWER_FLAGS = {
  task: optionalChoice("what the network does", TASKS, "TASK"),
  outputs: optionalChoice("how the outputs of a detector are read", DETECTION_KINDS, "KIND"),
  outputNames: {
    kind: "parsed",
    // Not a list: repeated values of a list are one.
    parse: (text: string) => ({ values: text.split(",") }),
    optional: true,
    placeholder: "NAME,…",
    brief: "the outputs that are read, by their names in the file; others are left alone",
  },
  labels: fileFlag("the names of the classes, one per line"),
  size: sizeFlag("what images are resized to: the shorter side (520) or HEIGHTxWIDTH (640x640)"),
  multiple: countFlag("the sides of the input are multiples of this", { max: 1024 }),
  crop: sizeFlag("the middle of the resized image that the network sees: a square's side or HEIGHTxWIDTH"),
  cropRounding: optionalChoice(
    "at which pixel a middle begins that would begin at half of one",
    CROP_ROUNDINGS,
    "PIXEL",
  ),
  fit: optionalChoice("how images get the size of the input", FITS, "FIT"),
  fitRounding: optionalChoice("how the sides of a letterboxed image become whole", CROP_ROUNDINGS, "WAY"),
  filter: optionalChoice("how they are resized", INPUT_FILTERS, "FILTER"),
  layout: optionalChoice("the order of the input's axes", LAYOUTS, "AXES"),
  channels: optionalChoice("the order of the channels", CHANNEL_ORDERS, "ORDER"),
  padding: {
    kind: "parsed",
    parse: parseLevel,
    optional: true,
    placeholder: "0..255",
    brief: "the value of padding",
  },
  paddingPlace: optionalChoice("where a letterboxed image lies", PADDING_PLACES, "PLACE"),
  mean: channelsFlag("what is subtracted from pixels, in 0 to 255", () => true),
  std: channelsFlag("what they are divided by", (value) => value > 0),
  firstLabel: optionalChoice("the number of a detector's first class", ["0", "1"], "NUMBER"),
  rowOrder: optionalChoice("what the numbers of selected objects in rows are", ROW_ORDERS, "ORDER"),
  scores: optionalChoice("what scores are", SCORE_KINDS, "KIND"),
  background: optionalChoice("which class is the background", BACKGROUNDS, "PLACE"),
  boxFormat: optionalChoice("the numbers of a box", BOX_FORMATS, "FORMAT"),
  boxUnit: optionalChoice("their unit", BOX_UNITS, "UNIT"),
  iou: fractionFlag("of two boxes with a larger IoU the weaker is dropped"),
  agnostic: {
    kind: "boolean",
    withNegated: false,
    optional: true,
    brief: "boxes of different classes drop each other, too",
  },
  multiLabel: {
    kind: "boolean",
    withNegated: false,
    optional: true,
    brief: "a box can be an object of several classes, as ultralytics evaluates",
  },
  threshold: fractionFlag("the probability above which a pixel of a mask belongs to it"),
} as const;

function parseLevel(text: string): number {
  const value = /^\d{1,3}$/.test(text) ? Number(text) : NaN;
  if (!(value <= 255)) throw usageError("expected a whole number from 0 to 255");
  return value;
}
