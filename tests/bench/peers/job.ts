/** What an image peer is told, and the images and networks that all of them run. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { DEFAULT_DETECTION } from "../../../models/mod.ts";
import { shared } from "../../support/shared.ts";
import { makePhotos } from "../photos.ts";

/** The networks that peers run. */
export type NetworkName = "street" | "everyday" | "centernet" | "lraspp" | "ssdlite" | "yolo";

/** A job for an image peer, in a JSON file. */
export interface ImageJobFile extends ImageWork {
  /** The file of the network in the form that the peer reads; for bneck a model request, as JSON. */
  readonly model: string;
  readonly images: readonly string[];
  /** The folder to write to. */
  readonly out: string;
  readonly threads: number;
  /** The images are done so many times; the last pass is measured. */
  readonly passes: number;
  /** The least score of an object, and the most objects of an image. */
  readonly score: number;
  readonly max: number;
}

/** Threads of every contender, and workers of bneck. */
export const THREADS = 2;

/** How often the images are done; the last time is measured. */
export const PASSES = 2;

/** The 79 images of coco-mini. */
export function testImages(): string[] {
  const folder = shared("data/coco-mini/val2017");
  return [...Deno.readDirSync(folder)].map(({ name }) => `${folder}/${name}`).sort();
}

/** Photos of 12 megapixels, made in the scratch folder unless they are there. */
async function photos(scratch: string, count: number): Promise<string[]> {
  const folder = join(scratch, `photos-${count}`);
  const paths = Array.from({ length: count }, (_, index) => `${folder}/${index}.jpg`);
  if (!existsSync(paths[count - 1])) {
    await Deno.mkdir(folder, { recursive: true });
    await makePhotos(folder, count);
  }
  return paths;
}

/** What is done with the images. */
export interface ImageWork {
  readonly network: NetworkName;
  /** The height and width of the network's input, where it does not follow the image. */
  readonly size?: readonly [height: number, width: number];
  /** So many photos of 12 megapixels in place of coco-mini's images. */
  readonly photos?: number;
}

/** Writes a job for a peer into the scratch folder; returns its path. */
export async function writeJob(
  scratch: string,
  peer: string,
  work: ImageWork,
  model: string,
): Promise<string> {
  const { network, size, photos: count } = work;
  const out = join(
    scratch,
    "out",
    [network, ...size ?? [], ...count === undefined ? [] : ["photos"], peer].join("-"),
  );
  await Deno.mkdir(out, { recursive: true });
  const { score, max } = DEFAULT_DETECTION;
  const job: ImageJobFile = {
    network,
    model,
    images: count === undefined ? testImages() : await photos(scratch, count),
    out,
    threads: THREADS,
    passes: PASSES,
    score,
    max,
    size,
  };
  await Deno.writeTextFile(`${out}.json`, JSON.stringify(job));
  return `${out}.json`;
}

/** Whether a network finds objects; the others label pixels. */
export function detects(network: NetworkName): boolean {
  return network === "centernet" || network === "ssdlite" || network === "yolo";
}
