/**
 * Text on images, with the glyphs of imagescript's font rasteriser and DejaVu Sans Bold. imagescript's own
 * `renderText` starts a new WebAssembly instance and parses the font for each text (40 ms); its font module is used
 * directly instead, and glyphs are cached.
 */
import type { RgbImage } from "./image.ts";
import type { Color } from "./palette.ts";

/** The part of imagescript's font module that is used here; it has no types. */
interface RasterFont {
  rasterize(character: string, size: number): {
    /** Coverage `[height, width]`, 0 to 255. */
    readonly buffer: Uint8Array;
    readonly metrics: {
      readonly width: number;
      readonly height: number;
      /** From the pen to the left edge, and from the baseline up to the lower edge. */
      readonly xmin: number;
      readonly ymin: number;
      readonly advance_width: number;
    };
  };
}

interface Glyph {
  readonly coverage: Uint8Array;
  readonly width: number;
  readonly height: number;
  /** From the pen on the baseline to the top left corner. */
  readonly left: number;
  readonly top: number;
  readonly advance: number;
}

/** Cached glyphs after which the cache is cleared; a folder of images of one size needs fewer than a hundred. */
const MAX_GLYPHS = 4096;

/** Draws text in one font at any size; {@linkcode loadTextPainter} creates one. */
export class TextPainter {
  readonly #font: RasterFont;
  readonly #glyphs = new Map<string, Glyph>();

  constructor(font: RasterFont) {
    this.#font = font;
  }

  /** The width of a line of text in pixels, for a font of `size` pixels. */
  measure(text: string, size: number): number {
    let width = 0;
    for (const character of text) width += this.#glyph(character, size).advance;
    return Math.ceil(width);
  }

  /** Draws one line of text into the image; its baseline starts at (x, y). What falls outside the image is skipped. */
  draw(image: RgbImage, text: string, x: number, y: number, size: number, color: Color): void {
    let pen = x;
    for (const character of text) {
      const glyph = this.#glyph(character, size);
      paintGlyph(image, glyph, Math.round(pen) + glyph.left, y + glyph.top, color);
      pen += glyph.advance;
    }
  }

  #glyph(character: string, size: number): Glyph {
    const key = `${size}${character}`;
    const known = this.#glyphs.get(key);
    if (known) return known;
    const { buffer, metrics } = this.#font.rasterize(character, size);
    const { width, height, xmin, ymin, advance_width: advance } = metrics;
    const glyph = { coverage: buffer, width, height, left: xmin, top: -(ymin + height), advance };
    if (this.#glyphs.size >= MAX_GLYPHS) this.#glyphs.clear();
    this.#glyphs.set(key, glyph);
    return glyph;
  }
}

let loading: Promise<TextPainter> | undefined;

/** The text painter of this thread; the first call reads the font (about 0.1 s). */
export function loadTextPainter(): Promise<TextPainter> {
  return loading ??= load();
}

async function load(): Promise<TextPainter> {
  // imagescript assumes Deno 1 and calls functions that Deno 2 no longer has.
  if (!("core" in Deno)) {
    const [encoder, decoder] = [new TextEncoder(), new TextDecoder()];
    const encode = (text: string) => encoder.encode(text);
    const decode = (bytes: Uint8Array) => decoder.decode(bytes);
    Object.defineProperty(Deno, "core", { value: { encode, decode }, configurable: true });
  }
  const module = await import("imagescript/wasm/node/font.js") as unknown as {
    default: { init(): Promise<{ Font: new (size: number, file: Uint8Array) => RasterFont }> };
  };
  const { Font } = await module.default.init();
  const file = await Deno.readFile(new URL(import.meta.resolve("dejavu-fonts-ttf/ttf/DejaVuSans-Bold.ttf")));
  return new TextPainter(new Font(16, file));
}

function paintGlyph(
  image: RgbImage,
  glyph: Glyph,
  left: number,
  top: number,
  [red, green, blue]: Color,
): void {
  const { width, height, data } = image;
  const firstColumn = Math.max(0, -left);
  const lastColumn = Math.min(glyph.width, width - left);
  const lastRow = Math.min(glyph.height, height - top);
  for (let row = Math.max(0, -top); row < lastRow; row++) {
    let at = ((top + row) * width + left + firstColumn) * 3;
    for (let column = firstColumn; column < lastColumn; column++, at += 3) {
      const coverage = glyph.coverage[row * glyph.width + column];
      data[at] += Math.round((red - data[at]) * coverage / 255);
      data[at + 1] += Math.round((green - data[at + 1]) * coverage / 255);
      data[at + 2] += Math.round((blue - data[at + 2]) * coverage / 255);
    }
  }
}
