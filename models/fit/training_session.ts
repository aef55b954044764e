/** One step of training: a batch of features in, loss and gradients out. */
import {
  crossEntropy,
  type Extent,
  gradientGraph,
  type Graph,
  interpolationMatrix,
  mixed,
  type Parameter,
  type Shape,
  type Tape,
  toOnnx,
  transposeMatrix,
  type Value,
} from "../../core/graph/mod.ts";
import { encodeOnnx } from "../../core/onnx/mod.ts";
import { type NamedTensor, Session } from "../../core/session/mod.ts";
import type { Recipe } from "./recipe.ts";

/** What a session is built for. */
export interface TrainingSetup {
  /** The second part of the network, from cached features to logits. */
  readonly graph: Graph;
  readonly task: Recipe["task"];
  readonly classes: number;
  readonly batch: number;
  /** Of one sample's features, by input name, without the batch: `[C, h, w]`. */
  readonly featureShapes: Readonly<Record<string, Shape>>;
  /** Of a sample in pixels. */
  readonly crop: Extent;
  readonly lossStep: number;
  readonly learns: (parameter: string) => boolean;
  readonly trainsBatchNorm: (scope: string) => boolean;
  /** By class. */
  readonly classWeights: Float32Array;
  readonly threads: number;
}

/** The rows and columns that the loss of a batch looks at begin here. */
export interface Corner {
  readonly row: number;
  readonly column: number;
}

/** What a step gives. */
export interface StepResult {
  readonly loss: number;
  /** By parameter. */
  readonly gradients: Map<string, Float32Array>;
  /** Mean and variance of the batch by BatchNorm's scope. */
  readonly statistics: ReadonlyMap<string, { readonly mean: Float32Array; readonly variance: Float32Array }>;
}

/** The gradient graph of a network, loaded. */
export class TrainingSession {
  private constructor(
    readonly setup: TrainingSetup,
    /** Everything that has to be fed beside features and labels. */
    readonly parameters: readonly Parameter[],
    readonly learned: readonly Parameter[],
    private readonly session: Session,
  ) {}

  /** Differentiates the network and loads the result. */
  static async open(setup: TrainingSetup): Promise<TrainingSession> {
    const { graph, batch, featureShapes, classWeights, task } = setup;
    const shapes = Object.fromEntries(
      Object.entries(featureShapes).map(([name, shape]) => [name, [batch, ...shape]]),
    );
    const gradients = gradientGraph(graph, {
      shapes,
      learns: setup.learns,
      trainsBatchNorm: ({ scope }) => setup.trainsBatchNorm(scope),
      loss: (tape, outputs) => {
        const logits = onLossGrid(tape, outputs[`${task}.logits`], setup);
        const labels = tape.input("labels", "uint8", [batch, ...lossGrid(setup)]);
        return crossEntropy(tape, logits, labels, classWeights);
      },
    });
    const onnx = encodeOnnx(toOnnx(gradients.graph, new Map(), { tuned: false }).model);
    const session = await Session.open(onnx, "the training graph", { threads: setup.threads });
    return new TrainingSession(setup, gradients.parameters, gradients.learned, session);
  }

  /**
   * The loss of a batch and its gradients.
   *
   * @param features by input name: `[batch, C, h, w]`.
   * @param labels class by pixel of the loss's grid, `[batch, rows, columns]`; 255 is ignored.
   */
  async run(
    parameters: ReadonlyMap<string, Float32Array>,
    features: Readonly<Record<string, Float32Array>>,
    labels: Uint8Array,
    corner: Corner,
  ): Promise<StepResult> {
    const { batch, featureShapes, task } = this.setup;
    const feeds: Record<string, NamedTensor> = {
      labels: { shape: [batch, ...lossGrid(this.setup)], data: labels },
      ...(task === "segment" ? this.#interpolation(corner) : {}),
    };
    for (const { name, shape } of this.parameters) feeds[name] = { shape, data: parameters.get(name)! };
    for (const [name, data] of Object.entries(features)) {
      feeds[name] = { shape: [batch, ...featureShapes[name]], data };
    }
    const outputs = await this.session.run(feeds);
    const floats = (name: string) => outputs[name].data as Float32Array;
    const gradients = new Map(this.learned.map(({ name }) => [name, floats(`gradient.${name}`)]));
    const statistics = new Map(
      Object.keys(outputs).filter((name) => name.endsWith(".batch_mean")).map((name) => {
        const scope = name.slice(0, -".batch_mean".length);
        return [scope, { mean: floats(name), variance: floats(`${scope}.batch_variance`) }];
      }),
    );
    return { loss: floats("loss")[0], gradients, statistics };
  }

  close(): Promise<void> {
    return this.session.close();
  }

  /** From the logits' grid to the pixels that the loss looks at. */
  #interpolation({ row, column }: Corner): Record<string, NamedTensor> {
    const { crop: [height, width], lossStep } = this.setup;
    const [rows, columns] = lossGrid(this.setup);
    const [h, w] = logitsGrid(this.setup);
    const matrix = (cells: number, pixels: number, first: number, count: number) => {
      const whole = interpolationMatrix(cells, pixels);
      const result = new Float32Array(count * cells);
      for (let i = 0; i < count; i++) {
        const from = (first + i * lossStep) * cells;
        result.set(whole.subarray(from, from + cells), i * cells);
      }
      return result;
    };
    return {
      rows: { shape: [rows, h], data: matrix(h, height, row, rows) },
      columns: {
        shape: [w, columns],
        data: transposeMatrix(matrix(w, width, column, columns), columns, w),
      },
    };
  }
}

/** Rows and columns that the loss looks at. */
export function lossGrid(
  { task, crop: [height, width], lossStep }: Pick<TrainingSetup, "task" | "crop" | "lossStep">,
): Extent {
  return task === "classify" ? [1, 1] : [Math.floor(height / lossStep), Math.floor(width / lossStep)];
}

/** Segmentation logits are at stride 8. */
function logitsGrid({ crop: [height, width] }: TrainingSetup): Extent {
  return [Math.ceil(height / 8), Math.ceil(width / 8)];
}

function onLossGrid(tape: Tape, logits: Value, setup: TrainingSetup): Value {
  const { batch, classes, task } = setup;
  if (task === "classify") return reshapedLogits(tape, logits, [batch, classes, 1, 1]);
  const [rows, columns] = lossGrid(setup);
  const [h, w] = logitsGrid(setup);
  return mixed(
    tape,
    logits,
    tape.input("rows", "float32", [rows, h]),
    tape.input("columns", "float32", [w, columns]),
  );
}

function reshapedLogits(tape: Tape, logits: Value, shape: Shape): Value {
  const result = tape.primitive("Reshape", [logits], shape, { integers: [shape] });
  const [batch, classes] = shape;
  return tape.record(result, [logits], (gradient) => [
    tape.primitive("Reshape", [gradient], [batch, classes], { integers: [[batch, classes]] }),
  ]);
}
