import type { Color } from "../../core/images/mod.ts";
import { cssColor } from "./css_color.ts";
import { type Content, type Html, html } from "./html.ts";

/** One bar. */
export interface Bar {
  readonly label: string;
  /** `null` draws no bar. */
  readonly value: number | null;
  /** What stands at its end. */
  readonly text: string;
  /** A swatch beside the label, such as the colour of a class. */
  readonly swatch?: Color;
  /** The bar itself; the accent colour by default. */
  readonly color?: Color;
  /** Shown when the pointer rests on it. */
  readonly hint?: string;
}

/** How bars are drawn. */
export interface BarChartOptions {
  /** What the chart shows, for those who cannot see it. */
  readonly title: string;
  /** The value whose bar has the full width. @default {1} */
  readonly most?: number;
  /** Values with a line and a number. @default {quarters of `most`} */
  readonly ticks?: readonly number[];
  /** How the values of ticks are written. */
  readonly format?: (value: number) => string;
}

const ROW = 22;
const BAR = 14;
const LENGTH = 560;
/** Room for the text at the end of the longest bar. */
const END = 90;
/** Of the axis above the bars. */
const TOP = 20;
/** A generous mean width of a letter at 12 px. */
const LETTER = 7;

/** Horizontal bars from 0, one below the other, as SVG. */
export function barChart(bars: readonly Bar[], options: BarChartOptions): Html {
  const { title, most = 1, format = String } = options;
  const ticks = options.ticks ?? [0, 0.25, 0.5, 0.75, 1].map((share) => share * most);
  const left = 30 + LETTER * Math.max(1, ...bars.map(({ label }) => [...label].length));
  const at = (value: number) => left + LENGTH * Math.min(1, Math.max(0, most > 0 ? value / most : 0));
  const height = TOP + ROW * bars.length;
  const grid = ticks.map((value) =>
    html`
      <line class="grid" x1="${px(at(value))}" x2="${px(at(value))}" y1="${TOP}" y2="${height}" />
      <text class="soft" x="${px(at(value))}" y="${TOP - 7}" text-anchor="middle">${format(value)}</text>
    `
  );
  const rows = bars.map((bar, k) => barRow(bar, TOP + ROW * k, left, at));
  return html`
    <div class="scroll">
      <svg role="img" aria-label="${title}" width="${left + LENGTH + END}" height="${height + 4}"
        viewBox="0 0 ${left + LENGTH + END} ${height + 4}">${grid}${rows}</svg>
    </div>
  `;
}

function barRow(
  { label, value, text, swatch, color, hint }: Bar,
  top: number,
  left: number,
  at: (value: number) => number,
): Content {
  const baseline = top + ROW / 2 + 4;
  const end = value === null ? left : at(value);
  const fill = color === undefined ? "var(--accent)" : cssColor(color);
  return html`<g>${hint === undefined ? null : html`<title>${hint}</title>`}${
    swatch === undefined ? null : html`
      <rect x="0" y="${top + 5}" width="12" height="12" rx="2" fill="${cssColor(swatch)}" stroke="#0003" />
    `
  }<text x="${left - 8}" y="${baseline}" text-anchor="end">${label}</text>${
    value === null ? null : html`
      <rect x="${left}" y="${top + (ROW - BAR) / 2}" width="${px(
        Math.max(1, end - left),
      )}" height="${BAR}" rx="2" fill="${fill}" />
    `
  }<text class="${value === null ? "soft" : ""}" x="${px(end + 6)}" y="${baseline}">${text}</text></g>`;
}

function px(value: number): string {
  return String(Math.round(value * 10) / 10);
}
