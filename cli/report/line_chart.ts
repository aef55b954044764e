import type { Color } from "../../core/images/mod.ts";
import { type Content, cssColor, type Html, html } from "./html.ts";

/** One line of a chart. */
export interface Line {
  readonly label: string;
  /** Both from 0 to 1, by ascending `x`. */
  readonly points: readonly { readonly x: number; readonly y: number }[];
  readonly color: Color;
}

/** How lines are drawn. */
export interface LineChartOptions {
  /** What the chart shows, for those who cannot see it. */
  readonly title: string;
  /** A point worth a dot, and what is shown when the pointer rests on it. */
  readonly dot?: { readonly x: number; readonly y: number; readonly hint: string };
  /** Of the plot itself, in pixels. @default {180} */
  readonly side?: number;
}

const LEFT = 24;
const BOTTOM = 18;
const MARGIN = 8;
const TICKS = [0, 0.25, 0.5, 0.75, 1];

/** Lines in a square from (0, 0) to (1, 1), as SVG. */
export function lineChart(lines: readonly Line[], options: LineChartOptions): Html {
  const { title, dot, side = 180 } = options;
  const [width, height] = [LEFT + side + MARGIN, MARGIN + side + BOTTOM];
  const x = (value: number) => px(LEFT + side * value);
  const y = (value: number) => px(MARGIN + side * (1 - value));
  const grid = TICKS.map((tick) =>
    html`
      <line class="grid" x1="${x(tick)}" x2="${x(tick)}" y1="${y(0)}" y2="${y(1)}" />
      <line class="grid" x1="${x(0)}" x2="${x(1)}" y1="${y(tick)}" y2="${y(tick)}" />
    `
  );
  const numbers = [0, 0.5, 1].map((tick) =>
    html`
      <text class="soft small" x="${x(tick)}" y="${px(MARGIN + side + 13)}" text-anchor="middle">${String(
        tick,
      )}</text>
      <text class="soft small" x="${px(LEFT - 5)}" y="${px(
        MARGIN + side * (1 - tick) + 4,
      )}" text-anchor="end">${String(tick)}</text>
    `
  );
  const point = dot && html`
    <circle cx="${x(dot.x)}" cy="${y(dot.y)}" r="3.5" fill="var(--ink)">
      <title>${dot.hint}</title>
    </circle>
  `;
  return html`
    <svg role="img" aria-label="${title}" width="${width}" height="${height}"
      viewBox="0 0 ${width} ${height}">${grid}${numbers}${lines.map((line) => path(line, x, y))}${point}</svg>
  `;
}

/** Points on a straight line between their neighbours are left out. */
function path(
  { label, points, color }: Line,
  x: (value: number) => string,
  y: (value: number) => string,
): Content {
  const turns = points.filter((point, k) => {
    const [before, after] = [points[k - 1], points[k + 1]];
    return !(before && after && before.y === point.y && point.y === after.y);
  });
  const steps = turns.map((point, k) => `${k === 0 ? "M" : "L"}${x(point.x)} ${y(point.y)}`).join("");
  return html`
    <path d="${steps}" fill="none" stroke="${cssColor(color)}" stroke-width="1.6" stroke-linejoin="round">
      <title>${label}</title>
    </path>
  `;
}

function px(value: number): string {
  return String(Math.round(value * 10) / 10);
}
