import type { Color } from "../../core/images/mod.ts";
import { cssColor } from "./css_color.ts";
import { type Html, html } from "./html.ts";

/** Two values of one thing, on the same scale. */
export interface BarPair {
  readonly label: string;
  /** `null` draws no bar. */
  readonly values: readonly [first: number | null, second: number | null];
  /** What stands at the end of the longer bar. */
  readonly text: string;
  /** Shown when the pointer rests on the pair. */
  readonly hint?: string;
}

/** One of the two quantities. */
export interface BarSeries {
  readonly name: string;
  readonly color: Color;
}

/** How pairs are drawn. */
export interface PairedBarChartOptions {
  /** What the chart shows, for those who cannot see it. */
  readonly title: string;
  readonly series: readonly [first: BarSeries, second: BarSeries];
  /** How values on the axis are written. */
  readonly format: (value: number) => string;
}

const ROW = 22;
const BAR = 8;
const LENGTH = 560;
/** A generous mean width of a letter at 12 px. */
const LETTER = 7;
/** Of the axis above the bars. */
const TOP = 20;
const GRID_LINES = 5;

/** Two quantities of many things as horizontal bars, a pair below the other, as SVG with a legend. */
export function pairedBarChart(pairs: readonly BarPair[], options: PairedBarChartOptions): Html {
  const { title, series, format } = options;
  const letters = (texts: readonly string[]) => Math.max(1, ...texts.map((text) => [...text].length));
  const left = 12 + LETTER * letters(pairs.map(({ label }) => label));
  const width = left + LENGTH + 20 + LETTER * letters(pairs.map(({ text }) => text));
  const height = TOP + ROW * pairs.length;
  const ticks = niceTicks(Math.max(0, ...pairs.flatMap(({ values }) => values.map((value) => value ?? 0))));
  const max = ticks.at(-1)!;
  const length = (value: number) => Math.max(0, value / max * LENGTH);
  const grid = ticks.map((tick) => {
    const x = px(left + length(tick));
    return html`
      <line class="grid" x1="${x}" x2="${x}" y1="${TOP}" y2="${height}" />
      <text class="soft" x="${x}" y="${TOP - 7}" text-anchor="middle">${format(tick)}</text>
    `;
  });
  const rows = pairs.map(({ label, values, text, hint }, k) => {
    const top = TOP + ROW * k;
    const baseline = top + ROW / 2 + 4;
    const longest = Math.max(0, ...values.map((value) => value ?? 0));
    const bars = values.map((value, index) =>
      value === null ? null : html`
        <rect x="${px(left)}" y="${top + ROW / 2 - BAR + BAR * index}" width="${px(
          Math.max(value > 0 ? 1 : 0, length(value)),
        )}" height="${BAR - 1}" rx="1.5" fill="${cssColor(series[index].color)}" />
      `
    );
    return html`<g>${hint === undefined ? null : html`<title>${hint}</title>`}<text x="${
      px(left - 8)
    }" y="${baseline}" text-anchor="end">${label}</text>${bars}<text class="soft" x="${
      px(left + length(longest) + 6)
    }" y="${baseline}">${text}</text></g>`;
  });
  return html`
    <p class="legend">${series.map(({ name, color }) =>
      html`<span><span class="swatch" style="background:${cssColor(color)}"></span>${name}</span>`
    )}</p>
    <div class="scroll">
      <svg role="img" aria-label="${title}" width="${px(width)}" height="${height + 4}"
        viewBox="0 0 ${px(width)} ${height + 4}">${grid}${rows}</svg>
    </div>
  `;
}

/** Round numbers from 0 to the first that is not below `max`. */
function niceTicks(max: number): number[] {
  if (!(max > 0)) return [0, 1];
  const power = 10 ** Math.floor(Math.log10(max / GRID_LINES));
  const step = [1, 2, 2.5, 5, 10].map((factor) => factor * power).find((size) => size * GRID_LINES >= max)!;
  return Array.from({ length: Math.ceil(max / step - 1e-9) + 1 }, (_, k) => k * step);
}

function px(value: number): string {
  return String(Math.round(value * 10) / 10);
}
