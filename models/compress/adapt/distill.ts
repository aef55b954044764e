/** Distillation: the narrower network learns from the original on images without labels. */
import { BneckError } from "../../../core/errors.ts";
import { type BoundConv, type Extent, type Parameter, toOnnx, withOutputs } from "../../../core/graph/mod.ts";
import { readImage, type RgbImage } from "../../../core/images/mod.ts";
import { encodeOnnx } from "../../../core/onnx/mod.ts";
import { mean } from "../../../core/profile/statistics.ts";
import { namedSeed, randomNumbers } from "../../../core/random.ts";
import { type NamedTensor, Session } from "../../../core/session/mod.ts";
import { augment, type Augmentation } from "../../fit/augment.ts";
import { oneCycle } from "../../fit/optimizer.ts";
import type { Tasks } from "../../network.ts";
import { boundWeights, type Candidate } from "./candidate.ts";
import { ChannelAdam } from "./channel_adam.ts";
import {
  distillationGraph,
  type Hint,
  hintName,
  hintsOf,
  PREPARED,
  preparedValue,
  teacherName,
} from "./distillation_graph.ts";

/** How a network is distilled. */
export interface DistillationOptions {
  readonly tasks: Tasks;
  /** Images that can be read. */
  readonly paths: readonly string[];
  /** The shorter side of an image as the network usually sees it, in pixels. */
  readonly shorter: number;
  /** The part of an image that a sample is, in pixels. */
  readonly crop: Extent;
  readonly batch: number;
  readonly steps: number;
  /** The highest learning rate, relative to the size of each filter. */
  readonly rate: number;
  readonly seed: number;
  readonly threads: number;
  readonly signal?: AbortSignal;
  /**
   * The part of the time for it that has passed, asked before every step: at 1 it ends. The learning rate falls with the
   * time or the steps, whichever are nearer to their end.
   */
  readonly elapsed?: () => number;
  readonly onStep?: (step: number, steps: number, loss: number) => void;
}

/** Samples differ from their images by this much, but not in aspect. */
const AUGMENTATION: Omit<Augmentation, "crop" | "shorter"> = {
  scale: [0.7, 1.3],
  aspect: 0,
  brightness: 0.2,
  contrast: 0.2,
  color: 0.2,
};

/** Variants from this number on are random (`augment`). */
const RANDOM_VARIANT = 2;

/** A student after its last step. */
export interface Distilled {
  readonly student: Candidate;
  readonly steps: number;
  /** The mean loss of the first and the last tenth of the steps. */
  readonly loss: readonly [first: number, last: number];
}

/**
 * Trains all weights of a candidate to return what the original does, and to have its sums of residuals.
 *
 * @throws {BneckError} when hardly any image can be read; the reason of `signal` once it is aborted.
 */
export async function distill(
  original: Candidate,
  student: Candidate,
  options: DistillationOptions,
): Promise<Distilled> {
  const { tasks, batch, crop, steps, threads } = options;
  const hints = hintsOf(student);
  const teacher = await Teacher.open(original, student, hints, options);
  let session: Session | undefined;
  try {
    const first = await teacher.batch(0);
    const hintFactors = hints.map((_, i) =>
      1 / sumOfSquares(first[teacherName(hintName(i))].data as Float32Array)
    );
    const { graph, parameters } = distillationGraph({ student, tasks, batch, crop, hints, hintFactors });
    const onnx = encodeOnnx(toOnnx(graph, new Map(), { tuned: false }).model);
    session = await Session.open(onnx, "the training graph", { threads });
    const values = valuesOf(student, parameters);
    const optimizer = new ChannelAdam(values);
    const losses: number[] = [];
    for (let step = 0; step < steps; step++) {
      options.signal?.throwIfAborted();
      const elapsed = options.elapsed?.() ?? 0;
      if (elapsed >= 1) break;
      const feeds: Record<string, NamedTensor> = { ...await teacher.batch(step) };
      for (const { name, shape } of parameters) feeds[name] = { shape, data: values.get(name)!.data };
      const outputs = await session.run(feeds);
      const loss = Number(outputs.loss.data[0]);
      // A batch that gives no number teaches nothing.
      if (Number.isFinite(loss)) {
        optimizer.step(
          (name) => outputs[`gradient.${name}`].data as Float32Array,
          options.rate * oneCycle(Math.max(step, elapsed * (steps - 1)), steps),
        );
        losses.push(loss);
      }
      options.onStep?.(step + 1, steps, loss);
    }
    const tenth = Math.max(1, Math.ceil(losses.length / 10));
    return {
      student: { ...student, weights: weightsOf(student, values) },
      steps: losses.length,
      loss: [mean(losses.slice(0, tenth)), mean(losses.slice(-tenth))],
    };
  } finally {
    await session?.close();
    await teacher.close();
  }
}

