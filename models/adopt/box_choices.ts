/** What the numbers of boxes are, and which boxes suppress which: from their values, and what is usual. */
import type { BoxReading, Suppression } from "../../heads/mod.ts";
import type { OutputQuestion } from "./outputs.ts";

/** Sides of the input hardly exceed this where they are shares of it. */
const MAX_SHARE = 4;

/** The formats of boxes in words. */
export const FORMAT_TEXTS: Readonly<Record<BoxReading["format"], string>> = {
  corners: "x1 y1 x2 y2",
  centre: "centre, width and height",
  "corners-yx": "y1 x1 y2 x2",
};
/** The units of boxes in words. */
export const UNIT_TEXTS: Readonly<Record<BoxReading["unit"], string>> = {
  sides: "in sides of the input, 0…1",
  pixels: "in pixels of the input",
};

/** Decides how the numbers of boxes, `[n, 4]`, are read; `usual` is that of a known program. */
export function boxReading(
  { answers, findings }: OutputQuestion,
  data: Float32Array,
  usual: Partial<BoxReading> & { readonly from?: string } = {},
): BoxReading {
  let [largest, ordered, positive] = [0, 0, 0];
  for (let i = 0; i < data.length; i += 4) {
    largest = Math.max(largest, Math.abs(data[i + 2]), Math.abs(data[i + 3]));
    if (data[i + 2] >= data[i] && data[i + 3] >= data[i + 1]) ordered++;
    if (data[i + 2] >= 0 && data[i + 3] >= 0) positive++;
  }
  const enough = data.length / 4 * 0.99;
  const isEmpty = data.every((value) => value === 0);
  const format = findings.choose<BoxReading["format"]>(
    {
      topic: "boxes",
      option: "boxFormat",
      answer: answers.boxFormat,
      clue: usual.format,
      from: usual.from,
      standard: ordered >= enough || positive < enough ? "corners" : "centre",
      because: "their values for one image",
    },
    (value) => FORMAT_TEXTS[value],
  );
  const unit = findings.choose<BoxReading["unit"]>({
    topic: "boxes",
    option: "boxUnit",
    answer: answers.boxUnit,
    clue: usual.unit ?? (isEmpty ? undefined : largest <= MAX_SHARE ? "sides" : "pixels"),
    from: usual.unit ? usual.from : "their values",
    standard: "pixels",
    isSafe: usual.format !== undefined,
  }, (value) => UNIT_TEXTS[value]);
  return { format, unit };
}

/** Whether numbers `[n, 4]` cannot be boxes: they are neither corners in order, nor have they positive sizes. */
export function areNoBoxes(data: Float32Array): boolean {
  let [ordered, positive] = [0, 0];
  for (let i = 0; i < data.length; i += 4) {
    if (data[i + 2] >= data[i] && data[i + 3] >= data[i + 1]) ordered++;
    if (data[i + 2] >= 0 && data[i + 3] >= 0) positive++;
  }
  return Math.max(ordered, positive) < data.length / 4 * 0.9;
}

/** Decides which boxes suppress which. */
export function suppression({ answers, findings }: OutputQuestion, standard: number): Suppression {
  const { iou, agnostic = false, multiLabel = false } = answers;
  const value = findings.choose(
    { topic: "boxes", option: "iou", answer: iou, standard, because: "as usual", isSafe: true },
    (value) =>
      `of two ${agnostic ? "boxes" : "boxes of one class"} with an IoU above ${value} the weaker is dropped`,
  );
  findings.add(
    "boxes",
    `each is an object of ${multiLabel ? "every class that scores" : "its best class"}, and ${
      agnostic ? "all boxes" : "those of a class"
    } are compared`,
    answers.multiLabel ?? answers.agnostic ? "as asked" : "as usual",
    ["multiLabel", "agnostic"],
  );
  return { iou: value, agnostic, multiLabel };
}
