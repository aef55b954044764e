/** One network, layer by layer. */
import {
  addends,
  gap,
  isLatency,
  type Latency,
  MADDS_UNIT,
  MAX_GAP,
  type NetworkCosts,
  type ReportRow,
  reportRows,
  type RowChoice,
  type Subject,
  type Surroundings,
} from "../../../core/profile/mod.ts";
import type { DatedPeaks } from "../../../models/profile/mod.ts";
import { formatBytes, formatMilliseconds, formatPercent, groupDigits, plural } from "../../console/format.ts";
import { crowdedText } from "./sweep_result.ts";
import { layerColumns, layerDataColumns } from "./layer_columns.ts";
import { boundSign, countingText, type CountUnit, countUnit, type Result, uncountedText } from "./result.ts";

/** What was found out about one network. */
export interface NetworkReport {
  readonly subject: Subject;
  readonly measured: NetworkCosts | Latency;
  /** Where it was measured. */
  readonly surroundings?: Surroundings;
  /** The machine's best rates, where layers are compared with them. */
  readonly peaks?: DatedPeaks;
  /** @default {multiply-adds} */
  readonly unit?: CountUnit;
}

/** Milliseconds that are not worth a warning: the runtime counts in thousandths. */
const NEGLIGIBLE = 0.02;

/** Where the slowest tenth of the runs is so many times as slow as the median, something disturbed them. */
const DISTURBED = 1.3;

/** Where the median run is so many times as slow as an undisturbed one, rows are scaled by more than they can say. */
const MUCH_SCALED = 1.2;

/** A calculation that is always the same varies less on an idle machine. */
const MAX_NOISE = 0.1;

/** A network as a table of its layers. */
export function layerResult(report: NetworkReport, choice: RowChoice): Result<ReportRow> {
  const { subject, measured, unit, peaks } = report;
  const rows = reportRows(measured, { ...choice, peaks });
  const dataRows = addends(rows, choice.by);
  return {
    title: subject.name,
    facts: facts(report),
    rows,
    columns: layerColumns(measured, choice, unit),
    dataRows,
    dataColumns: layerDataColumns(measured, choice, unit),
    ruleAbove: ({ kind }) => kind === "total",
    notes: notes(report, choice),
    json: json(report, dataRows),
  };
}

/** What a reader should be warned of. */
export function warnings({ measured, surroundings }: NetworkReport): string[] {
  if (!isLatency(measured)) return [];
  const { milliseconds, interval, partsMilliseconds, unattributedMilliseconds, noise, stopped } = measured;
  const found: string[] = [];
  if (stopped) found.push(`stopped after ${plural(measured.runs, "run")}: the times are of these`);
  if (interval[1] > DISTURBED * milliseconds + NEGLIGIBLE) {
    const clock = noise > MAX_NOISE
      ? `; a fixed calculation beside them varied by ${formatPercent(noise)}, so other programs were busy`
      : "";
    found.push(
      `a tenth of the runs took longer than ${formatMilliseconds(interval[1])}, the median is ${
        formatMilliseconds(milliseconds)
      }${clock}`,
    );
  }
  if (measured.disturbance > MUCH_SCALED) {
    found.push(
      `the median run is ${measured.disturbance.toFixed(2)} times as slow as an undisturbed one (${
        formatMilliseconds(milliseconds / measured.disturbance)
      }), and all rows were multiplied by that: which layer was disturbed is not known; measure again on a quieter machine`,
    );
  }
  if (gap(measured) > MAX_GAP && Math.abs(milliseconds - partsMilliseconds) > NEGLIGIBLE) {
    const why = partsMilliseconds > milliseconds
      ? "the runs under the profiler were slower than its cost on each kernel explains"
      : "the plain runs were slower than those under the profiler";
    found.push(
      `rows and overhead add up to ${formatMilliseconds(partsMilliseconds)}, not to the ${
        formatMilliseconds(milliseconds)
      } of a plain run (${
        signedPercent(partsMilliseconds / milliseconds - 1)
      }): ${why}; measure again on a quieter machine, or with more --runs`,
    );
  }
  if (unattributedMilliseconds > 0) {
    found.push(
      `${formatMilliseconds(unattributedMilliseconds)} went into kernels that belong to no known layer`,
    );
  }
  if (surroundings && measured.threads > surroundings.cores) {
    found.push(crowdedText(measured.threads, surroundings.cores));
  }
  return found;
}

function facts({ subject, measured, surroundings, unit = countUnit(false) }: NetworkReport): string[] {
  const { parameters, parametersWithoutBatchNorm, madds } = measured;
  const without = parameters === parametersWithoutBatchNorm
    ? ""
    : ` (${groupDigits(parametersWithoutBatchNorm)} without BatchNorm)`;
  const found = [
    `${subject.summary}; input ${subject.input}`,
    `${groupDigits(parameters)} params${without}, ${boundSign(measured)}${
      groupDigits(unit.factor * madds)
    } ${unit.name}`,
    countingText(measured.rule, unit),
    memoryText(measured),
  ];
  if (isLatency(measured) && surroundings) {
    const { threads, runs, milliseconds, interval: [p10, p90], p99Milliseconds } = measured;
    found.push(
      `A run takes ${formatMilliseconds(milliseconds)} (median of ${runs}; p10 ${
        formatMilliseconds(p10)
      }, p90 ${formatMilliseconds(p90)}, p99 ${formatMilliseconds(p99Milliseconds)}); loading ${
        formatMilliseconds(measured.loadMilliseconds)
      }, first run ${formatMilliseconds(measured.firstMilliseconds)}`,
      `ms on ${
        plural(threads, "thread")
      } of ${surroundings.processor}, onnxruntime ${surroundings.onnxruntime}`,
    );
  }
  return found;
}

