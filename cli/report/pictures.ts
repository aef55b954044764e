/**
 * Pictures inside a report: small, and part of the file.
 *
 * @module
 */
import {
  colorize,
  encodeLabelPng,
  encodeRgbImage,
  type LabelMap,
  type Palette,
  type RgbImage,
} from "../../core/images/mod.ts";
import { loadSharp } from "../../core/images/load_sharp.ts";
import { type Content, type Html, html } from "./html.ts";

/** A picture with a few words under it. */
export interface Picture {
  /** A `data:` address. */
  readonly uri: string;
  readonly caption: string;
}

/** Pictures that belong together, such as a photo, its truth and its prediction. */
export interface Tile {
  readonly title: string;
  readonly note?: string;
  readonly pictures: readonly Picture[];
}

/** Rows of pictures side by side, each with a title. */
export function tiles(list: readonly Tile[]): Html {
  return html`${list.map(formatTile)}`;
}

function formatTile({ title, note, pictures }: Tile): Content {
  return html`
    <div class="tile"><h3>${title}</h3>${note === undefined
      ? null
      : html`<p>${note}</p>`}<div class="pictures">${pictures.map(({ uri, caption }) =>
        html`<figure><img src="${uri}" alt="${caption}"><figcaption>${caption}</figcaption></figure>`
      )}</div></div>
  `;
}

/** The size of a picture whose longer side has at most `side` pixels; it is never enlarged. */
export function fitInto(side: number, { width, height }: { width: number; height: number }) {
  const scale = Math.min(1, side / Math.max(width, height));
  return { width: Math.max(1, Math.round(width * scale)), height: Math.max(1, Math.round(height * scale)) };
}

/** A photo made smaller, each pixel the mean of those it stands for. */
export async function shrinkImage(image: RgbImage, side: number): Promise<RgbImage> {
  const { width, height } = fitInto(side, image);
  if (width === image.width && height === image.height) return image;
  const sharp = await loadSharp();
  const raw = { width: image.width, height: image.height, channels: 3 } as const;
  const data = await sharp(image.data, { raw, limitInputPixels: false })
    .resize(width, height, { fit: "fill", kernel: "cubic" }).raw().toBuffer();
  return { width, height, data: new Uint8Array(data) };
}

/** Labels made smaller: every pixel has the id of the one at its centre. */
export function shrinkLabels(labels: LabelMap, side: number): LabelMap {
  const { width, height } = fitInto(side, labels);
  const data = labels.data instanceof Uint8Array
    ? new Uint8Array(width * height)
    : new Uint16Array(width * height);
  for (let y = 0; y < height; y++) {
    const row = Math.floor((y + 0.5) * labels.height / height) * labels.width;
    for (let x = 0; x < width; x++) {
      data[y * width + x] = labels.data[row + Math.floor((x + 0.5) * labels.width / width)];
    }
  }
  return { width, height, data };
}

/** A photo as an address that holds it. */
export async function photoUri(image: RgbImage): Promise<string> {
  return dataUri(await encodeRgbImage(image, "jpeg", { quality: 82 }), "image/jpeg");
}

/** Labels in the colours of a palette as an address that holds them. */
export async function labelsUri(labels: LabelMap, palette: Palette): Promise<string> {
  const indexed = labels.data.every((id) => id < 256);
  const png = indexed
    ? encodeLabelPng(labels, palette)
    : await encodeRgbImage(colorize(labels, palette), "png");
  return dataUri(png, "image/png");
}

/** A file as an address. */
export function dataUri(bytes: Uint8Array, type: "image/jpeg" | "image/png"): string {
  return `data:${type};base64,${bytes.toBase64()}`;
}
