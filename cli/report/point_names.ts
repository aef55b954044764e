/** The names of points in a chart: they evade each other and the points. */
import { type Html, html } from "./html.ts";

/** The measures of charts of points, in pixels. */
export const CHART = {
  width: 960,
  height: 480,
  plot: { left: 64, top: 12, right: 810, bottom: 434 },
  /** Of a point. */
  radius: 4,
} as const;

const { width: WIDTH, plot: PLOT, radius: RADIUS } = CHART;
const LETTER = 6.4;
const LINE = 12;
/** Between a dot and its name. */
const GAP = 3;
/** The lines above and below a dot that its name may be on, in order. */
const RINGS = [0, -1, 1, -2, 2, -3, 3, -4, 4, -5, 5, -6, 6, -7, 7, -8, 8];

interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** Each name takes the nearest place where no dot and no other name is; one that finds none is left to the hint. */
export function placeNames(
  points: readonly { readonly x: number; readonly y: number; readonly label?: string }[],
  x: (value: number) => number,
  y: (value: number) => number,
): Html[] {
  const taken: Box[] = points.map((point) => ({
    x: x(point.x) - RADIUS,
    y: y(point.y) - RADIUS,
    width: 2 * RADIUS,
    height: 2 * RADIUS,
  }));
  return points.flatMap((point): Html[] => {
    if (point.label === undefined) return [];
    const [cx, cy, width] = [x(point.x), y(point.y), LETTER * [...point.label].length];
    const places = RINGS.flatMap((step) =>
      [1, -1].map((side): Box => ({
        x: side > 0 ? cx + RADIUS + GAP : cx - RADIUS - GAP - width,
        y: cy - LINE / 2 + step * LINE,
        width,
        height: LINE,
      }))
    );
    const free = (box: Box) =>
      box.x >= PLOT.left && box.x + box.width <= WIDTH && box.y >= 0 && box.y + LINE <= PLOT.bottom + LINE &&
      !taken.some((other) => overlap(box, other));
    const box = places.find(free);
    if (!box) return [];
    taken.push(box);
    const isFar = Math.abs(box.y + LINE / 2 - cy) > LINE;
    const near = box.x > cx ? box.x : box.x + width;
    return [
      html`${
        isFar
          ? html`
            <line stroke="var(--soft)" stroke-opacity="0.5" x1="${px(cx)}" y1="${px(cy)}" x2="${px(near)}"
              y2="${px(box.y + LINE / 2)}" />
          `
          : null
      }<text class="small halo" x="${px(box.x)}" y="${px(box.y + LINE - 2.5)}">${point.label}</text>`,
    ];
  });
}

function overlap(left: Box, right: Box): boolean {
  return left.x < right.x + right.width && right.x < left.x + left.width &&
    left.y < right.y + right.height && right.y < left.y + left.height;
}

function px(value: number): string {
  return String(Math.round(value * 10) / 10);
}
