/** What the colours of a image mean, written below it or into it. */
import type { PixelArea } from "./crop.ts";
import { drawTag, fillArea, fittingText, overlap, styleFor, tagSize, type TagStyle } from "./draw.ts";
import type { LabelMap, RgbImage } from "./image.ts";
import type { Color } from "./palette.ts";
import { loadTextPainter, type TextPainter } from "./text.ts";

/** A class of a legend. */
export interface LegendEntry {
  /** Its pixel value. */
  readonly id: number;
  readonly name: string;
  readonly color: Color;
  /** How much of the image it covers, 0…1. */
  readonly share: number;
}

/** Smaller classes are not named in their regions. */
const MIN_LABEL_SHARE = 0.002;
/** The strip takes at most this share of the image's height, and at least one line. */
const MAX_STRIP = 0.5;
/** The longer side of the grid on which the middle of regions is sought. */
const GRID = 256;

/** A JPEG cannot be higher. */
const MAX_SIDE = 65_535;

const PAPER: Color = [255, 255, 255];
const INK: Color = [29, 37, 48];

/**
 * The image with a strip below it: a swatch, the name and the share of each class, the largest first. What would make
 * the strip higher than half the image is counted (`and 7 more`).
 */
export async function withLegendStrip(
  image: RgbImage,
  entries: readonly LegendEntry[],
): Promise<RgbImage> {
  const { width, height } = image;
  const painter = await loadTextPainter();
  const style = stripStyle(width, height);
  const items = layOut(painter, entries, style, image);
  const strip = (1 + Math.max(0, ...items.map(({ row }) => row))) * style.line + style.margin;
  if (height + strip > MAX_SIDE) return image;

  const data = new Uint8Array(width * (height + strip) * 3);
  data.set(image.data);
  const drawn = { width, height: height + strip, data };
  fillArea(drawn, { left: 0, top: height, right: width, bottom: height + strip }, PAPER);
  for (const { text, color, x, row } of items) {
    const top = height + Math.round((style.margin + style.line - style.fontSize) / 2) + row * style.line;
    if (color) {
      const swatch = {
        left: x,
        top,
        right: Math.min(width, x + style.fontSize),
        bottom: top + style.fontSize,
      };
      fillArea(drawn, swatch, color);
    }
    const left = color ? x + style.swatch : x;
    painter.draw(drawn, text, left, top + Math.round(style.fontSize * 0.86), style.fontSize, INK);
  }
  return drawn;
}

interface StripStyle extends TagStyle {
  readonly margin: number;
  /** Between two classes of a line. */
  readonly gap: number;
  /** From the left edge of a swatch to its text. */
  readonly swatch: number;
  /** The height of a line. */
  readonly line: number;
}

function stripStyle(width: number, height: number): StripStyle {
  const style = styleFor(width, height);
  const margin = Math.round(style.fontSize * 0.6);
  return {
    ...style,
    margin,
    gap: Math.round(style.fontSize * 1.2),
    swatch: Math.round(style.fontSize * 1.3),
    line: Math.round(style.fontSize * 1.6),
  };
}

/** A text of the strip, with a swatch before it if it has a colour. */
interface StripItem {
  readonly text: string;
  readonly color?: Color;
  readonly x: number;
  readonly row: number;
}

/** Where each class stands; the last item counts those for which there is no room. */
function layOut(
  painter: TextPainter,
  entries: readonly LegendEntry[],
  style: StripStyle,
  { width, height }: RgbImage,
): StripItem[] {
  const { fontSize, margin, gap, swatch, line } = style;
  const right = width - margin;
  const room = { ...style, padding: margin + swatch / 2 };
  const endOf = ({ text, color, x }: StripItem) =>
    x + (color ? swatch : 0) + Math.ceil(painter.measure(text, fontSize));
  const rows = Math.max(1, Math.floor(height * MAX_STRIP / line));
  const after = (items: readonly StripItem[], text: string, color?: Color): StripItem => {
    const last = items.at(-1);
    if (last === undefined) return { text, color, x: margin, row: 0 };
    const item = { text, color, x: endOf(last) + gap, row: last.row };
    return endOf(item) <= right ? item : { ...item, x: margin, row: last.row + 1 };
  };
  const items: StripItem[] = [];
  for (const { name, color, share } of [...entries].sort((a, b) => b.share - a.share)) {
    const item = after(items, fittingText(painter, `${name} ${formatShare(share)}`, room, width), color);
    if (item.row >= rows) break;
    items.push(item);
  }
  if (items.length === entries.length) return items;
  for (;;) {
    const count = after(items, `and ${entries.length - items.length} more`);
    if (count.row < rows || items.length <= 1) return count.row < rows ? [...items, count] : items;
    items.pop();
  }
}

