import type { Color } from "../../core/images/mod.ts";
import { type Content, cssColor, type Html, html } from "./html.ts";

/** A matrix of shares and how it is drawn. */
export interface HeatMapOptions {
  /** What it shows, for those who cannot see it. */
  readonly title: string;
  readonly rows: readonly string[];
  readonly columns: readonly string[];
  readonly rowsTitle: string;
  readonly columnsTitle: string;
  /** Shares from 0 to 1, `[rows][columns]`; `null` leaves a cell empty. */
  readonly values: readonly (readonly (number | null)[])[];
  /** What is shown when the pointer rests on a cell. */
  readonly hint?: (row: number, column: number, value: number) => string;
  /** Whether cells with equal row and column are right and the others wrong: two colours. @default {false} */
  readonly diagonal?: boolean;
}

const ONE_HUE: Color = [16, 78, 139];
const WRONG: Color = [178, 60, 10];
/** Smaller shares are not drawn. */
const MIN_SHARE = 0.0005;
/** Larger matrices have no numbers in their cells. */
const MAX_NUMBERED = 40;
const LETTER = 7.3;

/**
 * A matrix as coloured cells, in SVG. Colour grows with the square root of the share, so that small shares can be
 * seen; shares of 0.5 % and more are also written, in percent, if the matrix is not too large.
 */
export function heatMap(options: HeatMapOptions): Html {
  const { title, rows, columns, rowsTitle, columnsTitle, values } = options;
  const numbered = Math.max(rows.length, columns.length) <= MAX_NUMBERED;
  const cell = numbered ? 30 : 11;
  const letters = (names: readonly string[]) => Math.max(1, ...names.map((name) => [...name].length));
  const left = 28 + LETTER * letters(rows);
  // Column names stand at 60°.
  const top = 30 + LETTER * letters(columns) * Math.sin(Math.PI / 3);
  const width = left + cell * columns.length;
  const overhang = LETTER * letters(columns) / 2 + 12;
  const height = top + cell * rows.length;
  const small = numbered ? "" : "small";
  const names = [
    ...rows.map((name, k) =>
      html`<text class="${small}" x="${px(left - 6)}" y="${
        px(top + cell * (k + 0.5) + 4)
      }" text-anchor="end">${name}</text>`
    ),
    ...columns.map((name, k) => {
      const [x, y] = [px(left + cell * (k + 0.5) + 3), px(top - 6)];
      return html`
        <text class="${small}" x="${x}" y="${y}"
          transform="rotate(-60 ${x} ${y})">${name}</text>
      `;
    }),
  ];
  const cells = values.flatMap((row, y) =>
    row.map((value, x) =>
      value === null || value < MIN_SHARE
        ? null
        : heatCell(options, y, x, value, left + cell * x, top + cell * y, cell, numbered)
    )
  );
  const middle = px(top + cell * rows.length / 2);
  return html`
    <div class="scroll">
      <svg role="img" aria-label="${title}" width="${px(width + overhang)}" height="${px(height + 4)}"
        viewBox="0 0 ${px(width + overhang)} ${px(
          height + 4,
        )}"><text class="soft" x="12" y="${middle}" text-anchor="middle" transform="rotate(-90 12 ${middle})">${rowsTitle}</text><text class="soft" x="${px(
          left,
        )}" y="12">${columnsTitle}</text><rect x="${px(left)}" y="${px(top)}" width="${px(
          cell * columns.length,
        )}" height="${px(cell * rows.length)}" fill="var(--wash)"/>${names}${cells}</svg>
    </div>
  `;
}

function heatCell(
  { diagonal, hint, rows, columns }: HeatMapOptions,
  row: number,
  column: number,
  value: number,
  x: number,
  y: number,
  size: number,
  numbered: boolean,
): Content {
  const strength = Math.sqrt(Math.min(1, value));
  const hue = diagonal && row !== column ? WRONG : ONE_HUE;
  // A cell of next to nothing is as an empty one, on light and on dark paper.
  const color = `color-mix(in srgb, ${cssColor(hue)} ${px(strength * 100)}%, var(--wash))`;
  const words = hint?.(row, column, value) ??
    `${rows[row]}, ${columns[column]}: ${(value * 100).toFixed(1)} %`;
  const percent = Math.round(value * 100);
  const ink = strength > 0.6 ? "#fff" : "var(--ink)";
  return html`<g><title>${words}</title><rect x="${px(x + 0.5)}" y="${px(y + 0.5)}" width="${
    size - 1
  }" height="${size - 1}" style="fill:${color}"/>${
    numbered && percent > 0
      ? html`
        <text class="small" style="fill:${ink}" x="${px(x + size / 2)}" y="${px(y + size / 2 + 3.5)}"
          text-anchor="middle">${percent}</text>
      `
      : null
  }</g>`;
}

function px(value: number): string {
  return String(Math.round(value * 10) / 10);
}
