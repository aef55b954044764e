import type { Color } from "../../core/images/mod.ts";
import type { Column } from "../console/table.ts";
import { type Content, cssColor, type Html, html } from "./html.ts";

/** Options of {@linkcode htmlTable}. */
export interface HtmlTableOptions<Row> {
  /** Rows that stand out, such as a mean. */
  readonly total?: (row: Row) => boolean;
  /** A swatch in the first column, such as the colour of a class. */
  readonly swatch?: (row: Row) => Color | undefined;
}

/** Letters of a cell that is broken into lines where there is little room; shorter ones never are. */
const LONG_TEXT = 32;

/** A table in HTML, from the columns that tables on the terminal are made of. */
export function htmlTable<Row>(
  rows: readonly Row[],
  columns: readonly Column<Row>[],
  { total, swatch }: HtmlTableOptions<Row> = {},
): Html {
  const right = columns.map((column) =>
    column.align === "right" ||
    (column.align === undefined && rows.some((row) => typeof column.value(row) === "number"))
  );
  const align = (k: number) => right[k] ? "right" : "";
  const cell = (row: Row, column: Column<Row>, k: number): Content => {
    const color = k === 0 ? swatch?.(row) : undefined;
    const text = cellText(column, row);
    return html`<td class="${text.length > LONG_TEXT ? "long" : align(k)}">${
      color === undefined ? null : html`<span class="swatch" style="background:${cssColor(color)}"></span>`
    }${text}</td>`;
  };
  return html`
    <div class="scroll">
      <table>
        <thead>
          <tr>${columns.map(({ title }, k) => html`<th class="${align(k)}">${title}</th>`)}</tr>
        </thead>
        <tbody>${rows.map((row) =>
          html`<tr class="${total?.(row) ? "total" : ""}">${
            columns.map((column, k) => cell(row, column, k))
          }</tr>`
        )}</tbody>
      </table>
    </div>
  `;
}

function cellText<Row>({ value, format }: Column<Row>, row: Row): string {
  const found = value(row);
  if (found === null || found === undefined) return "–";
  return typeof found === "number" && format ? format(found) : String(found);
}
