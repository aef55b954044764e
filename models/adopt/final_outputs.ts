/** Detectors that return objects, not candidates: boxes, scores and classes as outputs of their own. */
import type { OutputSpec } from "../../heads/mod.ts";
import { COCO_80 } from "../../datasets/coco/labels.ts";
import { boxReading } from "./box_choices.ts";
import { isTable, type ObservedOutput } from "./observe.ts";
import type { Found, OutputQuestion } from "./outputs.ts";
import { DETR_INPUT, MMDETECTION_INPUT, TENSORFLOW_INPUT } from "./usual_inputs.ts";

/** Names of the outputs of TensorFlow's object detection, with or without `:0`. */
const TENSORFLOW = /^detection_(boxes|classes|scores)(:0)?$/;

/** Boxes, classes and scores as three outputs, and perhaps how many there are. */
export function finalColumns(question: OutputQuestion): Found | undefined {
  const { outputs, findings } = question;
  const tensorFlow = outputs.filter(({ name }) => TENSORFLOW.test(name));
  const isTensorFlow = tensorFlow.length === 3;
  const candidates = isTensorFlow ? tensorFlow : outputs;
  const boxes = candidates.filter((output) => isTable(output, ["objects", 4]));
  const vectors = candidates.filter(({ shape }) =>
    shape.length > 0 && shape.slice(0, -1).every((side) => side === 1)
  );
  for (const table of boxes) {
    const count = table.shape.at(-2)!;
    const fitting = vectors.filter(({ shape }) => shape.at(-1) === count);
    const labels = fitting.find(({ name }) => /class|label|categor/i.test(name)) ??
      fitting.find(({ isInteger }) => isInteger);
    const scores = fitting.find((output) => output !== labels && !output.isInteger);
    if (!labels || !scores || !labels.data.every(Number.isInteger)) continue;
    const counter = outputs.find((output) => ![table, labels, scores].includes(output) && isCounter(output));
    // Only torchvision returns no axis for the images of a batch.
    const isTorchvision = table.shape.length === 2;
    findings.add(
      "outputs",
      `objects: their boxes, labels and scores${counter ? ", and how many there are" : ""} (final-columns)`,
      isTensorFlow ? "the names of TensorFlow" : isTorchvision ? "as torchvision's" : "their shapes",
      ["outputs"],
    );
    const reading = boxReading(
      question,
      table.data,
      isTensorFlow
        ? { format: "corners-yx", unit: "sides", from: "the names of TensorFlow" }
        : isTorchvision
        ? { format: "corners", from: "as torchvision's" }
        : {},
    );
    const isKnown = isTensorFlow || isTorchvision;
    const firstClass = firstLabel(question, labels, isKnown ? "1" : "0", isKnown);
    return {
      spec: { kind: "final-columns", firstClass, ...reading, counted: counter !== undefined } as OutputSpec,
      names: {
        boxes: table.name,
        labels: labels.name,
        scores: scores.name,
        ...(counter && { count: counter.name }),
      },
      ...(firstClass === 0 ? { likelyClasses: COCO_80.length } : {}),
      ...(isTensorFlow ? { usual: TENSORFLOW_INPUT } : isTorchvision ? {} : { usual: DETR_INPUT }),
    };
  }
  return undefined;
}

/** One number, named for what it counts. */
function isCounter({ name, shape, data }: ObservedOutput): boolean {
  return /num|count|valid/i.test(name) && shape.every((side) => side === 1) && Number.isInteger(data[0]);
}

/** Boxes with their scores, and classes: `[n, 5]` and `[n]`. */
export function finalDets(question: OutputQuestion): Found | undefined {
  const { outputs, findings } = question;
  for (const dets of outputs.filter((output) => isTable(output, ["objects", 5]))) {
    const count = dets.shape.at(-2);
    const labels = outputs.find(({ shape, isInteger }) =>
      isInteger && shape.at(-1) === count && shape.length === dets.shape.length - 1
    );
    if (!labels) continue;
    findings.add("outputs", "objects: boxes with their scores, and labels (final-dets)", "as mmdetection's", [
      "outputs",
    ]);
    return {
      spec: { kind: "final-dets", firstClass: firstLabel(question, labels, "0", true) } as OutputSpec,
      names: { dets: dets.name, labels: labels.name },
      likelyClasses: COCO_80.length,
      usual: MMDETECTION_INPUT,
    };
  }
  return undefined;
}

function firstLabel(
  { answers, labels: names, findings }: OutputQuestion,
  { data }: ObservedOutput,
  standard: "0" | "1",
  isSafe: boolean,
): number {
  const isBeyond = names !== undefined && data.some((label) => label === names);
  return Number(findings.choose<"0" | "1">({
    topic: "classes",
    option: "firstLabel",
    answer: answers.firstLabel,
    clue: isBeyond ? "1" : undefined,
    from: "the number of names",
    standard,
    because: isSafe ? "as its exporter counts" : "assumed",
    isSafe,
  }, (first) => `counted from ${first}`));
}
