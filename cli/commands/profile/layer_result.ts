/** One network, layer by layer. */
import {
  addends,
  isLatency,
  type LayerProfile,
  MADDS_UNIT,
  MAX_GAP,
  type NetworkCosts,
  type ReportRow,
  reportRows,
  type RowChoice,
  type Subject,
} from "../../../core/profile/mod.ts";
import { formatMilliseconds, formatPercent, groupDigits, plural } from "../../console/format.ts";
import { layerColumns, layerDataColumns } from "./layer_columns.ts";
import { countingText, type Result, type Surroundings, uncountedText } from "./result.ts";

/** What was found out about one network. */
export interface NetworkReport {
  readonly subject: Subject;
  readonly measured: NetworkCosts | LayerProfile;
  /** Where it was measured. */
  readonly surroundings?: Surroundings;
}

/** Milliseconds that are not worth a warning: the runtime counts in thousandths. */
const NEGLIGIBLE = 0.02;

/** A network as a table of its layers. */
export function layerResult(report: NetworkReport, choice: RowChoice): Result<ReportRow> {
  const { subject, measured } = report;
  const rows = reportRows(measured, choice);
  const dataRows = addends(rows, choice.by);
  return {
    title: subject.name,
    facts: facts(report),
    rows,
    columns: layerColumns(measured, choice),
    dataRows,
    dataColumns: layerDataColumns(measured, choice),
    ruleAbove: ({ kind }) => kind === "total",
    notes: notes(report, choice),
    json: json(report, dataRows),
  };
}

/** What a reader should be warned of. */
export function warnings({ measured }: NetworkReport): string[] {
  if (!isLatency(measured)) return [];
  const { runMilliseconds, medianRunMilliseconds, milliseconds, unattributedMilliseconds } = measured;
  const found: string[] = [];
  if (medianRunMilliseconds > 1.3 * runMilliseconds + NEGLIGIBLE) {
    found.push(
      `other programs were busy: the median of all runs is ${formatMilliseconds(medianRunMilliseconds)}, ` +
        `that of the quiet ones ${formatMilliseconds(runMilliseconds)}`,
    );
  }
  if (Math.abs(runMilliseconds - milliseconds) > MAX_GAP * runMilliseconds + NEGLIGIBLE) {
    found.push(
      `rows and overhead add up to ${formatMilliseconds(milliseconds)}, but the measured run took ` +
        `${formatMilliseconds(runMilliseconds)}: measure again on a quieter machine, or with more --runs`,
    );
  }
  if (unattributedMilliseconds > 0) {
    found.push(
      `${formatMilliseconds(unattributedMilliseconds)} went into kernels that belong to no known layer`,
    );
  }
  return found;
}

function facts({ subject, measured, surroundings }: NetworkReport): string[] {
  const { parameters, parametersWithoutBatchNorm, madds } = measured;
  const without = parameters === parametersWithoutBatchNorm
    ? ""
    : ` (${groupDigits(parametersWithoutBatchNorm)} without BatchNorm)`;
  const found = [
    `${subject.summary}; input ${subject.input}`,
    `${groupDigits(parameters)} params${without}, ${groupDigits(madds)} MAdds`,
    countingText(measured.rule),
  ];
  if (isLatency(measured) && surroundings) {
    const { threads, runs, quietRuns } = measured;
    found.push(
      `ms on ${
        plural(threads, "thread")
      } of ${surroundings.processor}, onnxruntime ${surroundings.onnxruntime}: ` +
        `medians over the ${quietRuns} quietest of ${plural(runs, "run")}`,
    );
  }
  return found;
}

function notes({ measured }: NetworkReport, { by = "layer" }: RowChoice): string[] {
  const found = uncountedText(measured.uncounted);
  if (!isLatency(measured)) return found;
  const { milliseconds, runMilliseconds, plainMilliseconds, layoutMilliseconds, rows } = measured;
  const difference = runMilliseconds / milliseconds - 1;
  found.push(
    `Rows and overhead add up to ${formatMilliseconds(milliseconds)}; the measured run took ${
      formatMilliseconds(runMilliseconds)
    } (${signedPercent(difference)}), and ${formatMilliseconds(plainMilliseconds)} without the profiler.`,
  );
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

function signedPercent(part: number): string {
  return `${part < 0 ? "−" : "+"}${formatPercent(Math.abs(part))}`;
}

function json(
  { subject, measured, surroundings }: NetworkReport,
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
    activationBytes,
    uncounted,
    ...(isLatency(measured)
      ? {
        ...surroundings,
        threads: measured.threads,
        runs: measured.runs,
        quietRuns: measured.quietRuns,
        milliseconds: measured.milliseconds,
        layoutMilliseconds: measured.layoutMilliseconds,
        overheadMilliseconds: measured.overheadMilliseconds,
        unattributedMilliseconds: measured.unattributedMilliseconds,
        runMilliseconds: measured.runMilliseconds,
        medianRunMilliseconds: measured.medianRunMilliseconds,
        plainRunMilliseconds: measured.plainMilliseconds,
      }
      : {}),
    rows,
  };
}
