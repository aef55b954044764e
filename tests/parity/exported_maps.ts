/**
 * Compares the maps and masks of PP-OCR's text detector and of u2netp with those that exported_maps.py wrote of them:
 *
 *     deno run --allow-read --allow-env --allow-ffi --allow-sys tests/parity/exported_maps.ts OUT
 */
import { existsSync } from "node:fs";
import { readImage } from "../../core/images/mod.ts";
import { labelsOf, matteOf } from "../../heads/mod.ts";
import { adoptFile, type Answers } from "../../models/adopt/mod.ts";
import { Model } from "../../models/model.ts";

interface Reference {
  readonly answers: Answers & { readonly threshold: number };
  readonly photos: Readonly<
    Record<string, { readonly number: number; readonly input: readonly [height: number, width: number] }>
  >;
}

const [out] = Deno.args;
for (const name of ["pp-ocr", "u2netp"]) console.log(`${name}: ${await compared(`${out}/${name}`)}`);

async function compared(folder: string): Promise<string> {
  const { answers, photos }: Reference = JSON.parse(Deno.readTextFileSync(`${folder}/reference.json`));
  const { model: entry } = await adoptFile(`${folder}/model.onnx`, answers);
  const model = await Model.open(entry);
  let [images, sizes, cells, set, other, largest, pixels, marked, different] = [0, 0, 0, 0, 0, 0, 0, 0, 0];
  let [both, either, levels] = [0, 0, 0];
  for (const [path, { number, input: [height, width] }] of Object.entries(photos)) {
    const { segment, inputHeight, inputWidth } = await model.predict(await readImage(path));
    images++;
    if (inputHeight !== height || inputWidth !== width) sizes++;
    const map = new Float32Array(Deno.readFileSync(`${folder}/${number}.map`).buffer);
    const { threshold } = segment!.matte!;
    for (let at = 0; at < map.length; at++) {
      const value = segment!.data[map.length + at];
      cells++;
      largest = Math.max(largest, Math.abs(value + threshold - map[at]));
      if (map[at] > answers.threshold) set++;
      if (value > 0 !== map[at] > answers.threshold) other++;
    }
    const mask = Deno.readFileSync(`${folder}/${number}.mask`);
    const labels = labelsOf(segment!).data;
    for (let at = 0; at < mask.length; at++) {
      pixels++;
      if (mask[at] === 1) marked++;
      if (labels[at] !== mask[at]) different++;
    }
    const file = `${folder}/${number}.package`;
    if (!existsSync(file)) continue;
    const own = Deno.readFileSync(file);
    const matte = matteOf(segment!).data;
    for (let at = 0; at < own.length; at++) {
      levels += Math.abs(own[at] - matte[at]);
      if (own[at] > 127 && matte[at] > 127) both++;
      if (own[at] > 127 || matte[at] > 127) either++;
    }
  }
  await model.close();
  return `${images} photos, ${sizes} inputs of another size\n` +
    `  map: within ${largest.toExponential(1)}; ${other} of ${cells} cells differ, ${set} are set\n` +
    `  mask at the size of the photo: ${different} of ${pixels} pixels differ, ${marked} are set` +
    (either > 0
      ? `\n  the package's own matte: IoU ${(both / either).toFixed(4)}, ${
        (levels / pixels).toFixed(2)
      } levels off`
      : "");
}
