/** What users should know of images that were decoded although something is wrong with them, said once a run and not once an image. */

/** One such fact about an image. */
export type ImageNote =
  /** Bands of a TIFF whose meaning is not declared were left out. */
  | { readonly kind: "extra bands"; readonly count: number }
  /** The alpha channel is zero everywhere; the image was taken as opaque. */
  | { readonly kind: "transparent" }
  /** The file has this many pages or frames, of which the first was decoded. */
  | { readonly kind: "pages"; readonly count: number }
  /** The file ends too early; it was decoded as far as it goes. */
  | { readonly kind: "truncated" }
  /** Coded data of the JPEG are damaged: parts of the image are wrong. */
  | { readonly kind: "damaged" };

type Kind = ImageNote["kind"];

const WORDING: Readonly<Record<Kind, (images: number) => string>> = {
  "extra bands": (images) =>
    `${
      images === 1 ? "1 TIFF has" : `${images} TIFFs have`
    } extra bands that are not declared as alpha; they were ` +
    "left out",
  "transparent": (images) =>
    `${images === 1 ? "1 image is" : `${images} images are`} transparent everywhere (alpha 0); ` +
    `${images === 1 ? "it was" : "they were"} taken as opaque`,
  "pages": (images) =>
    `${
      images === 1 ? "1 file has" : `${images} files have`
    } several pages or frames; only the first was used`,
  "truncated": (images) =>
    `${images === 1 ? "1 JPEG is" : `${images} JPEGs are`} truncated; what is missing is grey`,
  "damaged": (images) =>
    `${images === 1 ? "1 JPEG is" : `${images} JPEGs are`} damaged within; parts of what it shows are wrong`,
};

/** Collects the notes of many images. */
export class ImageNotes {
  readonly #found = new Map<Kind, { images: number; readonly first: string; readonly note: ImageNote }>();

  /** Adds what was noted of an image. */
  add(name: string, notes: readonly ImageNote[] = []): void {
    for (const note of notes) {
      const found = this.#found.get(note.kind);
      if (found) found.images++;
      else this.#found.set(note.kind, { images: 1, first: name, note });
    }
  }

  /**
   * One line for each kind, with the first image of it:
   * `2 files have several pages or frames; only the first was used (scan.tif has 3, …)`.
   */
  lines(): string[] {
    return [...this.#found].map(([kind, { images, first, note }]) => {
      const count = "count" in note ? `${first} has ${note.count}` : first;
      return `${WORDING[kind](images)} (${count}${images > 1 ? ", …" : ""})`;
    });
  }
}
