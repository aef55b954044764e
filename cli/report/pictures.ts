/**
 * Pictures inside a report: small, and part of the file.
 *
 * @module
 */
import type { RgbImage } from "../../core/images/mod.ts";
import { encodePhoto } from "../../models/evaluation/thumbnails.ts";
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

/** A photo as an address that holds it. */
export async function photoUri(image: RgbImage): Promise<string> {
  return dataUri(await encodePhoto(image), "image/jpeg");
}

/** A file as an address. */
export function dataUri(bytes: Uint8Array, type: "image/jpeg" | "image/png"): string {
  return `data:${type};base64,${bytes.toBase64()}`;
}
