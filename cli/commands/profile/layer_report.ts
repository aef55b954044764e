/** One network as an HTML page: where its time goes, and which layers take longer than their MAdds suggest. */
import type { Color } from "../../../core/images/mod.ts";
import {
  addends,
  groupsOf,
  isLatency,
  layerRows,
  type ReportRow,
  reportRows,
} from "../../../core/profile/mod.ts";
import type { DatedPeaks } from "../../../models/profile/mod.ts";
import { formatCount, formatMilliseconds, formatPercent, groupDigits, plural } from "../../console/format.ts";
import {
  type Bar,
  barChart,
  type BarPair,
  formatPage,
  logScatterChart,
  type Provenance,
  type ScatterPoint,
  type Section,
  sortableTable,
  SORTING,
} from "../../report/mod.ts";
import { rateLine, shortName, tickText, TIME_COLOR, timeAndMaddsChart } from "./charts.ts";
import { sortableLayerColumns } from "./layer_columns.ts";
import { memoryText, type NetworkReport, peaksText, scalingText, warnings } from "./layer_result.ts";
import { boundSign, countingText, uncountedText } from "./result.ts";

/** The page of one network. */
export function layerPage(report: NetworkReport, provenance: Provenance): string {
  const { subject, measured, surroundings, unit, peaks } = report;
  const rows = layerRows(measured.rows, peaks);
  const timed = isLatency(measured) ? measured : undefined;
  const figures = [
    ...(timed
      ? [{
        name: "per run",
        value: formatMilliseconds(timed.milliseconds),
        note: `p10 ${formatMilliseconds(timed.interval[0])}, p90 ${formatMilliseconds(timed.interval[1])}`,
      }]
      : []),
    {
      name: "MAdds",
      value: boundSign(measured) + formatCount(measured.madds),
      note: boundSign(measured) + groupDigits(measured.madds),
    },
    { name: "params", value: formatCount(measured.parameters), note: groupDigits(measured.parameters) },
    ...(timed
      ? [
        {
          name: "GMAdds/s",
          value: boundSign(measured) + (measured.madds / timed.milliseconds / 1e6).toFixed(1),
          note: "over the whole run",
        },
        {
          name: "changes of layout",
          value: formatPercent(timed.layoutMilliseconds / timed.milliseconds),
          note: formatMilliseconds(timed.layoutMilliseconds),
        },
        {
          name: "session overhead",
          value: formatPercent(timed.overheadMilliseconds / timed.milliseconds),
          note: formatMilliseconds(timed.overheadMilliseconds),
        },
      ]
      : []),
  ];
  return formatPage({
    title: subject.name,
    facts: [
      ["network", subject.summary],
      ["input", subject.input],
      ["memory", memoryText(measured).replace(/^Memory: /, "")],
      ["unit", countingText(measured.rule, unit).replace(/^Unit: /, "")],
      ...(timed && surroundings
        ? [
          ["measured on", `${plural(timed.threads, "thread")} of ${surroundings.processor}`] as const,
          ["onnxruntime", surroundings.onnxruntime] as const,
          [
            "runs",
            `${timed.runs}, and ${timed.profiledRuns} under onnxruntime's profiler, whose cost is taken off`,
          ] as const,
          ["how rows are scaled", scalingText(timed)] as const,
          [
            "load, first run",
            `${formatMilliseconds(timed.loadMilliseconds)}, ${formatMilliseconds(timed.firstMilliseconds)}`,
          ] as const,
        ]
        : []),
    ],
    figures,
    warnings: [...warnings(report), ...uncountedText(measured.uncounted)],
    sections: [
      barSection("By block", report, groupsOf(measured.rows, "block")),
      barSection("By operator", report, byTime(groupsOf(measured.rows, "operator"))),
      ...(timed ? [scatterSection(rows)] : []),
      ...(timed && peaks ? [rooflineSection(rows, peaks)] : []),
      barSection("By layer", report, rows),
      tableSection(report),
    ],
    provenance,
    script: SORTING,
  });
}

function byTime(rows: readonly ReportRow[]): ReportRow[] {
  const cost = ({ milliseconds, madds = 0 }: ReportRow) => milliseconds ?? madds;
  return rows.toSorted((left, right) => cost(right) - cost(left));
}

/** What each row costs: time and MAdds as parts of the whole, so that they can be compared. */
function barSection(title: string, { measured }: NetworkReport, rows: readonly ReportRow[]): Section {
  const shown = rows.filter(({ milliseconds = 0, madds = 0 }) => milliseconds > 0 || madds > 0);
  if (!isLatency(measured)) {
    const bars = shown.map(({ name, operator, madds = 0 }): Bar => ({
      label: name,
      value: madds,
      text: formatCount(madds),
      hint: operator,
    }));
    const max = Math.max(1, ...shown.map(({ madds = 0 }) => madds));
    return { title, body: barChart(bars, { title: `${title}: MAdds`, max, format: formatCount }) };
  }
  const total = Math.max(1, measured.madds);
  const pairs = shown.map(({ name, operator, milliseconds = 0, share = 0, madds = 0 }): BarPair => {
    const texts = [formatMilliseconds(milliseconds), ...(madds > 0 ? [formatCount(madds)] : [])];
    return {
      label: name,
      values: [share, madds / total],
      text: texts.join(" · "),
      hint: [...(operator ? [operator] : []), ...texts].join(", "),
    };
  });
  return {
    title,
    note:
      "As parts of all time and of all MAdds: where the upper bar is longer, a MAdd takes longer than average.",
    body: timeAndMaddsChart(pairs, `${title}: time and MAdds`, formatPercent),
  };
}

