/** What changes over time, a row for each thing. */
import type { Color } from "../../core/images/mod.ts";
import { type Content, cssColor, type Html, html } from "./html.ts";

/** A row. */
export interface TimeRow {
  readonly label: string;
  readonly color?: Color;
  /** 0…1 for each interval; `NaN` where nothing is known, and what was before is shown on. */
  readonly values: ArrayLike<number>;
  /** What stands behind it, such as its maximum. */
  readonly text: string;
}

/** Areas over one time axis, as wide as the page. */
export function timeRows(
  rows: readonly TimeRow[],
  { title, ticks }: { readonly title: string; readonly ticks: readonly string[] },
): Html {
  return html`
    <div class="times" role="img" aria-label="${title}">${rows.map(formatRow)}<div class="clock">${ticks.map((
      tick,
    ) => html`<span>${tick}</span>`)}</div></div>
  `;
}

function formatRow({ label, color, values, text }: TimeRow): Content {
  const swatch = color && html`<i class="swatch" style="background:${cssColor(color)}"></i>`;
  const fill = color === undefined ? "var(--accent)" : cssColor(color);
  const width = values.length;
  return html`
    <div class="label">${swatch}${label}</div>
    <svg width="100%" height="26" viewBox="0 0 ${width} 1" preserveAspectRatio="none">
      <path d="${area(values)}" fill="${fill}">
        <title>${label}, ${text}</title>
      </path>
    </svg>
    <div class="text">${text}</div>
  `;
}

/** Steps from left to right, closed along the ground. */
function area(values: ArrayLike<number>): string {
  let path = "M0 1";
  let height = 0;
  for (let k = 0; k < values.length; k++) {
    const value = Number.isNaN(values[k]) ? height : values[k];
    if (value !== height) path += `H${k}V${Number((1 - value).toFixed(3))}`;
    height = value;
  }
  return `${path}H${values.length}V1Z`;
}
