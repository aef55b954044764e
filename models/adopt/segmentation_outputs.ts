/** How the outputs of a segmentation network are read. */
import type { Extent } from "../../core/graph/mod.ts";
import type { LabelSpec, OutputSpec } from "../../heads/mod.ts";
import { shapeAs } from "../tensor_outputs.ts";
import { chosen, type ObservedOutput } from "./observe.ts";
import type { Found, OutputQuestion } from "./outputs.ts";

/** Maps of so many sizes are those of a detector, each of a stride. */
const MAX_SIZES = 2;

/** Detectors have no finer maps. */
const MIN_STRIDE = 4;

/** The finer stride of detectors that have two maps, as tiny YOLOs. */
const TWO_STRIDES = 8;

/** The usual names of what is wanted, beside auxiliary outputs. */
const USUAL_NAME = /^(out|logits|output|segmentation)$/i;

/** Classes of pixels, their logits, or one map; `undefined` where outputs are none of these. */
export function segmentationOutputs(question: OutputQuestion): Found | undefined {
  const { outputs } = question;
  const queries = queryMasks(question);
  if (queries) return queries;
  const maps = outputs.filter(({ shape }) => shape.length >= 2 && shape.length <= 4);
  const readable = maps.map((output) => ({ output, read: readerOf(question, output) }))
    .filter(({ read }) => read !== undefined);
  if (readable.length === 0) return undefined;
  const { output, isGuess } = chosen(readable.map(({ output }) => output), USUAL_NAME);
  return { ...readable.find((one) => one.output === output)!.read!(), isGuess };
}

/**
 * Whether outputs are maps of more sizes than a segmentation network returns, none of them finer than a detector's, or of
 * anchors.
 */
export function areMapsOfStrides(outputs: readonly ObservedOutput[], extent: Extent): boolean {
  const maps = outputs.filter(({ shape, isInteger }) => !isInteger && shape.length >= 4);
  if (maps.some(({ shape }) => shape.length === 5)) return true;
  const sizes = new Set(maps.map(({ shape }) => shape.slice(2).join()));
  const areCoarser = (stride: number) => maps.every(({ shape }) => shape[2] * stride <= extent[0]);
  const isNamed = maps.some(({ name }) => USUAL_NAME.test(name));
  return sizes.size > MAX_SIZES && areCoarser(MIN_STRIDE) ||
    sizes.size === 2 && !isNamed && areCoarser(TWO_STRIDES);
}

function queryMasks({ outputs, findings }: OutputQuestion): Found | undefined {
  const floats = outputs.filter(({ isInteger }) => !isInteger);
  const masks = floats.find(({ name, shape }) => /mask/i.test(name) && shape.length === 4 && shape[1] > 1);
  if (masks === undefined) return undefined;
  const [, queries] = masks.shape;
  const classes = floats.find(({ name, shape }) =>
    /class|logit/i.test(name) && shape.length === 3 && shape[1] === queries
  );
  if (classes === undefined) return undefined;
  findings.add(
    "outputs",
    `the classes and masks of ${queries} queries (query-masks)`,
    "their names and shapes",
    ["task"],
  );
  return {
    spec: { kind: "query-masks" },
    names: { classes: classes.name, masks: masks.name },
    classes: classes.shape[2] - 1,
  };
}

