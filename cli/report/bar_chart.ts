import type { Color } from "../../core/images/mod.ts";
import { type Content, cssColor, type Html, html } from "./html.ts";

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
  readonly max?: number;
  /** Values with a line and a number. @default {quarters of `max`} */
  readonly ticks?: readonly number[];
  /** How the values of ticks are written. */
  readonly format?: (value: number) => string;
}

/**
 * Horizontal bars from 0, one below the other. They are boxes whose lengths are shares of the available width, so a
 * narrow window shows all of them; the style sheet has the rest (`.bars`).
 */
export function barChart(bars: readonly Bar[], options: BarChartOptions): Html {
  const { title, max = 1, format = String } = options;
  const ticks = options.ticks ?? [0, 0.25, 0.5, 0.75, 1].map((share) => share * max);
  const share = (value: number) => max > 0 ? Math.min(1, Math.max(0, value / max)) : 0;
  const end = textRoom(bars.filter(({ value }) => value !== null).map(({ text }) => text));
  return html`
    <div class="bars" role="group" aria-label="${title}" style="--end:${end}">
      <div class="ticks" style="grid-row:1 / span ${bars.length + 1}">${ticks.map((value) =>
        html`<div style="left:${percent(share(value))}"><span>${format(value)}</span></div>`
      )}</div>${bars.map((bar, k) => barRow(bar, k + 2, share))}</div>
  `;
}

function barRow(
  { label, value, text, swatch, color, hint }: Bar,
  row: number,
  share: (value: number) => number,
): Content {
  const place = `grid-row:${row}`;
  const title = hint ?? `${label}: ${text}`;
  const fill = color === undefined ? "" : `;background:${cssColor(color)}`;
  return html`
    <div class="label" style="${place}" title="${title}">${label}${swatch === undefined
      ? null
      : html`<span class="swatch" style="background:${cssColor(swatch)}"></span>`}</div>
    <div class="bar" style="${place}" title="${title}">${value === null
      ? html`<span class="none">${text}</span>`
      : html`<i style="width:${percent(share(value))}${fill}"></i><span>${text}</span>`}</div>
  `;
}

/** A generous mean width of a letter, in `em`. */
const LETTER = 0.6;

/** Room for the longest text at the end of a bar of full width, as CSS. */
export function textRoom(texts: readonly string[]): string {
  return `${(LETTER * Math.max(1, ...texts.map((text) => [...text].length)) + 1).toFixed(1)}em`;
}

/** A share as CSS. */
export function percent(share: number): string {
  return `${Math.round(share * 10_000) / 100}%`;
}