/** Kinds of layers that differ in how fast they can be. */
const KINDS: readonly { readonly name: string; readonly color: Color; has(operator: string): boolean }[] = [
  { name: "depthwise", color: [178, 60, 10], has: (operator) => operator.includes("depthwise") },
  { name: "1×1 convolution", color: TIME_COLOR, has: (operator) => /^Conv 1×1/.test(operator) },
  { name: "other convolution", color: [22, 133, 92], has: (operator) => /Conv/.test(operator) },
  { name: "other", color: [110, 86, 160], has: () => true },
];

/** A layer this many times faster or slower than the line is far from it. */
const FAR = 2;
/** Layers with a smaller share of the time are not labelled. */
const MIN_SHARE = 0.003;
const MAX_NAMES = 20;
/** Of the layers that take longest, in the roofline chart. */
const MAX_LABELS = 8;

/** MAdds against time. Layers that others are fused into carry their MAdds as well. */
function scatterSection(rows: readonly ReportRow[]): Section {
  const counted = rows.filter(({ madds = 0, milliseconds = 0 }) => madds > 0 && milliseconds > 0);
  const sum = (some: readonly ReportRow[], value: (row: ReportRow) => number | undefined) =>
    some.reduce((total, row) => total + (value(row) ?? 0), 0);
  const all = sum(counted, (row) => row.madds);
  const time = sum(counted, (row) => row.milliseconds);
  const slope = time / all;
  const expected = ({ madds = 0 }: ReportRow) => madds * slope;
  const named = new Set(
    counted
      .filter((row) => Math.abs(Math.log(row.milliseconds! / expected(row))) > Math.log(FAR))
      .filter(({ share = 0 }) => share >= MIN_SHARE)
      .toSorted((left, right) =>
        Math.abs(right.milliseconds! - expected(right)) - Math.abs(left.milliseconds! - expected(left))
      )
      .slice(0, MAX_NAMES),
  );
  const points = counted.map((row): ScatterPoint => ({
    x: row.madds!,
    y: row.milliseconds!,
    series: KINDS.findIndex(({ has }) => has(row.operator ?? "")),
    label: named.has(row) ? shortName(row.name) : undefined,
    hint: `${row.name}: ${row.operator}, ${formatCount(row.madds!)} MAdds in ${
      formatMilliseconds(row.milliseconds!)
    }, ${row.gmaddsPerSecond?.toFixed(1)} GMAdds/s`,
  }));
  const others = rows.filter(({ madds }) => !madds);
  const rest = sum(others, (row) => row.milliseconds);
  return {
    title: "MAdds against time",
    note:
      `Layers are named that are at least ${FAR} times slower or faster than the network's convolutions ` +
      `and products on average. Layers without MAdds took ${formatMilliseconds(rest)}, ${
        formatPercent(sum(others, (row) => row.share))
      } of the time, and are not in the chart.`,
    body: logScatterChart(points, {
      title: "MAdds against milliseconds of each layer",
      xTitle: "MAdds",
      yTitle: "milliseconds",
      xFormat: formatCount,
      yFormat: tickText,
      series: KINDS,
      line: rateLine(slope),
    }),
  };
}

/** What layers reach of what the machine can do: the line is its roof. */
function rooflineSection(rows: readonly ReportRow[], peaks: DatedPeaks): Section {
  const placed = rows.filter(({ roofline, gmaddsPerSecond }) => roofline?.intensity && gmaddsPerSecond);
  const slow = placed.toSorted((left, right) => (right.share ?? 0) - (left.share ?? 0)).slice(0, MAX_LABELS);
  const named = new Set(slow.filter(({ share = 0 }) => share >= MIN_SHARE));
  const shares = (["compute", "memory", "overhead"] as const).map((limit) => {
    const share = rows.filter(({ roofline }) => roofline?.limit === limit)
      .reduce((sum, row) => sum + (row.share ?? 0), 0);
    return `${limit} ${formatPercent(share)}`;
  });
  const points = placed.map((row): ScatterPoint => ({
    x: row.roofline!.intensity,
    y: row.gmaddsPerSecond!,
    series: KINDS.findIndex(({ has }) => has(row.operator ?? "")),
    label: named.has(row) ? shortName(row.name) : undefined,
    hint: `${row.name}: ${row.gmaddsPerSecond!.toFixed(1)} GMAdds/s at ${
      row.roofline!.intensity.toFixed(1)
    } MAdds per byte, ${formatPercent(row.roofline!.ofPeak)} of the roof (${row.roofline!.limit})`,
  }));
  return {
    title: "Roofline",
    note: `${peaksText(peaks).replace(/^of peak: against/, "The roof:")} Time by what limits it: ${
      shares.join(", ")
    }. Below a tenth of the roof it is neither computing nor memory but overhead: calls, and shapes that do not suit the kernel. The layers that take longest are named.`,
    body: logScatterChart(points, {
      title: "MAdds per byte against GMAdds/s of each layer",
      xTitle: "MAdds per byte read and written",
      yTitle: "GMAdds/s",
      xFormat: tickText,
      yFormat: tickText,
      series: KINDS,
      line: { slope: peaks.gigabytesPerSecond, text: "what this machine can do" },
      ceiling: peaks.gmaddsPerSecond,
    }),
  };
}

function tableSection({ measured, unit, peaks }: NetworkReport): Section {
  const rows = reportRows(measured, { peaks });
  return {
    title: "Table",
    note: "Click a title to sort.",
    body: sortableTable(
      [...addends(rows), ...rows.filter(({ kind }) => kind === "total")],
      sortableLayerColumns(measured, unit),
      { total: ({ kind }) => kind === "total" },
    ),
  };
}
