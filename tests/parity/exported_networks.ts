/**
 * Compares what bneck reads from exports of networks with what exported_transformers.py (Hugging Face's own postprocessing)
 * or exported_torchvision.py wrote of them. Those of transformers are run with images resized as both backends of its
 * processors do:
 *
 *     deno run --allow-read --allow-env --allow-ffi --allow-sys tests/parity/exported_networks.ts OUT
 */
import { existsSync } from "node:fs";
import { inflateSync } from "node:zlib";
import { readImage } from "../../core/images/mod.ts";
import { labelsOf } from "../../heads/mod.ts";
import { adoptFile, type Answers } from "../../models/adopt/mod.ts";
import { Model } from "../../models/model.ts";

interface Reference {
  readonly input: readonly [height: number, width: number];
  readonly scores?: readonly number[];
  readonly boxes?: readonly (readonly number[])[];
  readonly labels?: readonly number[] | string;
}

/** How far one network is from its reference. */
interface Distance {
  sizes: number;
  classes: number;
  probability: number;
  objects: number;
  missing: number;
  pixels: number;
  score: number;
  labelled: number;
  different: number;
}

const BACKENDS: readonly Answers[] = [{ filter: "torchvision-bilinear" }, { filter: "bilinear" }];
const [out] = Deno.args;
for (const { name, isDirectory } of [...Deno.readDirSync(out)].sort((a, b) => a.name < b.name ? -1 : 1)) {
  if (!isDirectory) continue;
  const references: Record<string, Reference> = JSON.parse(
    Deno.readTextFileSync(`${out}/${name}/reference.json`),
  );
  const file = `${out}/${name}/answers.json`;
  const asked: readonly Answers[] = existsSync(file) ? JSON.parse(Deno.readTextFileSync(file)) : BACKENDS;
  for (const answers of asked) {
    console.log(`${name}, ${answers.filter}: ${await compared(name, references, answers)}`);
  }
}

async function compared(
  name: string,
  references: Readonly<Record<string, Reference>>,
  answers: Answers,
): Promise<string> {
  const { model: entry } = await adoptFile(`${out}/${name}/model.onnx`, answers);
  const model = await Model.open(entry);
  const distance: Distance = {
    ...{ sizes: 0, classes: 0, probability: 0, objects: 0, missing: 0 },
    ...{ pixels: 0, score: 0, labelled: 0, different: 0 },
  };
  for (const [path, reference] of Object.entries(references)) {
    const image = await readImage(path);
    const found = await model.predict(image, { detect: { score: 0.25, max: 300 }, classify: { top: 7 } });
    const [height, width] = reference.input;
    if (found.inputHeight !== height || found.inputWidth !== width) distance.sizes++;
    if (found.classify) addScores(distance, found.classify, reference);
    if (found.segment) addLabels(distance, labelsOf(found.segment).data, reference);
    if (found.detect) addBoxes(distance, found.detect, reference);
  }
  await model.close();
  const { sizes, classes, probability, objects, missing, pixels, score, labelled, different } = distance;
  return [
    `${sizes} inputs of another size`,
    ...(classes > 0 ? [`${classes} probabilities within ${probability.toExponential(1)}`] : []),
    ...(labelled > 0 ? [`${different} of ${labelled} pixels differ`] : []),
    ...(objects > 0
      ? [
        `${missing} of ${objects} objects missing`,
        `${pixels.toFixed(5)} px, scores ${score.toExponential(1)}`,
      ]
      : []),
  ].join(", ");
}

function addScores(
  distance: Distance,
  { count, classes, scores }: { count: number; classes: Int32Array; scores: Float32Array },
  reference: Reference,
): void {
  for (let rank = 0; rank < count; rank++) {
    distance.classes++;
    const off = Math.abs(scores[rank] - reference.scores![classes[rank]]);
    distance.probability = Math.max(distance.probability, off);
  }
}

function addLabels(distance: Distance, labels: ArrayLike<number>, { labels: packed }: Reference): void {
  const expected = inflateSync(Uint8Array.fromBase64(packed as string));
  distance.labelled += labels.length;
  for (let at = 0; at < labels.length; at++) if (labels[at] !== expected[at]) distance.different++;
}

function addBoxes(
  distance: Distance,
  found: { count: number; boxes: Float32Array; classes: Int32Array; scores: Float32Array },
  { boxes = [], labels = [], scores = [] }: Reference,
): void {
  boxes.forEach((box, index) => {
    distance.objects++;
    let [best, off] = [1e-3, -1];
    for (let row = 0; row < found.count; row++) {
      if (found.classes[row] !== labels[index]) continue;
      const side = Math.max(...box.map((value, side) => Math.abs(value - found.boxes[row * 4 + side])));
      const score = Math.abs(found.scores[row] - scores[index]);
      if (side < 0.5 && score <= best) [best, off] = [score, side];
    }
    if (off < 0) return void distance.missing++;
    distance.pixels = Math.max(distance.pixels, off);
    distance.score = Math.max(distance.score, best);
  });
}
