/** `bneck eval coco` with several annotation files, or several results files: a table of all. */
import { basename } from "node:path";
import { type CocoScores, cocoScores, measured } from "../../../../datasets/coco/scores.ts";
import {
  meanStatistics,
  recallName,
  statisticNames,
  type Statistics,
  threeDecimals,
} from "../../../../datasets/coco/summarize.ts";
import { fittedTable } from "../../../console/fit_columns.ts";
import { type Column } from "../../../console/table.ts";
import type { Context } from "../../../context.ts";
import { checkGates, enforceGates } from "../../../flags/mod.ts";
import { StageTimer } from "../../../timings/mod.ts";
import type { CocoCommandFlags } from "./flags.ts";
import { paramsOf, readingOf } from "./parameters.ts";
import { readTruth } from "./read_files.ts";
import { scoreSet } from "./score_set.ts";

/** The last line. */
const MEAN = "mean";

/** A set, or all of them together. */
interface Line {
  readonly name: string;
  readonly images: number;
  readonly objects: number;
  readonly statistics: Statistics;
}

/** A set with its files. */
interface SetFiles {
  readonly annotations: string;
  /** Absent where a model is run. */
  readonly detections: string | undefined;
}

/**
 * Scores each set by itself, and prints a line of each and one of their mean, each set counting the same.
 *
 * @throws {BneckError} A file or the model cannot be used, or (gate not met) a mean is below `--min`.
 */
export async function scoreSeveralSets(context: Context, flags: CocoCommandFlags): Promise<void> {
  const files = pairs(flags), names = namesOf(files);
  const notes = new Set<string>();
  const scores: CocoScores[] = [];
  let model: string | null = null;
  for (const { annotations, detections } of files) {
    const single = { ...flags, annotations, detections };
    const truth = await readTruth(annotations, flags.images, readingOf(single));
    checkGates(flags.min ?? [], statisticNames(paramsOf(single, truth, undefined)));
    const scored = await scoreSet(context, single, truth, new StageTimer(), () => Promise.resolve());
    for (const note of scored.notes) notes.add(note);
    model = scored.settings.model;
    scores.push(cocoScores(scored.metric.result()));
  }
  const lines = scores.map(({ result, objects, statistics }, i): Line => ({
    name: names[i],
    images: result.images,
    objects,
    statistics,
  }));
  const mean: Line = {
    name: MEAN,
    images: lines.reduce((sum, { images }) => sum + images, 0),
    objects: lines.reduce((sum, { objects }) => sum + objects, 0),
    statistics: meanStatistics(lines.map(({ statistics }) => statistics)),
  };
  const format = flags.json ? "json" : flags.format ?? "table";
  if (format === "json") {
    const { iouType } = flags;
    const sets = lines.map((line, i) => ({ ...files[i], ...asJson(line) }));
    context.printJson({ model, iouType, ...flags.lvis && { lvis: true }, sets, mean: asJson(mean).metrics });
  } else {
    const columns = columnsOf(scores[0], format === "csv");
    const colors = context.colors;
    const ruleAbove = ({ name }: Line) => name === MEAN;
    const width = context.tableWidth(flags.wide);
    const fit = width === undefined ? undefined : { width, givingWay: givingWay(scores[0]) };
    context.print(fittedTable([...lines, mean], columns, format, { colors, ruleAbove, fit }).trimEnd());
  }
  for (const note of notes) context.log.warn(note);
  enforceGates(flags.min ?? [], asJson(mean).metrics);
}

/** The files in pairs; annotations that are given once are those of all results. */
function pairs({ annotations, detections }: CocoCommandFlags): SetFiles[] {
  const count = Math.max(annotations.length, detections?.length ?? 0);
  return Array.from({ length: count }, (_, i) => ({
    annotations: annotations.length === 1 ? annotations[0] : annotations[i],
    detections: detections?.[i],
  }));
}

/** What tells the sets apart: the names of their annotations or, if these are the same, of their results. */
function namesOf(files: readonly SetFiles[]): string[] {
  const same = files.every(({ annotations }) => annotations === files[0].annotations);
  const paths = files.map(({ annotations, detections }) => same ? detections ?? annotations : annotations);
  const short = paths.map((path) => basename(path));
  return new Set(short).size === short.length ? short : paths;
}

function columnsOf({ result: { params } }: CocoScores, csv: boolean): Column<Line>[] {
  const areas = params.areaRanges.map(({ label }) => label).filter((label) => label !== "all");
  const shown = ["AP", "AP50", "AP75", ...areas.map((area) => `AP${area}`)];
  const frequencies = params.lvis ? ["APr", "APc", "APf"] : [];
  const names = csv ? statisticNames(params) : [...shown, ...frequencies, recallName(params)];
  return [
    { title: "set", value: ({ name }) => name },
    { title: "images", value: ({ images }) => images },
    { title: "objects", value: ({ objects }) => objects },
    ...names.map((name): Column<Line> => ({
      title: name,
      value: ({ statistics }) => measured(statistics[name]),
      format: threeDecimals,
      align: "right",
    })),
  ];
}

/** The columns that give way where a terminal is too narrow, the first of them first. */
function givingWay({ result: { params } }: CocoScores): string[] {
  const areas = params.areaRanges.map(({ label }) => `AP${label}`).filter((label) => label !== "APall");
  return ["APr", "APc", "APf", ...areas, "AP75", "objects", "images", recallName(params), "AP50"];
}

function asJson({ images, objects, statistics }: Line) {
  const metrics = Object.fromEntries(
    Object.entries(statistics).map(([name, value]) => [name, measured(value)]),
  );
  return { images, objects, metrics };
}