/**
 * A copy of the image with the name of each class where its largest region is widest, in a tag of its colour. Classes
 * of less than 0.2 % and those whose tag would cover another are left without one, the smallest first.
 *
 * @param labels the classes `[height, width]`, of the image's size
 */
export async function withRegionLabels(
  image: RgbImage,
  labels: LabelMap,
  entries: readonly LegendEntry[],
): Promise<RgbImage> {
  const { width, height } = image;
  const drawn = { width, height, data: image.data.slice() };
  const style = styleFor(width, height);
  if (style.tagHeight > height) return drawn;
  const painter = await loadTextPainter();
  const middles = regionMiddles(labels);
  const taken: PixelArea[] = [];
  for (const { id, name, color, share } of [...entries].sort((a, b) => b.share - a.share)) {
    const middle = middles.get(id);
    if (share < MIN_LABEL_SHARE || middle === undefined) continue;
    const text = fittingText(painter, name, style, width);
    const size = tagSize(painter, text, style);
    const left = Math.max(0, Math.min(width - size.width, Math.round(middle.x - size.width / 2)));
    const top = Math.max(0, Math.min(height - size.height, Math.round(middle.y - size.height / 2)));
    const area = { left, top, right: left + size.width, bottom: top + size.height };
    if (!text || taken.some((other) => overlap(area, other))) continue;
    taken.push(area);
    drawTag(drawn, painter, area, text, style, color);
  }
  return drawn;
}

/** For each id the pixel that is furthest from other ids and from the border, on a coarse grid. */
function regionMiddles({ width, height, data }: LabelMap): Map<number, { x: number; y: number }> {
  const step = Math.max(1, Math.ceil(Math.max(width, height) / GRID));
  const columns = Math.ceil(width / step);
  const rows = Math.ceil(height / step);
  const ids = new Uint16Array(columns * rows);
  for (let y = 0; y < rows; y++) {
    const from = Math.min(height - 1, y * step + (step >> 1)) * width;
    for (let x = 0; x < columns; x++) {
      ids[y * columns + x] = data[from + Math.min(width - 1, x * step + (step >> 1))];
    }
  }
  // City-block distances in two sweeps.
  const distance = new Uint16Array(columns * rows);
  const reach = (at: number, from: number, inside: boolean) =>
    inside && ids[from] === ids[at] ? distance[from] + 1 : 1;
  for (let y = 0, at = 0; y < rows; y++) {
    for (let x = 0; x < columns; x++, at++) {
      distance[at] = Math.min(reach(at, at - 1, x > 0), reach(at, at - columns, y > 0));
    }
  }
  for (let y = rows - 1, at = ids.length - 1; y >= 0; y--) {
    for (let x = columns - 1; x >= 0; x--, at--) {
      const back = Math.min(reach(at, at + 1, x < columns - 1), reach(at, at + columns, y < rows - 1));
      distance[at] = Math.min(distance[at], back);
    }
  }
  const best = new Map<number, number>();
  for (let at = 0; at < ids.length; at++) {
    const known = best.get(ids[at]);
    if (known === undefined || distance[at] > distance[known]) best.set(ids[at], at);
  }
  return new Map(
    [...best].map((
      [id, at],
    ) => [id, { x: (at % columns + 0.5) * step, y: (Math.floor(at / columns) + 0.5) * step }]),
  );
}

function formatShare(share: number): string {
  const percent = share * 100;
  return percent < 0.1 ? "<0.1 %" : `${percent.toFixed(percent < 10 ? 1 : 0)} %`;
}
