/** The report of an adaptation. */
import {
  type Adapted,
  type AdaptPlan,
  baseGraph,
  type CandidateScorer,
  channelRows,
  type StepRecord,
} from "../../../models/compress/adapt/mod.ts";
import { formatClock, formatPercent, groupDigits } from "../../console/format.ts";
import type { Column } from "../../console/table.ts";
import {
  formatPage,
  htmlTable,
  type Provenance,
  scatterChart,
  type ScatterPoint,
  type Section,
} from "../../report/mod.ts";

/** What a report is made from. */
export interface AdaptReport {
  /** The adapted file. */
  readonly file: string;
  readonly plan: AdaptPlan;
  readonly adapted: Adapted;
  readonly scorer: CandidateScorer | undefined;
  readonly provenance: Provenance;
}

/** The report as the text of an HTML file. */
export function adaptReport(report: AdaptReport): string {
  const { file, plan, adapted, scorer, provenance } = report;
  const { latency, scores, distilled, records, seconds, stopped } = adapted;
  const { settings, size, sampled, compared, trained } = plan;
  const part = latency.measured / latency.beside;
  const sections: Section[] = [];
  if (scorer && scores) {
    sections.push({
      title: `${scorer.metric} against milliseconds`,
      note: scoreNote(report),
      body: scoreChart(report),
    });
  }
  sections.push(
    {
      title: "Distance against milliseconds",
      note:
        "How far the outputs are from the original's, without labels, by which steps are chosen: each proposal of each " +
        "step at its predicted latency, and the one that was taken. Those twice as far away as the result are left out.",
      body: distanceChart(adapted),
    },
    ...records.length === 0 ? [] : [{
      title: "Steps",
      note:
        "Latencies are measured in turns with the original, which may be slower or faster at another time: compare parts.",
      body: htmlTable(records, stepColumns(adapted, scorer)),
    }],
    {
      title: "Channels",
      note: "Of every group of channels that can only be removed together.",
      body: htmlTable(tableRows(report), CHANNEL_COLUMNS),
    },
  );
  if (adapted.baselines.length > 0) {
    sections.splice(1, 0, {
      title: "Other ways",
      body: htmlTable(adapted.baselines, baselineColumns(scorer!)),
    });
  }
  return formatPage({
    title: `${plan.model.name}, adapted`,
    facts: [
      ["model", file],
      ["heads", plan.tasks.join(", ")],
      ["input", size.join("×")],
      ["threads", String(settings.threads)],
      ["machine", latency.machine],
      [
        "images",
        `${sampled.length} for features, ${compared.length} for comparisons, ${trained.length} for the distillation`,
      ],
      ["seed", String(settings.seed)],
    ],
    figures: [
      {
        name: "latency",
        value: `${latency.measured.toFixed(2)} ms`,
        note: `${formatPercent(part)} of ${latency.beside.toFixed(2)} ms`,
      },
      {
        name: "predicted",
        value: `${latency.predicted.toFixed(2)} ms`,
        note: `${formatPercent(latency.predicted / latency.original)} of ${latency.original.toFixed(2)} ms`,
      },
      ...(scores && scorer
        ? [{
          name: scorer.metric,
          value: scores.adapted.toFixed(4),
          note: `the original ${scores.original.toFixed(4)}, ${scorer.images} images`,
        }]
        : []),
      { name: "steps", value: String(records.length), note: `and ${distilled.steps} of distillation` },
      { name: "time", value: formatClock(seconds) },
    ],
    warnings: stopped ? [STOPPED[stopped]] : [],
    sections,
    provenance,
  });
}

const STOPPED = {
  interrupted: "It was interrupted before the target was reached.",
  time: "The time limit ended it before the target was reached.",
  exhausted:
    "The target was not reached: no group could be narrowed any more by as much as a step must save.",
} as const;

const COLORS = {
  steps: [31, 119, 180],
  final: [214, 39, 40],
  uniform: [127, 127, 127],
  smaller: [44, 160, 44],
} as const;

function scoreNote({ adapted, scorer }: AdaptReport): string {
  const others = adapted.baselines.length > 0
    ? " Beside it: the same part of all channels with the same repair, and the original on smaller images."
    : "";
  return `Every step on ${
    scorer!.images
  } labelled images, which had no part in the choice. Milliseconds are the part of ` +
    `the original's time that was measured in turns with it, times ${
      adapted.latency.original.toFixed(2)
    } ms.${others}`;
}

function scoreChart({ adapted, scorer }: AdaptReport) {
  const { latency, records, scores, distilled, baselines } = adapted;
  const scaled = (part: number) => part * latency.original;
  const series = [
    { name: "steps of the adaptation", color: COLORS.steps, joined: true },
    ...(distilled.steps > 0 ? [{ name: "after the distillation", color: COLORS.final }] : []),
    ...(baselines.some(({ kind }) => kind === "uniform")
      ? [{ name: "narrowed uniformly", color: COLORS.uniform, joined: true }]
      : []),
    ...(baselines.some(({ kind }) => kind === "smaller")
      ? [{ name: "smaller images", color: COLORS.smaller, joined: true }]
      : []),
  ];
  const place = (name: string) => series.findIndex((one) => one.name === name);
  const points: ScatterPoint[] = [
    {
      x: latency.original,
      y: scores!.original,
      series: 0,
      label: "original",
      hint: hintOf("the original", latency.original, scores!.original),
    },
    ...records.map((record): ScatterPoint => {
      const x = scaled(record.measured / record.original);
      return {
        x,
        y: record.score!,
        series: 0,
        hint: hintOf(`step ${record.step}: ${change(record)}`, x, record.score!),
      };
    }),
    ...baselines.map((baseline): ScatterPoint => {
      const x = scaled(baseline.measured.candidate / baseline.measured.original);
      const name = baseline.kind === "uniform" ? "narrowed uniformly" : "smaller images";
      return {
        x,
        y: baseline.score,
        series: place(name),
        hint: hintOf(`${name}, ${baseline.text}`, x, baseline.score),
      };
    }),
  ];
  if (distilled.steps > 0) {
    const x = scaled(latency.measured / latency.beside);
    points.push({
      x,
      y: scores!.adapted,
      series: 1,
      label: "result",
      hint: hintOf("the result", x, scores!.adapted),
    });
  }
  return scatterChart(points, {
    title: `${scorer!.metric} of every step against its latency`,
    xTitle: "milliseconds",
    yTitle: scorer!.metric,
    xFormat: (value) => value.toFixed(1),
    yFormat: (value) => value.toFixed(3),
    series,
    mark: { x: latency.target, text: `target, ${latency.target.toFixed(2)} ms` },
  });
}

