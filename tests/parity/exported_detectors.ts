/**
 * Compares the boxes that bneck reads from exported detectors with those of their own predictors, which
 * exported_detectors.py wrote:
 *
 *     deno run --allow-read --allow-env --allow-ffi --allow-sys tests/parity/exported_detectors.ts OUT
 */
import { readImage } from "../../core/images/mod.ts";
import { clipDetections } from "../../heads/mod.ts";
import { adoptFile } from "../../models/adopt/mod.ts";
import { Model } from "../../models/model.ts";

interface Found {
  readonly boxes: readonly (readonly number[])[];
  readonly scores: readonly number[];
  readonly classes: readonly number[];
}

const [folder] = Deno.args;
for (const { name } of [...Deno.readDirSync(folder)].filter(({ name }) => /(?<!\.input)\.json$/.test(name))) {
  const references: Record<string, Found> = JSON.parse(Deno.readTextFileSync(`${folder}/${name}`));
  const { model: entry } = await adoptFile(`${folder}/${name.replace(/json$/, "onnx")}`);
  const model = await Model.open(entry);
  let [boxes, empty, missing, pixels, score] = [0, 0, 0, 0, 0];
  for (const [path, reference] of Object.entries(references)) {
    const image = await readImage(path);
    const { detect } = await model.predict(image, { detect: { score: 0.25, max: 300 } });
    const found = clipDetections(detect!, image.width, image.height);
    reference.boxes.forEach((box, index) => {
      const clipped = box.map((value, side) =>
        Math.min(Math.max(value, 0), side % 2 === 0 ? image.width : image.height)
      );
      // bneck leaves out what has no area.
      if (clipped[0] >= clipped[2] || clipped[1] >= clipped[3]) return void empty++;
      boxes++;
      // Of boxes that fill the image there are several: the one with the nearest score is meant.
      let [best, off] = [Infinity, Infinity];
      for (let row = 0; row < found.count; row++) {
        if (found.classes[row] !== reference.classes[index]) continue;
        const distance = Math.max(
          ...clipped.map((value, side) => Math.abs(value - found.boxes[row * 4 + side])),
        );
        const difference = Math.abs(found.scores[row] - reference.scores[index]);
        if (distance <= 0.5 && difference < best) [best, off] = [difference, distance];
      }
      if (best > 1e-3) return void missing++;
      pixels = Math.max(pixels, off);
      score = Math.max(score, best);
    });
  }
  console.log(
    `${name}: ${boxes} boxes (${empty} without area), ${missing} missing, off by ${
      pixels.toFixed(5)
    } px and ${score.toFixed(7)}`,
  );
  await model.close();
}
