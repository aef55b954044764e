/** The parts of a report that say what went wrong. */
import type { Color } from "../../../../core/images/mod.ts";
import {
  categoryLabels,
  type Confusion,
  confusions,
  confusionShares,
  CROWD_COLOR,
  type DetectionAnalysis,
  ERROR_COLORS,
  ERROR_TYPES,
  type ErrorType,
  RIGHT_COLOR,
  threeDecimals,
} from "../../../../datasets/coco/mod.ts";
import { formatPercent } from "../../../console/format.ts";
import type { Column } from "../../../console/table.ts";
import {
  barChart,
  cssColor,
  heatMap,
  html,
  htmlTable,
  type Section,
  type Tile,
  tiles as formatTiles,
} from "../../../report/mod.ts";

/** What an error type means, in a line. */
const MEANINGS: Readonly<Record<ErrorType, string>> = {
  classification: "in the right place, of the wrong class",
  localisation: "of the right class, badly placed (IoU 0.1 to 0.5)",
  both: "of the wrong class and badly placed",
  duplicate: "an object that a better detection has found",
  background: "nothing is there",
  missed: "objects that nothing comes near",
};

/** Kinds of errors and what they cost. */
export function errorSection({ errors }: DetectionAnalysis): Section {
  const rows = ERROR_TYPES.map((type) => ({ type, ...errors.errors[type] }));
  const ticks = roundTicks(Math.max(...rows.map(({ deltaAp }) => deltaAp)));
  const bars = rows.map(({ type, deltaAp, count }) => ({
    label: type,
    value: deltaAp,
    text: `${threeDecimals(deltaAp)} (${count})`,
    color: ERROR_COLORS[type],
    hint: `${type}: ${MEANINGS[type]}`,
  }));
  const byClass = categoryLabels(errors.categories).map((name, k) => ({
    name,
    counts: ERROR_TYPES.map((type) => errors.counts[type][k]),
  })).filter(({ counts }) => counts.some((count) => count > 0));
  return {
    title: "Kinds of errors",
    note:
      `After TIDE (Bolya et al. 2020), at IoU 0.5, where AP is ${
        threeDecimals(errors.ap)
      }: the AP that would be ` +
      `gained if all errors of a kind were corrected and no others. Without any wrong detection it would be ` +
      `${threeDecimals(errors.falsePositives)} more, with every object found ${
        threeDecimals(errors.falseNegatives)
      }.`,
    body: [
      barChart(bars, {
        title: "AP lost by kind of error",
        max: ticks[ticks.length - 1],
        ticks,
      }),
      htmlTable(rows, [
        { title: "kind", value: ({ type }) => type },
        { title: "", value: ({ type }) => MEANINGS[type] },
        { title: "errors", value: ({ count }) => count },
        { title: "dAP", value: ({ deltaAp }) => deltaAp, format: threeDecimals },
      ], { swatch: ({ type }) => ERROR_COLORS[type] }),
      html`<details><summary>By class</summary>${
        htmlTable(byClass, [
          { title: "class", value: ({ name }) => name },
          ...ERROR_TYPES.map((type, k): Column<typeof byClass[number]> => ({
            title: type,
            value: ({ counts }) => counts[k],
          })),
        ])
      }</details>`,
    ],
  };
}

/** Round numbers from 0 to `max` or just above it, at most six. */
function roundTicks(max: number): number[] {
  const step = [0.002, 0.005, 0.01, 0.02, 0.05, 0.1].find((step) => max <= 5 * step) ?? 0.2;
  const count = Math.max(1, Math.ceil(max / step));
  return Array.from({ length: count + 1 }, (_, k) => Number((k * step).toFixed(3)));
}

const MAX_CONFUSIONS = 15;

/** The confusion matrix. */
export function confusionSection({ confusion, minScore }: DetectionAnalysis): Section {
  const { rows, columns, values } = confusionShares(confusion);
  const pairs = confusions(confusion).slice(0, MAX_CONFUSIONS);
  const table: Column<Confusion>[] = [
    { title: "truth", value: ({ truth }) => truth },
    { title: "taken for", value: ({ detection }) => detection },
    { title: "times", value: ({ count }) => count },
    { title: "of that class", value: ({ share }) => share, format: formatPercent },
  ];
  return {
    title: "What was taken for what",
    note:
      `Detections with a score of at least ${minScore} and the objects that they overlap by half or more. Each ` +
      "row is a class of objects: what was found in their place, as shares. The last column is what was not found, " +
      "the last row what was found where nothing is.",
    body: [
      heatMap({
        title: "Confusion matrix",
        rows,
        columns,
        rowsTitle: "truth",
        columnsTitle: "detections",
        values,
        diagonal: true,
      }),
      pairs.length === 0 ? null : htmlTable(pairs, table),
    ],
  };
}

/** The worst images. */
export function worstSection({ minScore }: DetectionAnalysis, tiles: readonly Tile[]): Section {
  const legend: [string, Color][] = [
    ["right", RIGHT_COLOR],
    ...ERROR_TYPES.map((
      type,
    ): [string, Color] => [type === "missed" ? "not found" : type, ERROR_COLORS[type]]),
    ["crowd, not counted", CROWD_COLOR],
  ];
  return {
    title: tiles.length === 1 ? "The worst image" : `The ${tiles.length} worst images`,
    note:
      `Those with the most errors: objects that were not found, and wrong detections, with a score of at least ` +
      `${minScore} and at IoU 0.5. On the left what is there, on the right what was found.`,
    body: [
      html`<div class="legend">${
        legend.map(([name, color]) =>
          html`<span><span class="swatch" style="background:${cssColor(color)}"></span>${name}</span>`
        )
      }</div>`,
      formatTiles(tiles),
    ],
  };
}
