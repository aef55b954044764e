/** Photos as phones take them, for benchmarks: the embedded samples enlarged to 12 megapixels, with noise. */
import { encodeRgbImage, readImage, resizeImage } from "../../core/images/mod.ts";
import { randomNumbers } from "../../core/random.ts";
import { ROOT } from "../support/shared.ts";

const SAMPLES = `${ROOT}models/weights/everyday-lraspp/samples`;

/** Makes `count` JPEGs of 4000×3000 pixels in `folder`. */
export async function makePhotos(folder: string, count: number): Promise<void> {
  const samples = [...Deno.readDirSync(SAMPLES)].map(({ name }) => name).filter((name) =>
    name.endsWith(".jpg")
  )
    .sort();
  const random = randomNumbers(12);
  for (let i = 0; i < count; i++) {
    const sample = await readImage(`${SAMPLES}/${samples[i % samples.length]}`);
    const { data, ...size } = resizeImage(sample, 4000, 3000, "bicubic");
    for (let at = 0; at < data.length; at++) {
      data[at] = Math.min(255, Math.max(0, data[at] + (random() - 0.5) * 16));
    }
    await Deno.writeFile(`${folder}/${i}.jpg`, await encodeRgbImage({ ...size, data }, "jpeg"));
  }
}
