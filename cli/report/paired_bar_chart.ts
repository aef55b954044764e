import type { Color } from "../../core/images/mod.ts";
import { percent, textRoom } from "./bar_chart.ts";
import { cssColor, type Html, html } from "./html.ts";

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

const GRID_LINES = 5;
/** The shortest bar that can be seen, as a part of the width. */
const MIN_SHARE = 0.002;

/**
 * Two quantities of many things as horizontal bars, a pair below the other, with a legend. As in a chart of single bars
 * their lengths are shares of the room there is, so a narrow window shows all of them.
 */
export function pairedBarChart(pairs: readonly BarPair[], options: PairedBarChartOptions): Html {
  const { title, series, format } = options;
  const ticks = niceTicks(Math.max(0, ...pairs.flatMap(({ values }) => values.map((value) => value ?? 0))));
  const share = (value: number) => value > 0 ? Math.max(MIN_SHARE, value / ticks.at(-1)!) : 0;
  const shown = series.filter((_, k) => pairs.some(({ values }) => values[k] !== null));
  const end = textRoom(pairs.map(({ text }) => text));
  const rows = pairs.map(({ label, values, text, hint }, k) => {
    const place = `grid-row:${k + 2}`;
    const shares = values.map((value) => value === null ? null : share(value));
    const longest = Math.max(0, ...shares.map((value) => value ?? 0));
    const bars = shares.map((value, index) =>
      html`<i style="width:${percent(longest > 0 ? (value ?? 0) / longest : 0)};background:${
        cssColor(series[index].color)
      }"></i>`
    );
    return html`
      <div class="label" style="${place}" title="${hint ?? label}">${label}</div>
      <div class="bar" style="${place}"
        title="${hint ?? text}"><b style="width:${percent(longest)}">${bars}</b><span>${text}</span></div>
    `;
  });
  return html`
    <p class="legend">${shown.map(({ name, color }) =>
      html`<span><span class="swatch series" style="background:${cssColor(color)}"></span>${name}</span>`
    )}</p>
    <div class="bars" role="group" aria-label="${title}" style="--end:${end}">
      <div class="ticks" style="grid-row:1 / span ${pairs.length + 1}">${ticks.map((tick) =>
        html`<div style="left:${percent(share(tick))}"><span>${format(tick)}</span></div>`
      )}</div>${rows}</div>
  `;
}

/** Round numbers from 0 to the first that is not below `max`. */
function niceTicks(max: number): number[] {
  if (!(max > 0)) return [0, 1];
  const power = 10 ** Math.floor(Math.log10(max / GRID_LINES));
  const step = [1, 2, 2.5, 5, 10].map((factor) => factor * power).find((size) => size * GRID_LINES >= max)!;
  return Array.from({ length: Math.ceil(max / step - 1e-9) + 1 }, (_, k) => k * step);
}
