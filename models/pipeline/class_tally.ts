/** How often a run found each class. */
import type { ImageRecord } from "./describe.ts";

/** A class of objects, of pixels or of whole images, and where it was found. */
export interface ClassCount {
  readonly name: string;
  /** Images that show it. */
  images: number;
  /** Objects of it; of a class of pixels, its pixels. */
  count: number;
}

/** Counts what was found; memory grows with the number of classes, not of images. */
export class ClassTally {
  /** Images without failures. */
  images = 0;
  /** Pixels of all of them. */
  pixels = 0;
  readonly #objects = new Map<string, ClassCount>();
  readonly #pixels = new Map<string, ClassCount>();
  readonly #best = new Map<string, ClassCount>();

  /** Adds an image. */
  add({ objects = [], classes = [], top = [], width, height }: ImageRecord): void {
    this.images++;
    this.pixels += width * height;
    const inImage = new Map<string, number>();
    for (const { class: name } of objects) inImage.set(name, (inImage.get(name) ?? 0) + 1);
    for (const [name, count] of inImage) see(this.#objects, name, count);
    for (const { name, pixels } of classes) see(this.#pixels, name, pixels);
    if (top.length > 0) see(this.#best, top[0].class, 1);
  }

  /** Classes of objects, the most frequent first. */
  get objects(): ClassCount[] {
    return sorted(this.#objects);
  }

  /** Classes of pixels, the largest first. */
  get pixelClasses(): ClassCount[] {
    return sorted(this.#pixels);
  }

  /** The likeliest classes of images, the most frequent first. */
  get best(): ClassCount[] {
    return sorted(this.#best);
  }
}

function see(classes: Map<string, ClassCount>, name: string, count: number): void {
  const known = classes.get(name);
  if (known === undefined) classes.set(name, { name, images: 1, count });
  else {
    known.images++;
    known.count += count;
  }
}

function sorted(classes: ReadonlyMap<string, ClassCount>): ClassCount[] {
  return [...classes.values()].sort((a, b) => b.count - a.count);
}
