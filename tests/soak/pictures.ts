/** Folders of pictures for the tests of load and faults, and what a run left in a folder. */
import { createHash } from "node:crypto";
import { join } from "node:path";
import sharp from "sharp";
import { randomNumbers } from "../../core/random.ts";
import { testImage } from "../support/test_image.ts";

/** Pictures made once and linked to under many names. */
const ORIGINALS = 40;

/**
 * Fills `folder/photos` with `count` small JPEGs in folders of a thousand at most, and returns their paths below
 * `folder`. There are {@linkcode ORIGINALS} different ones; the rest are links, so that a hundred thousand take seconds.
 */
export async function makePhotos(folder: string, count: number): Promise<string[]> {
  const random = randomNumbers(count);
  await Deno.mkdir(join(folder, "originals"), { recursive: true });
  const originals = Math.min(count, ORIGINALS);
  for (let i = 0; i < originals; i++) {
    const [width, height] = [64 + Math.floor(random() * 160), 64 + Math.floor(random() * 160)];
    const { data } = testImage(width, height);
    for (let at = 0; at < data.length; at++) data[at] ^= random() * 16;
    await sharp(data, { raw: { width, height, channels: 3 } }).jpeg().toFile(
      join(folder, `originals/${i}.jpg`),
    );
  }
  const paths = Array.from({ length: count }, (_, i) => `photos/${Math.floor(i / 1000)}/${i}.jpg`);
  for (const [i, path] of paths.entries()) {
    if (i % 1000 === 0) await Deno.mkdir(join(folder, `photos/${i / 1000}`), { recursive: true });
    Deno.symlinkSync(join(folder, `originals/${i % originals}.jpg`), join(folder, path));
  }
  return paths;
}

/** The digests of all files below a folder, by path, sorted. */
export function digests(folder: string, below = ""): Record<string, string> {
  const all: Record<string, string> = {};
  const entries = [...Deno.readDirSync(join(folder, below))].sort((a, b) => a.name < b.name ? -1 : 1);
  for (const { name, isDirectory } of entries) {
    const path = join(below, name);
    // What every run leaves, whatever its images.
    if (name === "classes.json") continue;
    if (isDirectory) Object.assign(all, digests(folder, path));
    else all[path] = createHash("sha256").update(Deno.readFileSync(join(folder, path))).digest("hex");
  }
  return all;
}
