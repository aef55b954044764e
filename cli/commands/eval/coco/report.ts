/** The report of a COCO evaluation: one HTML file. */
import type { Color } from "../../../../core/images/mod.ts";
import { type CocoScores, measured, STATISTICS, threeDecimals } from "../../../../datasets/coco/mod.ts";
import { plural } from "../../../console/format.ts";
import {
  type Bar,
  barChart,
  type Figure,
  formatPage,
  html,
  htmlTable,
  type Section,
  type Tile,
} from "../../../report/mod.ts";
import { VERSION } from "../../../version.ts";
import { curveSection } from "./report_curves.ts";
import { confusionSection, errorSection, worstSection } from "./report_errors.ts";
import type { ReportContent } from "./presentation.ts";
import { ALL_CLASSES, CLASS_COLUMNS, classLines } from "./tables.ts";

/** The report as the text of an HTML file; an evaluation that was merged has no images and no errors. */
export function formatCocoReport(
  { scores, settings, errors, notes }: ReportContent,
  tiles: readonly Tile[],
): string {
  const { params } = scores.result;
  const facts: [string, string][] = [
    ...(errors ? [["annotations", errors.annotations] as [string, string]] : []),
    ["detections", errors?.detections ?? settings.model ?? "results files"],
    ...(settings.size === null ? [] : [["size", settings.size] as [string, string]]),
    ["images", String(scores.result.images)],
    ["objects", String(scores.objects)],
    ["detections looked at", String(scores.result.detections)],
    ["overlap of", params.iouType === "bbox" ? "boxes" : "masks"],
  ];
  const sections = [averages(scores), curveSection(scores), classes(scores)];
  if (errors) {
    const { analysis } = errors;
    sections.push(errorSection(analysis), confusionSection(analysis));
    if (tiles.length > 0) sections.push(worstSection(analysis, tiles));
  }
  return formatPage({
    title: "COCO evaluation",
    facts,
    figures: figures(scores),
    warnings: notes ?? [],
    sections,
    by: `bneck ${VERSION}`,
  });
}

const FIGURES = ["AP", "AP50", "AP75", "APsmall", "APmedium", "APlarge", "AR100"] as const;

function figures({ statistics }: CocoScores): Figure[] {
  return FIGURES.map((name) => ({ name, value: shown(measured(statistics[name])) }));
}

function averages({ statistics, apByIou }: CocoScores): Section {
  const [all, small, medium, large] = ["all", "small (to 32²)", "medium (to 96²)", "large"];
  const sizes = [
    [`AP ${all}`, statistics.AP],
    [`AP ${small}`, statistics.APsmall],
    [`AP ${medium}`, statistics.APmedium],
    [`AP ${large}`, statistics.APlarge],
    [`AR ${all}`, statistics.AR100],
    [`AR ${small}`, statistics.ARsmall],
    [`AR ${medium}`, statistics.ARmedium],
    [`AR ${large}`, statistics.ARlarge],
  ] as const;
  const rows = STATISTICS.map((name) => ({ name, value: measured(statistics[name]) }));
  return {
    title: "By size of the objects and by overlap",
    body: [
      barChart(
        sizes.map(([label, value]) => bar(label, value, label.startsWith("AR") ? RECALL : undefined)),
        {
          title: "AP and AR by size of the objects",
        },
      ),
      barChart(apByIou.map(({ iou, ap }) => bar(`AP at IoU ${Number(iou.toFixed(4)).toFixed(2)}`, ap)), {
        title: "AP by overlap",
      }),
      html`<details><summary>The twelve numbers of pycocotools</summary>${
        htmlTable(rows, [
          { title: "metric", value: ({ name }) => name },
          {
            title: "value",
            value: ({ value }) => value,
            format: (value) => value.toFixed(6),
            align: "right",
          },
        ])
      }</details>`,
    ],
  };
}

const RECALL: Color = [110, 150, 90];

function bar(label: string, value: number, color?: Color): Bar {
  const score = measured(value);
  return { label, value: score, text: score === null ? "nothing to measure" : threeDecimals(score), color };
}

function classes(scores: CocoScores): Section {
  const present = scores.classes.filter(({ truths }) => truths > 0);
  const bars = present.toSorted((a, b) => b.statistics.AP - a.statistics.AP)
    .map(({ category: { name }, statistics: { AP, AP50 }, truths }) => ({
      ...bar(name, AP),
      hint: `${name}: AP ${shown(measured(AP))}, AP50 ${shown(measured(AP50))}, ${plural(truths, "object")}`,
    }));
  const absent = scores.classes.length - present.length;
  return {
    title: "AP of each class",
    note: absent === 0 ? undefined : `${plural(absent, "class", "classes")} without objects are not shown.`,
    body: [
      barChart(bars, { title: "AP of each class" }),
      html`<details><summary>In numbers</summary>${
        htmlTable(classLines(scores).filter(({ truths }) => truths > 0), CLASS_COLUMNS, {
          total: ({ name }) => name === ALL_CLASSES,
        })
      }</details>`,
    ],
  };
}

function shown(value: number | null): string {
  return value === null ? "–" : threeDecimals(value);
}
