/** A data set that anything can learn: a bright square on a dark ground. */
import { join } from "node:path";
import { encodeLabelPng, encodeRgbImage } from "../../../core/images/mod.ts";
import { randomNumbers } from "../../../core/random.ts";

/** The classes of {@linkcode writeSquares}. */
export const SQUARE_CLASSES = {
  ignore: 255,
  classes: [{ id: 0, name: "ground" }, { id: 7, name: "square", color: [255, 200, 0] }],
};

/** Writes `images`, `labels` and `classes.json` into a folder. */
export async function writeSquares(folder: string, count: number, seed = 1, side = 128): Promise<void> {
  const random = randomNumbers(seed);
  for (const name of ["images", "labels"]) await Deno.mkdir(join(folder, name), { recursive: true });
  await Deno.writeTextFile(join(folder, "classes.json"), JSON.stringify(SQUARE_CLASSES));
  for (let i = 0; i < count; i++) {
    const data = new Uint8Array(side * side * 3);
    const labels = new Uint8Array(side * side);
    const length = 32 + Math.floor(random() * 40);
    const [left, top] = [0, 0].map(() => Math.floor(random() * (side - length)));
    for (let y = 0; y < side; y++) {
      for (let x = 0; x < side; x++) {
        const inside = x >= left && x < left + length && y >= top && y < top + length;
        const at = y * side + x;
        labels[at] = inside ? 7 : 0;
        data.set(inside ? [230, 190, 20] : [20 + random() * 60, 40 + random() * 60, 90], at * 3);
      }
    }
    // Names that do not look like a video's frames.
    const name = `photo ${String.fromCharCode(97 + i % 26)}${Math.floor(i / 26)}x`;
    await Deno.writeFile(
      join(folder, "images", `${name}.png`),
      await encodeRgbImage({ width: side, height: side, data }, "png"),
    );
    await Deno.writeFile(
      join(folder, "labels", `${name}.png`),
      encodeLabelPng({ width: side, height: side, data: labels }, []),
    );
  }
}

/** Writes a folder a class, `red` and `blue`, each with some images. */
export async function writeColors(folder: string, perClass: number): Promise<void> {
  const random = randomNumbers(3);
  for (const [name, color] of [["red", [200, 30, 30]], ["blue", [30, 60, 200]]] as const) {
    await Deno.mkdir(join(folder, name), { recursive: true });
    for (let i = 0; i < perClass; i++) {
      const data = new Uint8Array(96 * 96 * 3);
      for (let at = 0; at < data.length; at++) data[at] = color[at % 3] + random() * 40;
      await Deno.writeFile(
        join(folder, name, `${"abcdefghijklmnop"[i]}.png`),
        await encodeRgbImage({ width: 96, height: 96, data }, "png"),
      );
    }
  }
}