/** Proposals that are so many times as far away as the result are not drawn: they would press all others to the bottom. */
const FARTHEST = 2;

function distanceChart({ records, latency }: Adapted) {
  const max = FARTHEST * Math.max(...records.map(({ distance }) => distance));
  const points: ScatterPoint[] = records.flatMap((record) =>
    record.rejected.filter(({ distance }) => distance <= max).map((other): ScatterPoint => ({
      x: other.predicted,
      y: other.distance,
      series: 0,
      hint: hintOf(`step ${record.step}: ${change(other)}, not taken`, other.predicted, other.distance),
    }))
  );
  points.push({ x: latency.original, y: 0, series: 1, label: "original", hint: "the original" });
  for (const record of records) {
    points.push({
      x: record.predicted,
      y: record.distance,
      series: 1,
      hint: hintOf(`step ${record.step}: ${change(record)}`, record.predicted, record.distance),
    });
  }
  return scatterChart(points, {
    title: "distance of every proposal from the original against its predicted latency",
    xTitle: "milliseconds, predicted",
    yTitle: "distance",
    xFormat: (value) => value.toFixed(1),
    yFormat: (value) => value.toFixed(3),
    series: [
      { name: "proposals that were not taken", color: COLORS.uniform, faint: true },
      { name: "steps", color: COLORS.steps, joined: true },
    ],
    mark: { x: latency.target, text: `target, ${latency.target.toFixed(2)} ms` },
  });
}

function hintOf(what: string, milliseconds: number, value: number): string {
  return `${what}: ${milliseconds.toFixed(2)} ms, ${value.toFixed(4)}`;
}

function change({ group, from, to }: Pick<StepRecord, "group" | "from" | "to">): string {
  return `${group} ${from} → ${to}`;
}

function stepColumns({ latency }: Adapted, scorer: CandidateScorer | undefined): Column<StepRecord>[] {
  const part = ({ measured, original }: StepRecord) => measured / original;
  return [
    { title: "step", value: ({ step }) => step },
    { title: "group", value: ({ group }) => group },
    { title: "from", value: ({ from }) => from },
    { title: "to", value: ({ to }) => to },
    { title: "ms predicted", value: ({ predicted }) => predicted, format: (value) => value.toFixed(2) },
    { title: "ms measured", value: ({ measured }) => measured, format: (value) => value.toFixed(2) },
    { title: "of the original", value: part, format: formatPercent },
    {
      title: "prediction − measured",
      value: (record) => record.predicted / latency.original / part(record) - 1,
      format: (value) => `${value < 0 ? "−" : "+"}${Math.abs(100 * value).toFixed(1)} %`,
    },
    { title: "distance", value: ({ distance }) => distance, format: (value) => value.toFixed(4) },
    ...(scorer
      ? [{
        title: scorer.metric,
        value: ({ score }: StepRecord) => score,
        format: (value: number) => value.toFixed(4),
      }]
      : []),
    { title: "parameters", value: ({ parameters }) => parameters, format: groupDigits },
    { title: "million MAdds", value: ({ madds }) => madds / 1e6, format: (value) => value.toFixed(0) },
  ];
}

function tableRows({ plan, adapted }: AdaptReport) {
  const now = Object.fromEntries([...adapted.candidate.kept].map(([group, { length }]) => [group, length]));
  return channelRows(baseGraph(plan.base), now);
}

type ChannelRow = ReturnType<typeof channelRows>[number];

const CHANNEL_COLUMNS: readonly Column<ChannelRow>[] = [
  { title: "channels of", value: ({ title }) => title },
  { title: "original", value: ({ original }) => original },
  { title: "adapted", value: ({ adapted }) => adapted },
  { title: "left", value: ({ original, adapted }) => adapted / original, format: formatPercent },
];

type BaselineRow = Adapted["baselines"][number];

function baselineColumns({ metric }: CandidateScorer): Column<BaselineRow>[] {
  return [
    {
      title: "way",
      value: ({ kind }) =>
        kind === "uniform" ? "narrowed uniformly, same repair" : "the original on smaller images",
    },
    { title: "how", value: ({ text }) => text },
    {
      title: "ms measured",
      value: ({ measured }) => measured.candidate,
      format: (value) => value.toFixed(2),
    },
    {
      title: "of the original",
      value: ({ measured }) => measured.candidate / measured.original,
      format: formatPercent,
    },
    { title: metric, value: ({ score }) => score, format: (value) => value.toFixed(4) },
  ];
}