/** What reads an output, if anything does. */
function readerOf(question: OutputQuestion, output: ObservedOutput): (() => Found) | undefined {
  const { layout, answers, extent: [height, width] } = question;
  const { shape, isInteger, data } = output;
  const sides = mapSides(shape);
  // Without channels, boxes and scores look like maps, but have another aspect.
  const isMap = shape.length === 4 || answers.task !== undefined ||
    sides !== undefined && Math.abs(sides[0] - sides[1] * height / width) <= 1;
  if (!isMap) return undefined;
  // Some exporters cast classes to floats. All 0 are rather probabilities.
  const areClasses = isInteger ||
    shape.length === 3 && data.some((value) => value > 1) && data.every((value) => Number.isInteger(value));
  if (sides !== undefined && areClasses) return () => classMap(question, output);
  if (isInteger) return undefined;
  const isOne = sides !== undefined && Math.min(...sides) > 1;
  // Other maps of three axes can be anything: distances, heat.
  const areProbabilities = data.every((value) => value >= 0 && value <= 1);
  if (isOne && (shape.length === 4 || areProbabilities || answers.task !== undefined)) {
    return () => oneMap(question, output);
  }
  if (shape.length !== 4 || shape[0] !== 1 || sides !== undefined) return undefined;
  const isLast = layout === "NHWC" && shape[3] < Math.min(shape[1], shape[2]);
  if (!isLast && Math.min(shape[2], shape[3]) < 2) return undefined;
  return () => logits(question, output, isLast);
}

/** Height and width, where a shape has no other axes than of one. */
function mapSides(shape: readonly number[]): readonly [number, number] | undefined {
  const map = shapeAs(shape, [1, 1, "height", "width"]) ??
    (shape.length === 2 ? [1, 1, ...shape] : undefined) ??
    (shape.length === 3 && shape[0] === 1 ? [1, ...shape] : undefined);
  return map && [map[2], map[3]];
}

function classMap({ findings }: OutputQuestion, { name, shape, isInteger }: ObservedOutput): Found {
  const rank = shape.length === 4 ? 4 : 3;
  findings.add("outputs", "the class of each pixel", isInteger ? "integers" : "its values", ["task"]);
  return { spec: { kind: "class-map", rank } as OutputSpec, names: { labels: name } };
}

function logits(
  { findings, answers }: OutputQuestion,
  { name, shape, data }: ObservedOutput,
  isLast: boolean,
): Found {
  const classes = shape[isLast ? 3 : 1];
  const values = findings.choose<"probabilities" | "logits">({
    topic: "outputs",
    option: "scores",
    answer: answers.scores && (answers.scores === "probabilities" ? "probabilities" : "logits"),
    clue: sumToOne(data, shape, isLast) ? "probabilities" : undefined,
    from: "they sum to 1",
    standard: "logits",
    because: "the shape of the output",
    isSafe: true,
  }, (values) => `${values} of ${classes} classes, ${isLast ? "side by side" : `${shape[2]}×${shape[3]}`}`);
  const spec: LabelSpec<"labels" | "label-rows"> = {
    kind: isLast ? "label-rows" : "labels",
    ...(values === "probabilities" ? { values } : {}),
  };
  return { spec, names: { logits: name }, classes };
}

/** Whether the numbers of each pixel are probabilities that sum to 1. */
function sumToOne(data: Float32Array, [, ...sides]: readonly number[], isLast: boolean): boolean {
  const classes = sides[isLast ? 2 : 0];
  const pixels = data.length / classes;
  const [step, next] = isLast ? [classes, 1] : [1, pixels];
  for (let pixel = 0; pixel < pixels; pixel++) {
    let sum = 0;
    for (let k = 0, at = pixel * step; k < classes; k++, at += next) {
      if (data[at] < 0) return false;
      sum += data[at];
    }
    if (!(Math.abs(sum - 1) < 1e-2)) return false;
  }
  return true;
}

function oneMap({ answers, findings }: OutputQuestion, { name, data }: ObservedOutput): Found {
  const values = answers.scores
    ? answers.scores === "probabilities" ? "probabilities" : "logits"
    : data.every((value) => value >= 0 && value <= 1)
    ? "probabilities"
    : "logits";
  const threshold = answers.threshold ?? 0.5;
  findings.add("outputs", `one map of ${values}`, answers.scores ? "as asked" : "its values", ["scores"]);
  findings.add(
    "outputs",
    `class 1 where the probability is above ${threshold}`,
    answers.threshold === undefined ? "assumed" : "as asked",
    ["threshold"],
    answers.threshold === undefined,
  );
  return { spec: { kind: "mask", values, threshold } as OutputSpec, names: { mask: name }, classes: 2 };
}
