/** The scores as text: pycocotools' lines and tables. */
import { type ClassScores, type CocoScores, measured } from "../../../../datasets/coco/scores.ts";
import { ALL_CATEGORIES, categoryLabels } from "../../../../datasets/coco/categories.ts";
import {
  recallName,
  statisticNames,
  summaryLines,
  threeDecimals,
} from "../../../../datasets/coco/summarize.ts";
import { plural } from "../../../console/format.ts";
import { fittedTable } from "../../../console/fit_columns.ts";
import { type Column, formatTable } from "../../../console/table.ts";
import type { TableStyle } from "../benchmark.ts";

/** A line of the table of classes; the last one stands for all. */
export interface ClassLine extends Omit<ClassScores, "category"> {
  readonly name: string;
}

/** What the last line is called. */
export const ALL_CLASSES = ALL_CATEGORIES;

/** The scores in one of the forms, without the last newline. */
export function formatScores(scores: CocoScores, { format, perClass, colors, width }: TableStyle): string {
  const columns = format === "csv" ? csvColumns(scores) : classColumns(scores);
  const classTable = perClass
    ? fittedTable(classLines(scores), columns, format, {
      colors,
      fit: width === undefined ? undefined : { width, givingWay: givingWay(scores) },
      ruleAbove: ({ name }) => name === ALL_CLASSES,
    })
    : "";
  if (format === "table") {
    return [
      summaryLines(scores.result).join("\n"),
      "",
      ...ownLines(scores),
      ...perClass ? ["", classTable] : [],
    ]
      .join("\n").trimEnd();
  }
  // One CSV file is one table: with classes, the last line has what the short table has.
  if (format === "csv" && perClass) return classTable.trimEnd();
  const metrics = formatTable(metricLines(scores), METRIC_COLUMNS, format);
  return (perClass ? `${metrics}\n${classTable}` : metrics).trimEnd();
}

/** The classes in the order of their ids, then all of them. */
export function classLines({ classes, statistics, objects }: CocoScores): ClassLine[] {
  const labels = categoryLabels(classes.map(({ category }) => category));
  const lines = classes.map(({ category: _, ...rest }, k): ClassLine => ({ name: labels[k], ...rest }));
  return [...lines, { name: ALL_CLASSES, truths: objects, statistics, best: null }];
}

/** What pycocotools does not say. */
function ownLines({ result, apByIou, classes, objects }: CocoScores): string[] {
  const cells = apByIou.map(({ iou, ap }) => {
    const [title, value] = [Number(iou.toFixed(4)).toFixed(2), ap < 0 ? "–" : threeDecimals(ap)];
    const width = Math.max(title.length, value.length);
    return [title.padStart(width), value.padStart(width)];
  });
  const present = classes.filter(({ truths }) => truths > 0).length;
  const counts = [
    plural(result.images, "image"),
    `${plural(objects, "object")} of ${plural(present, "class", "classes")}`,
    plural(result.detections, "detection"),
  ];
  return [
    ` IoU  ${cells.map(([title]) => title).join("  ")}`,
    ` AP   ${cells.map(([, value]) => value).join("  ")}`,
    "",
    ` ${counts.join(", ")}`,
  ];
}

interface MetricLine {
  readonly metric: string;
  readonly value: number | null;
}

function metricLines({ statistics }: CocoScores): MetricLine[] {
  return Object.entries(statistics).map(([metric, value]) => ({ metric, value: measured(value) }));
}

const METRIC_COLUMNS: readonly Column<MetricLine>[] = [
  { title: "metric", value: ({ metric }) => metric },
  { title: "value", value: ({ value }) => value, format: threeDecimals, align: "right" },
];

const NAME: Column<ClassLine> = { title: "class", value: ({ name }) => name };
const OBJECTS: Column<ClassLine> = { title: "objects", value: ({ truths }) => truths };
const BEST: readonly Column<ClassLine>[] = [
  { title: "best F1", value: ({ best }) => best?.f1, format: threeDecimals, align: "right" },
  { title: "at score", value: ({ best }) => best?.score, format: threeDecimals, align: "right" },
];

function statistic(name: string, title: string = name): Column<ClassLine> {
  return {
    title,
    value: ({ statistics }) => measured(statistics[name]),
    format: threeDecimals,
    align: "right",
  };
}

/** For people: what fits in a line. */
export function classColumns({ result: { params } }: CocoScores): Column<ClassLine>[] {
  const areas = params.areaRanges.map(({ label }) => label).filter((label) => label !== "all");
  return [
    NAME,
    OBJECTS,
    statistic("AP"),
    statistic("AP50"),
    statistic("AP75"),
    ...areas.map((area) => statistic(`AP${area}`, area)),
    statistic(recallName(params)),
    ...BEST,
  ];
}

/** The columns of people that give way where a terminal is too narrow, the first of them first. */
function givingWay({ result: { params } }: CocoScores): string[] {
  const areas = params.areaRanges.map(({ label }) => label).filter((label) => label !== "all");
  return ["at score", "best F1", "AP75", ...areas, recallName(params), "AP50"];
}

function csvColumns({ result: { params } }: CocoScores): Column<ClassLine>[] {
  return [NAME, OBJECTS, ...statisticNames(params).map((name) => statistic(name)), ...BEST];
}
