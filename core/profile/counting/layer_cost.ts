import type { Shape } from "../../graph/mod.ts";
import type { CountingRule } from "./counters.ts";

/** The window of a convolution or pooling, by spatial axis. */
export interface Window {
  readonly kernel: readonly number[];
  readonly stride: readonly number[];
  readonly dilation: readonly number[];
  readonly groups: number;
  /** Every filter sees one channel. */
  readonly depthwise: boolean;
}

/** What one layer of a network (or one node of an ONNX file) costs. */
export interface LayerCost {
  readonly name: string;
  /** The ONNX operator. */
  readonly operator: string;
  readonly window?: Window;
  /** The nonlinearity at the end of the layer. */
  readonly activation?: string;
  /** Absent where it is unknown: sequences, nodes that did not run. */
  readonly outputShape?: Shape;
  /** Weights, biases and BatchNorm's scale and shift; shared ones count where they are used first. */
  readonly parameters: number;
  readonly parametersWithoutBatchNorm: number;
  /** `undefined` where the operator is not counted. */
  readonly madds: number | undefined;
  /** The size of the layer's result, in bytes. */
  readonly activationBytes: number;
  /** Bytes of its inputs, its weights and its result: what it must read and write at least. */
  readonly movedBytes?: number;
}

/** An operator that is not counted, and how many nodes of the network have it. */
export interface UncountedOperator {
  readonly operator: string;
  readonly nodes: number;
}

/** The rows of a network and their sums. */
export interface NetworkCosts<Row extends LayerCost = LayerCost> {
  readonly rule: CountingRule;
  readonly rows: readonly Row[];
  readonly parameters: number;
  readonly parametersWithoutBatchNorm: number;
  /** The multiply-adds of all that is counted; see `uncounted` for the rest. */
  readonly madds: number;
  readonly activationBytes: number;
  /** Bytes of all weights, by element type. */
  readonly weightBytes?: Readonly<Record<string, number>>;
  /** To be printed beside every sum, unless it is empty. */
  readonly uncounted: readonly UncountedOperator[];
}

/** Adds up rows. */
export function sumCosts<Row extends LayerCost>(
  rows: readonly Row[],
  rule: CountingRule,
  uncounted: readonly UncountedOperator[],
): NetworkCosts<Row> {
  const sum = (value: (row: Row) => number) => rows.reduce((total, row) => total + value(row), 0);
  return {
    rule,
    rows,
    parameters: sum((row) => row.parameters),
    parametersWithoutBatchNorm: sum((row) => row.parametersWithoutBatchNorm),
    madds: sum((row) => row.madds ?? 0),
    activationBytes: sum((row) => row.activationBytes),
    uncounted,
  };
}

/** A rate in 10⁹ multiply-adds per second; `undefined` where nothing was counted or measured. */
export function gmaddsPerSecond(madds: number, milliseconds: number): number | undefined {
  return madds > 0 && milliseconds > 0 ? madds / milliseconds / 1e6 : undefined;
}

/** The operator with its kernel, for example `Conv 3×3 depthwise`: what rows are grouped by. */
export function operatorKind({ operator, window }: LayerCost): string {
  if (!window) return operator;
  return [operator, window.kernel.join("×"), ...(window.depthwise ? ["depthwise"] : [])].join(" ");
}

/** The operator with all its parameters, for example `Conv 3×3 depthwise s2 d2 + h-swish`. */
export function operatorText(row: LayerCost): string {
  const { window, activation } = row;
  const parts = [operatorKind(row)];
  if (window) {
    if (window.groups > 1 && !window.depthwise) parts.push(`g${window.groups}`);
    if (window.stride.some((step) => step !== 1)) parts.push(`s${sameOrAll(window.stride)}`);
    if (window.dilation.some((step) => step !== 1)) parts.push(`d${sameOrAll(window.dilation)}`);
  }
  if (activation) parts.push(`+ ${activation}`);
  return parts.join(" ");
}

function sameOrAll(steps: readonly number[]): string {
  return steps.every((step) => step === steps[0]) ? String(steps[0]) : steps.join("×");
}
