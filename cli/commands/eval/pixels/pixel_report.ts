/** The report of a pixel-level evaluation. */
import {
  type ClassRow,
  classRows,
  type Mistake,
  mistakesOf,
  type PairScore,
  rowShares,
  type ScoredPixels,
} from "../../../../datasets/segmentation/mod.ts";
import type { ImageDrawing } from "../../../../models/evaluation/mod.ts";
import type { Column } from "../../../console/table.ts";
import { formatPercent } from "../../../console/format.ts";
import {
  barChart,
  type Content,
  cssColor,
  dataUri,
  type Figure,
  formatPage,
  heatMap,
  html,
  htmlTable,
  type Provenance,
  type Section,
  type Tile,
  tiles as formatTiles,
} from "../../../report/mod.ts";
import { DETAIL_COLUMNS, formatScore } from "../score_tables.ts";

/** What such a report shows. */
export interface PixelReport {
  readonly title: string;
  readonly facts: readonly (readonly [name: string, value: string])[];
  readonly figures: readonly Figure[];
  readonly warnings: readonly string[];
  readonly pixels: ScoredPixels;
  /** Columns of the class table beside IoU and the details. */
  readonly columns?: readonly Column<ClassRow>[];
  /** After the classes, such as categories. */
  readonly more?: readonly Section[];
  /** The worst images. */
  readonly tiles: readonly Tile[];
  readonly provenance: Provenance;
}

const MAX_MISTAKES = 12;

/** The report as the text of an HTML file. */
export function formatPixelReport(report: PixelReport): string {
  const { title, facts, figures, warnings, pixels, columns = [], more = [], tiles, provenance } = report;
  const rows = classRows(pixels);
  const table: Column<ClassRow>[] = [
    { title: "class", value: ({ name }) => name },
    { title: "IoU", value: ({ iou }) => iou, format: formatScore },
    ...columns,
    ...DETAIL_COLUMNS,
  ];
  const sections: Section[] = [
    { title: "IoU of each class", body: iouBars(rows) },
    ...more,
    { title: "Classes in numbers", body: htmlTable(rows, table, { swatch: ({ color }) => color }) },
    {
      title: "What was taken for what",
      note:
        "Each row is a class of the ground truth: how its pixels were labelled, in percent. Right is blue, wrong is " +
        "orange; colour grows with the square root, so that small shares can be seen.",
      body: [confusion(pixels), mistakes(pixels)],
    },
  ];
  if (tiles.length > 0) sections.push(worstImages(pixels, tiles));
  return formatPage({ title, facts, figures, warnings, sections, provenance });
}

function iouBars(rows: readonly ClassRow[]): Content {
  const bars = rows.map(({ name, color, iou, share }) => ({
    label: name,
    value: iou,
    text: iou === null ? "does not occur" : iou.toFixed(3),
    swatch: color,
    hint: `${name}: IoU ${formatScore(iou)}, ${
      share === null ? "no" : formatPercent(share)
    } of the scored pixels`,
  }));
  return barChart(bars, { title: "Intersection over union of each class" });
}

function confusion(pixels: ScoredPixels): Content {
  const { columns, shares } = rowShares(pixels);
  const { names } = pixels;
  return heatMap({
    title: "Confusion matrix",
    rows: names,
    columns,
    rowsTitle: "ground truth",
    columnsTitle: "prediction",
    values: shares,
    diagonal: true,
    hint: (row, column, share) =>
      row === column
        ? `${formatPercent(share)} of ${names[row]} is right`
        : `${formatPercent(share)} of ${names[row]} was taken for ${columns[column]}`,
  });
}

function mistakes(pixels: ScoredPixels): Content {
  const all = mistakesOf(pixels);
  const wrong = all.reduce((total, mistake) => total + mistake.pixels, 0);
  const columns: Column<Mistake>[] = [
    { title: "truth", value: ({ truth }) => truth },
    { title: "taken for", value: ({ prediction }) => prediction },
    { title: "of that class", value: ({ share }) => share, format: formatPercent },
    { title: "of all wrong pixels", value: (mistake) => mistake.pixels / wrong, format: formatPercent },
  ];
  return all.length === 0 ? null : htmlTable(all.slice(0, MAX_MISTAKES), columns);
}

function worstImages({ names, colors }: ScoredPixels, tiles: readonly Tile[]): Section {
  const legend = names.map((name, k) => {
    const color = colors[k];
    return color &&
      html`<span><span class="swatch" style="background:${cssColor(color)}"></span>${name}</span>`;
  });
  const unscored = html`<span><span class="swatch" style="background:#000"></span>none of them</span>`;
  return {
    title: tiles.length === 1 ? "The image" : `The ${tiles.length} worst images`,
    note: "Those with the lowest mean IoU over the classes that occur in them.",
    body: [html`<div class="legend">${legend}${unscored}</div>`, formatTiles(tiles)],
  };
}

/** What a report shows of one image: photo, truth, prediction and errors. */
export function imageTile(
  title: string,
  { meanIou, pixelAccuracy }: PairScore,
  { photo, truth, prediction, errors }: ImageDrawing,
): Tile {
  return {
    title,
    note: `mean IoU of its classes ${formatScore(meanIou)}, pixels right ${formatScore(pixelAccuracy)}`,
    pictures: [
      ...(photo === null ? [] : [{ uri: dataUri(photo, "image/jpeg"), caption: "photo" }]),
      { uri: dataUri(truth, "image/png"), caption: "truth" },
      { uri: dataUri(prediction, "image/png"), caption: "prediction" },
      { uri: dataUri(errors, "image/jpeg"), caption: "wrong in red, not scored nearly black" },
    ],
  };
}
