/** Several networks side by side, and all that there are. */
import {
  MADDS_UNIT,
  type SortColumn,
  sortSubjects,
  type Subject,
  subjectRate,
  type TimedSubject,
  timeRatio,
} from "../../../core/profile/mod.ts";
import { networkSubject } from "../../../models/profile/mod.ts";
import { NETWORKS } from "../../../models/zoo/mod.ts";
import { formatCount, plural } from "../../console/format.ts";
import {
  type Conditions,
  countingText,
  type CountUnit,
  numberColumn,
  type Result,
  turnsText,
  uncountedText,
} from "./result.ts";

/** A table of networks, each against the first of `rows`. */
export function comparisonResult(
  rows: readonly TimedSubject[],
  conditions: Conditions | undefined,
  sort: SortColumn | undefined,
  unit: CountUnit,
): Result<TimedSubject> {
  const number = numberColumn<TimedSubject>;
  const [first] = rows;
  const sorted = sort === undefined ? rows : sortSubjects(rows, sort);
  const { rule } = first.subject.costs;
  const isTimed = first.time !== undefined;
  return {
    title: plural(rows.length, "network"),
    facts: [countingText(rule, unit), ...(conditions ? [turnsText(first.time!.runs, conditions)] : [])],
    rows: sorted,
    columns: [
      { title: "network", value: ({ subject }) => subject.name },
      { title: "input", value: ({ subject }) => subject.input, align: "right" },
      number("params", ({ subject }) => formatCount(subject.costs.parameters)),
      number(unit.name, (row) => maddsCell(row, unit)),
      number("act KiB", ({ subject }) => (subject.costs.activationBytes / 1024).toFixed(0)),
      ...(isTimed
        ? [
          number("ms", ({ time }) => time!.milliseconds.toFixed(2)),
          number("quiet", ({ time }) => time!.quietMilliseconds.toFixed(2)),
          number(unit.rate, (row) => rateCell(row, unit)),
          number("ratio", (row) => timeRatio(row, first)!.toFixed(3)),
        ]
        : []),
    ],
    dataColumns: [
      { title: "network", value: ({ subject }) => subject.name },
      { title: "input", value: ({ subject }) => subject.input },
      { title: "params", value: ({ subject }) => subject.costs.parameters },
      {
        title: "params_without_batch_norm",
        value: ({ subject }) => subject.costs.parametersWithoutBatchNorm,
      },
      { title: "madds", value: ({ subject }) => subject.costs.madds },
      ...(unit.factor === 2
        ? [{ title: "flops", value: ({ subject }: TimedSubject) => 2 * subject.costs.madds }]
        : []),
      { title: "uncounted_nodes", value: ({ subject }) => uncountedNodes(subject) },
      { title: "activation_bytes", value: ({ subject }) => subject.costs.activationBytes },
      ...(isTimed
        ? [
          { title: "ms", value: ({ time }: TimedSubject) => time!.milliseconds },
          { title: "quiet_ms", value: ({ time }: TimedSubject) => time!.quietMilliseconds },
          { title: "gmadds_per_s", value: subjectRate },
          { title: "ratio", value: (row: TimedSubject) => timeRatio(row, first) },
        ]
        : []),
    ],
    notes: [
      ...(isTimed
        ? [
          `ms: median of all rounds; quiet: that of the fastest quarter; ratio: ms against those of ${first.subject.name}.`,
        ]
        : []),
      ...rows.flatMap(({ subject }) =>
        uncountedText(subject.costs.uncounted).map((text) => `${subject.name}: ${text}`)
      ),
    ],
    json: {
      unit: MADDS_UNIT,
      rule,
      ...conditions,
      networks: sorted.map((row) => ({
        ...countsJson(row.subject),
        ...(unit.factor === 2 ? { flops: 2 * row.subject.costs.madds } : {}),
        ...timeJson(row, first),
      })),
    },
  };
}

/** Every network with its counts at its own input size. */
export function listResult(): Result<Subject> {
  const rows = NETWORKS.map((network) => networkSubject(network));
  return {
    title: plural(rows.length, "network"),
    facts: [countingText("plain")],
    rows,
    columns: [
      { title: "network", value: ({ name }) => name },
      { title: "input", value: ({ input }) => input, align: "right" },
      { title: "params", value: ({ costs }) => formatCount(costs.parameters), align: "right" },
      { title: "MAdds", value: ({ costs }) => formatCount(costs.madds), align: "right" },
      { title: "what it is", value: ({ summary }) => summary },
    ],
    dataColumns: [
      { title: "network", value: ({ name }) => name },
      { title: "input", value: ({ input }) => input },
      { title: "params", value: ({ costs }) => costs.parameters },
      { title: "madds", value: ({ costs }) => costs.madds },
      { title: "summary", value: ({ summary }) => summary },
    ],
    notes: [
      "The paper's families exist at any width: mobilenetv2-1.4, mobilenetv3-small-0.6, ssdlite-mobilenetv2-0.75.",
    ],
    json: { unit: MADDS_UNIT, rule: "plain", networks: rows.map(countsJson) },
  };
}

/** The counts of a network, as JSON has them. */
export function countsJson({ name, summary, input, costs }: Subject) {
  const { parameters, parametersWithoutBatchNorm, madds, activationBytes, uncounted } = costs;
  return {
    network: name,
    summary,
    input,
    parameters,
    parametersWithoutBatchNorm,
    madds,
    maddsAreLowerBound: uncounted.length > 0,
    activationBytes,
    uncounted,
  };
}

/** The time of a network, if it was measured, and its ratio to that of the first, as JSON has them. */
export function timeJson(row: TimedSubject, first: TimedSubject) {
  if (!row.time) return {};
  const { quietMilliseconds, milliseconds, quartiles, ratio: medianRatio, runs } = row.time;
  return {
    milliseconds,
    quietMilliseconds,
    quartileMilliseconds: quartiles,
    ratio: timeRatio(row, first),
    medianRatio,
    runs,
    gmaddsPerSecond: subjectRate(row),
  };
}

function maddsCell({ subject }: TimedSubject, { factor }: CountUnit): string {
  const { madds, uncounted } = subject.costs;
  const text = formatCount(factor * madds);
  if (uncounted.length === 0) return text;
  return madds > 0 ? `≥ ${text}` : "?";
}

function rateCell(row: TimedSubject, { factor }: CountUnit): string {
  const rate = subjectRate(row);
  return rate === undefined ? "" : (factor * rate).toFixed(1);
}

function uncountedNodes({ costs }: Subject): number {
  return costs.uncounted.reduce((sum, { nodes }) => sum + nodes, 0);
}
