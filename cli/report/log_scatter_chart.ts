import type { Color } from "../../core/images/mod.ts";
import { cssColor, type Html, html } from "./html.ts";
import { CHART, placeNames } from "./point_names.ts";

/** A point; both coordinates above 0. */
export interface ScatterPoint {
  readonly x: number;
  readonly y: number;
  /** Which of the chart's series it belongs to. */
  readonly series: number;
  /** A name beside it. */
  readonly label?: string;
  /** Shown when the pointer rests on it. */
  readonly hint: string;
}

/** How points are drawn. */
export interface LogScatterChartOptions {
  /** What the chart shows, for those who cannot see it. */
  readonly title: string;
  readonly xTitle: string;
  readonly yTitle: string;
  readonly xFormat: (value: number) => string;
  readonly yFormat: (value: number) => string;
  readonly series: readonly { readonly name: string; readonly color: Color }[];
  /** Draws the line y = slope · x, with a few words on what it means. */
  readonly line?: { readonly slope: number; readonly text: string };
  /** Ends that line at a height: y = min(slope · x, ceiling). */
  readonly ceiling?: number;
}

const { width: WIDTH, height: HEIGHT } = CHART;
const PLOT = CHART.plot;

/** Points over two logarithmic axes, as SVG with a legend; names evade each other. */
export function logScatterChart(points: readonly ScatterPoint[], options: LogScatterChartOptions): Html {
  const { title, xTitle, yTitle, xFormat, yFormat, series, line, ceiling } = options;
  const edge = line && ceiling !== undefined ? [{ x: ceiling / line.slope, y: ceiling }] : [];
  const xRange = rangeOf([...points, ...edge].map(({ x }) => x));
  const yRange = rangeOf([...points, ...edge].map(({ y }) => y));
  const at = (value: number, [low, high]: Range, from: number, to: number) =>
    from + (to - from) * Math.log(value / low) / Math.log(high / low);
  const x = (value: number) => at(value, xRange, PLOT.left, PLOT.right);
  const y = (value: number) => at(value, yRange, PLOT.bottom, PLOT.top);
  const grid = [
    ...logTicks(xRange).map((tick) =>
      html`
        <line class="grid" x1="${px(x(tick))}" x2="${px(x(tick))}" y1="${PLOT.top}" y2="${PLOT.bottom}" />
        <text class="soft" x="${px(x(tick))}" y="${PLOT.bottom + 16}" text-anchor="middle">${xFormat(
          tick,
        )}</text>
      `
    ),
    ...logTicks(yRange).map((tick) =>
      html`
        <line class="grid" x1="${PLOT.left}" x2="${PLOT.right}" y1="${px(y(tick))}" y2="${px(y(tick))}" />
        <text class="soft" x="${PLOT.left - 6}" y="${px(y(tick) + 4)}" text-anchor="end">${yFormat(
          tick,
        )}</text>
      `
    ),
  ];
  const dots = points.map((point) =>
    html`
      <circle cx="${px(x(point.x))}" cy="${px(y(point.y))}" r="${CHART.radius}" fill="${cssColor(
        series[point.series].color,
      )}" fill-opacity="0.8">
        <title>${point.hint}</title>
      </circle>
    `
  );
  return html`
    <p class="legend">${series.map(({ name, color }) =>
      html`<span><span class="swatch series" style="background:${cssColor(color)}"></span>${name}</span>`
    )}${line && html`<span>dashed: ${line.text}</span>`}</p>
    <div class="scroll">
      <svg role="img" aria-label="${title}" width="${WIDTH}" height="${HEIGHT}"
        viewBox="0 0 ${WIDTH} ${HEIGHT}">${grid}<text class="soft" x="${(PLOT.left + PLOT.right) /
          2}" y="${HEIGHT -
          8}" text-anchor="middle">${xTitle}</text><text class="soft" x="14" y="${(PLOT.top + PLOT.bottom) /
          2}" text-anchor="middle" transform="rotate(-90 14 ${(PLOT.top + PLOT.bottom) /
          2})">${yTitle}</text>${line &&
          proportionLine(
            line.slope,
            xRange,
            [yRange[0], Math.min(yRange[1], ceiling ?? Infinity)],
            x,
            y,
          )}${edge.map((from) =>
            html`
              <line x1="${px(x(from.x))}" y1="${px(y(from.y))}" x2="${PLOT.right}" y2="${px(
                y(from.y),
              )}" stroke="var(--soft)"
                stroke-dasharray="6 4" />
            `
          )}${dots}${placeNames(
            points,
            x,
            y,
          )}</svg>
    </div>
  `;
}

type Range = readonly [low: number, high: number];

/** A little more than the values need. */
function rangeOf(values: readonly number[]): Range {
  const low = Math.min(...values);
  const high = Math.max(...values);
  return values.length === 0 ? [0.1, 10] : [low / 1.5, high * 1.5];
}

/** Powers of ten, with 2 and 5 between them where there are few. */
function logTicks([low, high]: Range): number[] {
  const decades = Math.log10(high / low);
  const factors = decades > 4 ? [1] : decades > 2 ? [1, 3] : [1, 2, 5];
  const ticks: number[] = [];
  for (let power = Math.floor(Math.log10(low)); power <= Math.log10(high); power++) {
    for (const factor of factors) {
      const tick = factor * 10 ** power;
      if (tick >= low && tick <= high) ticks.push(tick);
    }
  }
  return ticks;
}

/** The part of y = slope · x that lies in the plot. */
function proportionLine(
  slope: number,
  [xLow, xHigh]: Range,
  [yLow, yHigh]: Range,
  x: (value: number) => number,
  y: (value: number) => number,
): Html | undefined {
  const from = Math.max(xLow, yLow / slope);
  const to = Math.min(xHigh, yHigh / slope);
  if (!(from < to)) return undefined;
  return html`
    <line x1="${px(x(from))}" y1="${px(y(from * slope))}" x2="${px(x(to))}" y2="${px(
      y(to * slope),
    )}" stroke="var(--soft)"
      stroke-dasharray="6 4" />
  `;
}

function px(value: number): string {
  return String(Math.round(value * 10) / 10);
}