function notes({ measured, peaks }: NetworkReport, { by = "layer" }: RowChoice): string[] {
  const found = uncountedText(measured.uncounted);
  if (!isLatency(measured)) return found;
  const { milliseconds, partsMilliseconds, layoutMilliseconds, rows } = measured;
  const events = Math.round(measured.events);
  found.push(scalingText(measured));
  found.push(
    `Rows and overhead add up to ${formatMilliseconds(partsMilliseconds)} (${
      signedPercent(partsMilliseconds / milliseconds - 1)
    }), without what onnxruntime's profiler costs: ${measured.profilerMicroseconds.toFixed(1)} µs on ${
      events === 1 ? "the one kernel" : `each of ${groupDigits(events)} kernels`
    }; a run under it takes ${
      formatMilliseconds(measured.profiledMilliseconds)
    } (median of ${measured.profiledRuns}).`,
  );
  if (peaks && by === "layer") found.push(peaksText(peaks));
  if (layoutMilliseconds > 0) {
    found.push(
      `layout: changes of memory layout that onnxruntime inserted, counted with the layer that needs them; ${
        formatMilliseconds(layoutMilliseconds)
      } in all.`,
    );
  }
  const fused = rows.filter((row) => row.fusedInto !== undefined).length;
  if (fused > 0 && by === "layer") {
    const [layers, run, theirs] = fused === 1 ? ["layer", "runs", "its own"] : ["layers", "run", "theirs"];
    found.push(
      `${fused} ${layers} without ms ${run} inside the one in brackets, whose time includes ${theirs}.`,
    );
  }
  return found;
}

const CALIBRATIONS: Readonly<Record<Latency["calibration"], string>> = {
  difference:
    "taken from runs with and without it, which makes rows and overhead add up to an undisturbed run",
  limited: "only as much as the shortest kernels allow, so rows and overhead need not add up",
  fitted:
    "raised until rows and overhead fit an undisturbed run, since most kernels take less than recording them: short rows are estimates",
};

/** How the rows got their times. */
export function scalingText({ disturbance, calibration }: Latency): string {
  return `Rows are kernel times less the profiler's cost (${CALIBRATIONS[calibration]}), times ${
    disturbance.toFixed(3)
  }: by so much the median run is slower than an undisturbed one.`;
}

/** What the columns "of peak" and "limit" compare with. */
export function peaksText({ gmaddsPerSecond, gigabytesPerSecond, date }: DatedPeaks): string {
  return `of peak: against ${gmaddsPerSecond.toFixed(0)} GMAdds/s (a matrix product) and ${
    gigabytesPerSecond.toFixed(1)
  } GB/s (a copy of memory) of one thread of this machine, measured on ${date}; data from caches comes faster.`;
}

/** What a network needs of the memory. */
export function memoryText({ weightBytes = {}, ...measured }: NetworkCosts | Latency): string {
  const weights = Object.entries(weightBytes).filter(([, bytes]) => bytes > 0)
    .sort(([, left], [, right]) => right - left)
    .map(([type, bytes]) => `${formatBytes(bytes)} ${type}`);
  const parts = [`weights ${weights.join(", ") || "none"}`];
  if (isLatency(measured)) {
    const { peakActivationBytes, residentBytes } = measured;
    if (peakActivationBytes !== undefined) {
      parts.push(`activations at once ${formatBytes(peakActivationBytes)}`);
    }
    parts.push(`the process ${formatBytes(residentBytes)}`);
  }
  return `Memory: ${parts.join("; ")}`;
}

function signedPercent(part: number): string {
  return `${part < 0 ? "−" : "+"}${formatPercent(Math.abs(part))}`;
}

function json(
  { subject, measured, surroundings, unit, peaks }: NetworkReport,
  rows: readonly ReportRow[],
) {
  const { parameters, parametersWithoutBatchNorm, madds, activationBytes, rule, uncounted } = measured;
  return {
    network: subject.name,
    summary: subject.summary,
    input: subject.input,
    unit: MADDS_UNIT,
    rule,
    parameters,
    parametersWithoutBatchNorm,
    madds,
    ...(unit?.factor === 2 ? { flops: 2 * madds } : {}),
    maddsAreLowerBound: uncounted.length > 0,
    activationBytes,
    uncounted,
    weightBytes: measured.weightBytes,
    ...(isLatency(measured)
      ? {
        ...surroundings,
        threads: measured.threads,
        runs: measured.runs,
        stopped: measured.stopped,
        milliseconds: measured.milliseconds,
        intervalMilliseconds: measured.interval,
        p99Milliseconds: measured.p99Milliseconds,
        loadMilliseconds: measured.loadMilliseconds,
        firstMilliseconds: measured.firstMilliseconds,
        noise: measured.noise,
        disturbance: measured.disturbance,
        scaling: {
          factor: measured.disturbance,
          unscaledPartsMilliseconds: measured.partsMilliseconds / measured.disturbance,
          undisturbedMilliseconds: measured.milliseconds / measured.disturbance,
          profilerCost: measured.calibration,
        },
        partsMilliseconds: measured.partsMilliseconds,
        layoutMilliseconds: measured.layoutMilliseconds,
        overheadMilliseconds: measured.overheadMilliseconds,
        unattributedMilliseconds: measured.unattributedMilliseconds,
        peakActivationBytes: measured.peakActivationBytes,
        residentBytes: measured.residentBytes,
        peaks,
        profiler: {
          runs: measured.profiledRuns,
          milliseconds: measured.profiledMilliseconds,
          kernels: measured.events,
          microsecondsPerKernel: measured.profilerMicroseconds,
        },
      }
      : {}),
    rows,
  };
}
