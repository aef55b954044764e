/** The report of a COCO evaluation: one HTML file. */
import type { Color } from "../../../../core/images/mod.ts";
import {
  type AreaRange,
  categoryLabels,
  type CocoScores,
  measured,
  recallName,
  threeDecimals,
} from "../../../../datasets/coco/mod.ts";
import { plural } from "../../../console/format.ts";
import {
  type Bar,
  barChart,
  type Figure,
  formatPage,
  html,
  htmlTable,
  type Provenance,
  type Section,
  type Tile,
} from "../../../report/mod.ts";
import { curveSection } from "./report_curves.ts";
import { confusionSection, errorSection, worstSection } from "./report_errors.ts";
import type { ReportContent } from "./presentation.ts";
import { ALL_CLASSES, classColumns, classLines } from "./tables.ts";

/** The report as the text of an HTML file; an evaluation that was merged has no images and no errors. */
export function formatCocoReport(
  { scores, settings, errors, notes }: ReportContent,
  tiles: readonly Tile[],
  provenance: Provenance,
): string {
  const { params } = scores.result;
  const facts: [string, string][] = [
    ...(errors ? [["annotations", errors.annotations] as [string, string]] : []),
    ["detections", errors?.detections ?? settings.model ?? "results files"],
    ...(settings.size === null ? [] : [["size", settings.size] as [string, string]]),
    ["images", String(scores.result.images)],
    ["objects", String(scores.objects)],
    ["detections looked at", String(scores.result.detections)],
    ["overlap of", OVERLAP_OF[params.iouType]],
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
    provenance,
  });
}

function figures({ statistics, result: { params } }: CocoScores): Figure[] {
  const names = Object.keys(statistics).filter((name) => name.startsWith("AP"));
  return [...names, recallName(params)].map((name) => ({
    name,
    value: shown(measured(statistics[name])),
  }));
}

/** What is compared. */
const OVERLAP_OF = { bbox: "boxes", segm: "masks", keypoints: "keypoints (OKS)" } as const;

/** COCO's sizes by their maximum area. */
const SIZES: Readonly<Record<number, readonly [label: string, limit: string]>> = {
  [32 ** 2]: ["small", "(to 32²)"],
  [96 ** 2]: ["medium", "(to 96²)"],
};

function averages({ statistics, apByIou, result: { params } }: CocoScores): Section {
  const areas = params.areaRanges.filter(({ label }) => label !== "all");
  const title = ({ label, max }: AreaRange) => SIZES[max]?.[0] === label ? SIZES[max].join(" ") : label;
  const sizes = [
    ["AP all", statistics.AP],
    ...areas.map((area) => [`AP ${title(area)}`, statistics[`AP${area.label}`]] as const),
    ["AR all", statistics[recallName(params)]],
    ...areas.map((area) => [`AR ${title(area)}`, statistics[`AR${area.label}`]] as const),
  ] as const;
  const rows = Object.entries(statistics).map(([name, value]) => ({ name, value: measured(value) }));
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
      html`<details><summary>The numbers of pycocotools</summary>${
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
  const categories = scores.classes.map(({ category }) => category);
  const names = categoryLabels(categories);
  const labels = new Map(categories.map((category, k) => [category, names[k]]));
  const present = scores.classes.filter(({ truths }) => truths > 0);
  const bars = present.toSorted((a, b) => b.statistics.AP - a.statistics.AP)
    .map(({ category, statistics: { AP, AP50 }, truths }) => ({
      name: labels.get(category)!,
      AP,
      AP50,
      truths,
    }))
    .map(({ name, AP, AP50, truths }) => ({
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
        htmlTable(classLines(scores).filter(({ truths }) => truths > 0), classColumns(scores), {
          total: ({ name }) => name === ALL_CLASSES,
        })
      }</details>`,
    ],
  };
}

function shown(value: number | null): string {
  return value === null ? "–" : threeDecimals(value);
}
