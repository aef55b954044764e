/** Boxes with labels on images. */
import { type Box, type PixelArea, pixelArea } from "./crop.ts";
import type { RgbImage } from "./image.ts";
import { type Color, textColor } from "./palette.ts";
import { loadTextPainter, type TextPainter } from "./text.ts";

/** A box to draw, in pixels of the image, with the text of its tag (no tag if empty). */
export interface LabelledBox extends Box {
  readonly label: string;
  readonly color: Color;
}

/** The dimensions of everything drawn, in pixels; they grow with the image. */
export interface TagStyle {
  readonly line: number;
  readonly fontSize: number;
  /** Between the text and the sides of its tag. */
  readonly padding: number;
  /** From the top of a tag to the baseline of its text, and to the bottom of the tag. */
  readonly ascent: number;
  readonly tagHeight: number;
}

/**
 * A copy of the image with the boxes drawn on it, each with a filled tag for its label. Boxes come in descending order of
 * importance, as detections sorted by score do: the first is drawn over the others. Tags stay inside the image, avoid
 * each other where possible, and are shortened ("motorcy…") where the image is too narrow. Boxes outside the image are
 * skipped.
 */
export async function drawBoxes(image: RgbImage, boxes: readonly LabelledBox[]): Promise<RgbImage> {
  const { width, height } = image;
  const drawn = { width, height, data: image.data.slice() };
  const style = styleFor(width, height);
  const visible = boxes.flatMap(({ label, color, ...box }) => {
    const area = pixelArea(box, width, height);
    return area ? [{ label: printable(label), color, area }] : [];
  });
  for (const { area, color } of visible.toReversed()) frame(drawn, area, style.line, color);
  if (style.tagHeight > height || !visible.some(({ label }) => label)) return drawn;

  const painter = await loadTextPainter();
  const tags: { place: PixelArea; text: string; color: Color }[] = [];
  for (const { label, color, area } of visible) {
    const text = fittingText(painter, label, style, width);
    if (!text) continue;
    const place = placeTag(
      area,
      tagSize(painter, text, style).width,
      style,
      image,
      tags.map((tag) => tag.place),
    );
    tags.push({ place, text, color });
  }
  for (const { place, text, color } of tags.toReversed()) {
    drawTag(drawn, painter, place, text, style, color);
  }
  return drawn;
}

/** The size of a tag for a text. */
export function tagSize(
  painter: TextPainter,
  text: string,
  { fontSize, padding, tagHeight }: TagStyle,
): { width: number; height: number } {
  return { width: painter.measure(text, fontSize) + 2 * padding, height: tagHeight };
}

/** Draws a tag of {@linkcode tagSize} into the image: black or white text on a colour. */
export function drawTag(
  image: RgbImage,
  painter: TextPainter,
  place: PixelArea,
  text: string,
  { padding, ascent, fontSize }: TagStyle,
  color: Color,
): void {
  fillArea(image, place, color);
  painter.draw(image, text, place.left + padding, place.top + ascent, fontSize, textColor(color));
}

/** The dimensions for an image of this size. */
export function styleFor(width: number, height: number): TagStyle {
  const side = Math.sqrt(width * height);
  const fontSize = Math.max(11, Math.round(side / 60));
  return {
    line: Math.max(1, Math.round(side / 350)),
    fontSize,
    padding: Math.max(2, Math.round(fontSize * 0.3)),
    ascent: Math.round(fontSize * 0.98),
    tagHeight: Math.round(fontSize * 1.34),
  };
}

/** Line breaks and other control characters have no glyph. */
function printable(label: string): string {
  return label.replace(/\p{C}+/gu, " ").trim();
}

/** The text, or as much of its beginning as fits into the image, followed by "…". */
export function fittingText(
  painter: TextPainter,
  label: string,
  { fontSize, padding }: TagStyle,
  width: number,
): string {
  const room = width - 2 * padding;
  if (painter.measure(label, fontSize) <= room) return label;
  const characters = [...label];
  for (let kept = characters.length - 1; kept > 0; kept--) {
    const text = `${characters.slice(0, kept).join("").trimEnd()}…`;
    if (painter.measure(text, fontSize) <= room) return text;
  }
  return "";
}

/** Above the box, inside at its top, below it or inside at its bottom: the first free place, else the first. */
function placeTag(
  box: PixelArea,
  tagWidth: number,
  { tagHeight }: TagStyle,
  { width, height }: RgbImage,
  taken: readonly PixelArea[],
): PixelArea {
  const left = Math.max(0, Math.min(box.left, width - tagWidth));
  const tops = [box.top - tagHeight, box.top, box.bottom, box.bottom - tagHeight];
  const places = tops.filter((top) => top >= 0 && top + tagHeight <= height)
    .map((top) => ({ left, top, right: left + tagWidth, bottom: top + tagHeight }));
  const fallback = { left, top: 0, right: left + tagWidth, bottom: tagHeight };
  return places.find((place) => !taken.some((other) => overlap(place, other))) ?? places[0] ?? fallback;
}

/** Whether two areas share a pixel. */
export function overlap(a: PixelArea, b: PixelArea): boolean {
  return a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
}

/** The border of an area, `line` pixels thick, drawn inwards. */
function frame(image: RgbImage, area: PixelArea, line: number, color: Color): void {
  const { left, top, right, bottom } = area;
  const innerTop = Math.min(bottom, top + line);
  const innerBottom = Math.max(innerTop, bottom - line);
  fillArea(image, { left, top, right, bottom: innerTop }, color);
  fillArea(image, { left, top: innerBottom, right, bottom }, color);
  fillArea(image, { left, top: innerTop, right: Math.min(right, left + line), bottom: innerBottom }, color);
  fillArea(image, { left: Math.max(left, right - line), top: innerTop, right, bottom: innerBottom }, color);
}

/** Gives all pixels of an area, which lies inside the image, one colour. */
export function fillArea({ width, data }: RgbImage, area: PixelArea, [red, green, blue]: Color): void {
  for (let y = area.top; y < area.bottom; y++) {
    const end = (y * width + area.right) * 3;
    for (let at = (y * width + area.left) * 3; at < end; at += 3) {
      data[at] = red;
      data[at + 1] = green;
      data[at + 2] = blue;
    }
  }
}
