/**
 * Reports: self-contained HTML pages with charts and pictures, built from small functions that return escaped
 * pieces.
 *
 * @module
 */
export { type Bar, barChart, type BarChartOptions } from "./bar_chart.ts";
export { FILTERING, gallery, type GalleryItem } from "./gallery.ts";
export { heatMap, type HeatMapOptions } from "./heat_map.ts";
export { type Content, cssColor, escapeHtml, type Html, html, render } from "./html.ts";
export { htmlTable, type HtmlTableOptions } from "./html_table.ts";
export { type Line, lineChart, type LineChartOptions } from "./line_chart.ts";
export { logScatterChart, type LogScatterChartOptions, type ScatterPoint } from "./log_scatter_chart.ts";
export { type Figure, formatPage, type Page, type Section } from "./page.ts";
export {
  type BarPair,
  type BarSeries,
  pairedBarChart,
  type PairedBarChartOptions,
} from "./paired_bar_chart.ts";
export {
  commandLine,
  type DataSource,
  type Fact,
  fileSource,
  filesSource,
  type ModelSource,
  modelSource,
  type Provenance,
} from "./provenance.ts";
export { dataUri, photoUri, type Picture, type Tile, tiles } from "./pictures.ts";
export { scatterChart, type ScatterChartOptions, type ScatterSeries } from "./scatter_chart.ts";
export { type TimeRow, timeRows } from "./time_rows.ts";
export {
  type SortableColumn,
  sortableColumn,
  sortableTable,
  type SortableTableOptions,
  SORTING,
} from "./sortable_table.ts";
