import type { Color } from "../../core/images/mod.ts";
import { cssColor, type Html, html } from "./html.ts";
import type { ScatterPoint } from "./log_scatter_chart.ts";
import { CHART, placeNames } from "./point_names.ts";

/** A kind of points. */
export interface ScatterSeries {
  readonly name: string;
  readonly color: Color;
  /** Small and pale: many points that are not looked at one by one. @default {false} */
  readonly faint?: boolean;
  /** Whether a line joins its points, in order. @default {false} */
  readonly joined?: boolean;
}

/** How points are drawn. */
export interface ScatterChartOptions {
  /** What the chart shows, for those who cannot see it. */
  readonly title: string;
  readonly xTitle: string;
  readonly yTitle: string;
  readonly xFormat: (value: number) => string;
  readonly yFormat: (value: number) => string;
  readonly series: readonly ScatterSeries[];
  /** A dashed upright line, with a few words on what it means. */
  readonly mark?: { readonly x: number; readonly text: string };
}

const { width: WIDTH, height: HEIGHT, plot: PLOT, radius: RADIUS } = CHART;

/** About so many lines of the grid along each axis. */
const TICKS = 7;

/** Relative to the larger value. */
const NEARLY_EQUAL = 1e-6;

type Range = readonly [low: number, high: number];

/** Points over two even axes, as SVG with a legend; names evade each other. */
export function scatterChart(points: readonly ScatterPoint[], options: ScatterChartOptions): Html {
  const { title, xTitle, yTitle, xFormat, yFormat, series, mark } = options;
  const [xTicks, yTicks] = [
    evenTicks([...points.map(({ x }) => x), ...(mark ? [mark.x] : [])]),
    evenTicks(points.map(({ y }) => y)),
  ];
  const at = (value: number, [low, high]: Range, from: number, to: number) =>
    from + (to - from) * (value - low) / (high - low);
  const x = (value: number) => at(value, endsOf(xTicks), PLOT.left, PLOT.right);
  const y = (value: number) => at(value, endsOf(yTicks), PLOT.bottom, PLOT.top);
  const grid = [
    ...xTicks.map((tick) =>
      html`
        <line class="grid" x1="${px(x(tick))}" x2="${px(x(tick))}" y1="${PLOT.top}" y2="${PLOT.bottom}" />
        <text class="soft" x="${px(x(tick))}" y="${PLOT.bottom + 16}" text-anchor="middle">${xFormat(
          tick,
        )}</text>
      `
    ),
    ...yTicks.map((tick) =>
      html`
        <line class="grid" x1="${PLOT.left}" x2="${PLOT.right}" y1="${px(y(tick))}" y2="${px(y(tick))}" />
        <text class="soft" x="${PLOT.left - 6}" y="${px(y(tick) + 4)}" text-anchor="end">${yFormat(
          tick,
        )}</text>
      `
    ),
  ];
  const lines = series.flatMap(({ joined, color }, index) => {
    const own = points.filter((point) => point.series === index);
    if (!joined || own.length < 2) return [];
    const steps = own.map((point, k) => `${k === 0 ? "M" : "L"}${px(x(point.x))} ${px(y(point.y))}`).join("");
    return [html`<path d="${steps}" fill="none" stroke="${cssColor(color)}" stroke-width="1.6" />`];
  });
  const dots = points.map((point) => {
    const { color, faint } = series[point.series];
    return html`
      <circle cx="${px(x(point.x))}" cy="${px(y(point.y))}" r="${faint
        ? RADIUS / 2
        : RADIUS}" fill="${cssColor(
          color,
        )}" fill-opacity="${faint ? "0.5" : "0.85"}">
        <title>${point.hint}</title>
      </circle>
    `;
  });
  const middle = (PLOT.top + PLOT.bottom) / 2;
  return html`
    <p class="legend">${series.map(({ name, color }) =>
      html`<span><span class="swatch" style="background:${cssColor(color)}"></span>${name}</span>`
    )}${mark && html`<span>dashed: ${mark.text}</span>`}</p>
    <div class="scroll">
      <svg role="img" aria-label="${title}" width="${WIDTH}" height="${HEIGHT}"
        viewBox="0 0 ${WIDTH} ${HEIGHT}">${grid}<text class="soft" x="${(PLOT.left + PLOT.right) /
          2}" y="${HEIGHT -
          8}" text-anchor="middle">${xTitle}</text><text class="soft" x="14" y="${middle}" text-anchor="middle" transform="rotate(-90 14 ${middle})">${yTitle}</text>${mark &&
          html`
            <line x1="${px(x(mark.x))}" x2="${px(x(mark.x))}" y1="${PLOT.top}" y2="${PLOT
              .bottom}" stroke="var(--soft)"
              stroke-dasharray="6 4" />
          `}${lines}${dots}${placeNames(points, x, y)}</svg>
    </div>
  `;
}

/** Round numbers from below the smallest value to above the largest, at even steps. */
export function evenTicks(values: readonly number[]): number[] {
  const [low, high] = values.length === 0 ? [0, 1] : [Math.min(...values), Math.max(...values)];
  const scale = Math.max(Math.abs(low), Math.abs(high));
  // Values that differ in nothing to speak of are one.
  const isFlat = scale <= NEARLY_EQUAL || high - low <= NEARLY_EQUAL * scale;
  const span = !isFlat ? high - low : scale > NEARLY_EQUAL ? scale : 1;
  const power = 10 ** Math.floor(Math.log10(span / TICKS));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((step) => span / step <= TICKS)!;
  const [first, last] = [
    Math.floor(low / step),
    Math.max(Math.ceil(high / step), Math.floor(low / step) + 1),
  ];
  return Array.from({ length: last - first + 1 }, (_, k) => Number(((first + k) * step).toPrecision(12)));
}

function endsOf(ticks: readonly number[]): Range {
  return [ticks[0], ticks.at(-1)!];
}

function px(value: number): string {
  return String(Math.round(value * 10) / 10);
}