/** The original, which says what a batch should give. */
class Teacher {
  private constructor(
    private readonly session: Session,
    private readonly kept: ReadonlyMap<string, readonly number[]>,
    private readonly options: DistillationOptions,
  ) {}

  static async open(
    original: Candidate,
    student: Candidate,
    hints: readonly Hint[],
    options: DistillationOptions,
  ): Promise<Teacher> {
    const { graph } = original;
    const kept = new Map(hints.map(({ group }, i) => [hintName(i), student.kept.get(group)!]));
    const layers = new Map(graph.layers.map((layer) => [layer.name, layer]));
    const hinted = hints.map(({ layer, group }, i) =>
      [hintName(i), { layer: layers.get(layer)!, channels: original.kept.get(group)!.length }] as const
    );
    const tapped = withOutputs(graph, {
      ...graph.outputs,
      ...Object.fromEntries(hinted),
      [PREPARED]: preparedValue(graph),
    });
    const bound = boundWeights({ graph: tapped, weights: original.weights });
    const onnx = encodeOnnx(toOnnx(tapped, bound).model);
    const session = await Session.open(onnx, "the original network", { threads: options.threads });
    return new Teacher(session, kept, options);
  }

  /** A batch of samples as the student takes it, and what the original makes of it. */
  async batch(step: number): Promise<Record<string, NamedTensor>> {
    const { paths, batch, crop: [height, width], shorter, seed } = this.options;
    const data = new Uint8Array(batch * height * width * 3);
    const augmentation = { ...AUGMENTATION, crop: [height, width] as const, shorter };
    for (let i = 0; i < batch; i++) {
      const random = randomNumbers(namedSeed(`distil ${step} ${i}`, seed));
      const { image } = augment(
        { image: await readAny(paths, random) },
        RANDOM_VARIANT,
        augmentation,
        random,
      );
      data.set(image.data, i * height * width * 3);
    }
    const size = BigInt64Array.of(BigInt(height), BigInt(width));
    const outputs = await this.session.run({
      image: { shape: [batch, height, width, 3], data },
      size: { shape: [2], data: size },
    });
    return Object.fromEntries(
      Object.entries(outputs).map(([name, tensor]) => {
        if (name === PREPARED) return [name, tensor];
        const kept = this.kept.get(name);
        return [teacherName(name), kept ? someChannels(tensor, kept) : tensor];
      }),
    );
  }

  close(): Promise<void> {
    return this.session.close();
  }
}

/** How many images in a row may be unreadable. */
const MAX_UNREADABLE = 20;

/** One of the images at random; those that cannot be read are passed over. */
async function readAny(paths: readonly string[], random: () => number): Promise<RgbImage> {
  for (let attempt = 1;; attempt++) {
    try {
      return await readImage(paths[Math.floor(random() * paths.length)]);
    } catch (error) {
      if (!(error instanceof BneckError) || attempt === MAX_UNREADABLE) throw error;
    }
  }
}

function someChannels({ shape, data }: NamedTensor, kept: readonly number[]): NamedTensor {
  const [batch, channels, height, width] = shape;
  if (kept.length === channels) return { shape, data };
  const plane = height * width;
  const some = new Float32Array(batch * kept.length * plane);
  let at = 0;
  for (let image = 0; image < batch; image++) {
    for (const channel of kept) {
      const from = (image * channels + channel) * plane;
      some.set((data as Float32Array).subarray(from, from + plane), at);
      at += plane;
    }
  }
  return { shape: [batch, kept.length, height, width], data: some };
}

/** The values that learn, by parameter; the rows are output channels. */
function valuesOf(
  { weights }: Candidate,
  parameters: readonly Parameter[],
): Map<string, { readonly rows: number; readonly data: Float32Array }> {
  return new Map(parameters.map(({ name, shape }) => {
    const { weight, bias } = weights.get(name.replace(/\.(weight|bias)$/, ""))!;
    return [name, { rows: shape[0], data: (name.endsWith(".bias") ? bias! : weight).slice() }];
  }));
}

function weightsOf(
  { weights }: Candidate,
  values: ReadonlyMap<string, { readonly data: Float32Array }>,
): Map<string, BoundConv> {
  return new Map([...weights].map(([scope, { weight, bias }]) => {
    const learned = (part: string) => values.get(`${scope}.${part}`)?.data;
    return [scope, {
      weight: learned("weight") ?? weight,
      ...(bias ? { bias: learned("bias") ?? bias } : {}),
    }];
  }));
}

function sumOfSquares(values: Float32Array): number {
  return values.reduce((sum, value) => sum + value * value, 1e-12);
}
