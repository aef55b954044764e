import type { Column } from "../console/table.ts";
import { type Html, html } from "./html.ts";

/** A column whose cells have a value to sort by besides what they show. */
export interface SortableColumn<Row> {
  readonly title: string;
  readonly text: (row: Row) => string;
  /** Cells without one come last. Text is sorted by what is shown. */
  readonly value?: (row: Row) => number | undefined;
}

/** Options of {@linkcode sortableTable}. */
export interface SortableTableOptions<Row> {
  /** Rows that stay at the end and stand out, such as a total. */
  readonly total?: (row: Row) => boolean;
}

/**
 * A table that a click on a title sorts: the largest (or first) on top, then the smallest, then as it was. The page
 * needs {@linkcode SORTING}; without it the table is an ordinary one.
 */
export function sortableTable<Row>(
  rows: readonly Row[],
  columns: readonly SortableColumn<Row>[],
  { total }: SortableTableOptions<Row> = {},
): Html {
  const align = ({ value }: SortableColumn<Row>) => value ? "right" : "";
  const cell = (row: Row, column: SortableColumn<Row>) => {
    const value = column.value?.(row);
    return value === undefined
      ? html`<td class="${align(column)}">${column.text(row)}</td>`
      : html`<td class="${align(column)}" data-value="${value}">${column.text(row)}</td>`;
  };
  const line = (row: Row, name: string) =>
    html`<tr class="${name}">${columns.map((column) => cell(row, column))}</tr>`;
  const totals = total ? rows.filter(total) : [];
  const body = total ? rows.filter((row) => !total(row)) : rows;
  return html`
    <div class="scroll">
      <table class="sortable">
        <thead>
          <tr>${columns.map((column) => html`<th class="${align(column)}">${column.title}</th>`)}</tr>
        </thead>
        <tbody>${body.map((row) => line(row, ""))}</tbody>
        <tfoot>${totals.map((row) => line(row, "total"))}</tfoot>
      </table>
    </div>
  `;
}

/** A column of a table on the terminal, to be sorted by its plain value. */
export function sortableColumn<Row>(
  { title, value }: Column<Row>,
  plain?: (row: Row) => number | undefined,
): SortableColumn<Row> {
  return { title, text: (row) => String(value(row) ?? ""), value: plain };
}

/** The script behind {@linkcode sortableTable}: it turns titles into buttons that sort. */
export const SORTING = `
for (const table of document.querySelectorAll("table.sortable")) {
  const body = table.tBodies[0];
  const original = [...body.rows];
  const titles = [...table.tHead.rows[0].cells];
  const key = (row, column) => {
    const cell = row.cells[column];
    return titles[column].className === "right"
      ? "value" in cell.dataset ? Number(cell.dataset.value) : undefined
      : cell.textContent.trim();
  };
  const compare = (a, b, sign) => {
    if (a === undefined || b === undefined) return (a === undefined) - (b === undefined);
    return sign * (typeof a === "number" ? b - a : a.localeCompare(b, "en", { numeric: true }));
  };
  const ORDERS = { none: "first", first: "last", last: "none" };
  titles.forEach((title, column) => {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...title.childNodes);
    button.addEventListener("click", () => {
      const order = ORDERS[title.dataset.order ?? "none"];
      for (const other of titles) {
        delete other.dataset.order;
        other.removeAttribute("aria-sort");
      }
      title.dataset.order = order;
      const numeric = title.className === "right";
      if (order !== "none") {
        title.setAttribute("aria-sort", numeric === (order === "first") ? "descending" : "ascending");
      }
      const rows = order === "none"
        ? original
        : original.toSorted((a, b) => compare(key(a, column), key(b, column), order === "first" ? 1 : -1));
      body.append(...rows);
    });
    title.append(button);
  });
}
`;
