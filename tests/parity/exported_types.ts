/**
 * Compares what bneck finds with files of other types, which exported_types.py converted, with what it finds with the originals:
 *
 *     deno run --allow-read --allow-env --allow-ffi --allow-sys tests/parity/exported_types.ts OUT PHOTO...
 */
import { readImage } from "../../core/images/mod.ts";
import { labelsOf } from "../../heads/mod.ts";
import { adoptFile, type Answers } from "../../models/adopt/mod.ts";
import { Model, type Prediction } from "../../models/model.ts";

const [out, ...photos] = Deno.args;
const SETTINGS = { detect: { score: 0.25, max: 300 } };
/** Segmentation networks of torchvision, whose files say nothing. */
const IMAGENET: Answers = { mean: [123.675, 116.28, 103.53], std: [58.395, 57.12, 57.375] };

for (const { name, isDirectory } of Deno.readDirSync(out)) {
  if (!isDirectory) continue;
  const expected = await predictions(`${out}/${name}/float32.onnx`);
  for (const type of ["float16", "float16-inside", "bytes"]) {
    const found = await predictions(`${out}/${name}/${type}.onnx`);
    console.log(`${name}, ${type}: ${distance(expected, found)}`);
  }
}

async function predictions(path: string): Promise<Prediction[]> {
  const { model: entry, findings } = await adoptFile(path);
  const isSegmenter = entry.tasks[0] === "segment";
  // Bytes are normalised in the graph.
  const isBytes = findings.some(({ text }) => text.startsWith("uint8"));
  const answers: Answers = isSegmenter ? isBytes ? {} : IMAGENET : isBytes ? { fit: "letterbox" } : {};
  const model = await Model.open((await adoptFile(path, answers)).model);
  const found: Prediction[] = [];
  for (const photo of photos) found.push(await model.predict(await readImage(photo), SETTINGS));
  await model.close();
  return found;
}

function distance(expected: readonly Prediction[], found: readonly Prediction[]): string {
  let [objects, missing, others, pixels, score, labelled, different] = [0, 0, 0, 0, 0, 0, 0];
  expected.forEach(({ detect, segment }, at) => {
    if (segment) {
      const [a, b] = [labelsOf(segment).data, labelsOf(found[at].segment!).data];
      labelled += a.length;
      for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) different++;
    }
    if (!detect) return;
    const same = found[at].detect!;
    others += Math.max(0, same.count - detect.count);
    for (let row = 0; row < detect.count; row++) {
      objects++;
      let [off, difference] = [Infinity, 0];
      for (let other = 0; other < same.count; other++) {
        if (same.classes[other] !== detect.classes[row]) continue;
        const sides = [0, 1, 2, 3].map((k) =>
          Math.abs(detect.boxes[row * 4 + k] - same.boxes[other * 4 + k])
        );
        if (Math.max(...sides) >= off) continue;
        [off, difference] = [Math.max(...sides), Math.abs(detect.scores[row] - same.scores[other])];
      }
      if (off > 20) missing++;
      else [pixels, score] = [Math.max(pixels, off), Math.max(score, difference)];
    }
  });
  return labelled > 0
    ? `${different} of ${labelled} pixels differ`
    : `${missing} of ${objects} boxes missing, ${others} more, sides within ${pixels.toFixed(3)} px, scores ${
      score.toExponential(1)
    }`;
}
