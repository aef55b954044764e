/** How the result of `bneck quantize` is printed. */
import type { BlockRow, Quantized, TuningSummary } from "../../../models/compress/quantize/mod.ts";
import { formatBytes } from "../../console/format.ts";
import { fittedTable } from "../../console/fit_columns.ts";
import type { Column } from "../../console/table.ts";
import type { Context } from "../../context.ts";
import type { Surroundings } from "../../../core/profile/mod.ts";

/** What belongs to the result beside it. */
export interface QuantizedFacts extends Surroundings {
  readonly out: string;
  readonly floatBytes: number;
  /** Absent where nothing was written. */
  readonly bytes?: number;
}

/** The columns that give way on a narrow terminal, the first of them first. */
const GIVING_WAY = ["ranges", "drop alone", "error alone"];

/** What `--json` prints. */
export function quantizedJson(result: Quantized, facts: QuantizedFacts): unknown {
  const { model: _, kept, ...rest } = result;
  const { out, floatBytes, bytes, ...where } = facts;
  return {
    file: bytes === undefined ? null : out,
    bytes: bytes ?? null,
    floatBytes,
    kept: kept ?? null,
    ...rest,
    ...where,
  };
}

/** Prints the table of blocks and what came of it. */
export function printQuantized(
  context: Context,
  { method, blocks, kept, score, time, size, error, calibration, tuning }: Quantized,
  { out, floatBytes, bytes, processor, onnxruntime }: QuantizedFacts,
  wide: boolean,
): void {
  if (blocks.length > 0) {
    const width = context.tableWidth(wide);
    const fit = width === undefined ? undefined : { width, givingWay: GIVING_WAY };
    context.print(fittedTable(blocks, columns(blocks), "table", { colors: context.colors, fit }).trimEnd());
  }
  const { found, images } = calibration;
  const used = images < found ? `${images} of ${found} images` : `${images} images`;
  context.print(`calibrated on ${used}; error of the outputs ${percent(error)}`);
  if (tuning) context.print(tuningText(tuning, score?.metric));
  if (score) {
    const drop = score.float - score.int8;
    context.print(
      `${score.metric} ${score.int8.toFixed(4)}, in float ${score.float.toFixed(4)} (${signed(-drop)}), on ` +
        `${score.images} images`,
    );
  }
  if (time.rounds > 0) {
    const [low, high] = time.interval;
    context.print(
      `${time.int8.toFixed(2)} ms at ${size.join("×")}, in float ${time.float.toFixed(2)} ms: ` +
        `${time.ratio.toFixed(2)} times as fast (${low.toFixed(2)}–${
          high.toFixed(2)
        }), ${time.rounds} runs in turns`,
    );
  }
  context.print(`measured on ${processor}, onnxruntime ${onnxruntime}`);
  if (bytes === undefined) {
    context.print(`the float model is kept, and nothing was written: ${kept}`);
    if (method === "int8") {
      context.log.info("--size-only stores the weights in int8 all the same, a quarter of the size");
    }
  } else {
    context.print(
      `${out}: ${formatBytes(bytes)}, ${percent(bytes / floatBytes)} of ${formatBytes(floatBytes)}`,
    );
  }
}

function tuningText(
  { layers, total, images, before, after, score, kept, stopped }: TuningSummary,
  metric = "",
): string {
  const end = stopped && ` (${stopped === "time" ? "its time was over" : "interrupted"})`;
  const scores = score?.before === undefined
    ? ""
    : `, ${metric} ${score.before.toFixed(4)} → ${score.after.toFixed(4)}`;
  return `tuned ${layers} of ${total} layers on ${images} ${images === 1 ? "image" : "images"}${
    end ?? ""
  }: ` +
    `error of the outputs ${percent(before)} → ${percent(after)}${scores}` +
    (kept ? "" : "; this did not help, and the weights are those from before");
}

function columns(rows: readonly BlockRow[]): Column<BlockRow>[] {
  const milliseconds = (value: number) => value.toFixed(3);
  return [
    { title: "block", value: ({ name }) => name },
    { title: "float ms", value: ({ float }) => float, format: milliseconds },
    { title: "int8 ms", value: ({ int8 }) => int8, format: milliseconds },
    { title: "error alone", value: ({ error }) => error, format: percent },
    ...(rows.some(({ drop }) => drop !== undefined)
      ? [
        { title: "drop alone", value: ({ drop }: BlockRow) => drop, format: signed } satisfies Column<
          BlockRow
        >,
      ]
      : []),
    { title: "ranges", value: ({ rule }) => rule },
    { title: "chosen", value: ({ chosen }) => chosen ? "int8" : "float" },
  ];
}

function percent(share: number): string {
  return `${(100 * share).toFixed(share < 0.01 ? 3 : 1)} %`;
}

function signed(value: number): string {
  return `${value > 0 ? "+" : ""}${value.toFixed(4)}`;
}
