/**
 * Bias correction: rounding and saturation shift the mean of a channel, which the bias can undo (Nagel et al., "Data-Free
 * Quantization Through Weight Equalization and Bias Correction", ICCV 2019, §4.2, here with measured means).
 */
import { encodeOnnx, type OnnxModel } from "../../../core/onnx/mod.ts";
import {
  concatenatedInPlace,
  type ConvValues,
  convValues,
  type QuantizationPlan,
  quantizeModel,
  type Unit,
} from "../../../core/quantize/mod.ts";
import { type NamedTensor, Session } from "../../../core/session/mod.ts";
import type { Block } from "./blocks.ts";
import type { Feeds } from "./network.ts";
import type { FloatModel } from "./source.ts";

/** The means of a tensor's channels. */
type Means = Float64Array;

/** How bytes are read; nothing for floats. */
type Reading = Omit<ConvValues, "tensor">;

/** A network in float with the means of its convolutions on some images. */
export class BiasCorrection {
  private constructor(
    private readonly model: FloatModel,
    private readonly feeds: readonly Feeds[],
    private readonly means: ReadonlyMap<string, Means>,
  ) {}

  /** Runs the float network. */
  static async of(model: FloatModel, feeds: readonly Feeds[]): Promise<BiasCorrection> {
    const tensors = model.parts.units.filter(({ kind }) => kind === "conv").map(({ outputs }) => outputs[0]);
    const readings = new Map([...new Set(tensors)].map((tensor) => [tensor, {}]));
    return new BiasCorrection(model, feeds, await meansOf(model.onnx, model.name, readings, feeds));
  }

  /**
   * A plan with corrected biases: block after block, each with those before it corrected, where that makes the error
   * smaller.
   *
   * @param blocks those in int8, in their order
   * @param errorOf measures the error of a network
   */
  async correct(
    plan: QuantizationPlan,
    blocks: readonly Block[],
    errorOf: (model: OnnxModel) => Promise<number>,
    signal?: AbortSignal,
  ): Promise<{ readonly plan: QuantizationPlan; readonly error: number }> {
    let corrections = new Map<string, Float32Array>();
    let smallest = await errorOf(quantizeModel(this.model.onnx, plan));
    const { onnx, parts } = this.model;
    // What is written for a concatenation may be cut off for the ReLU after it.
    const scales = concatenatedInPlace(onnx.graph, parts, plan);
    const isOwn = ({ outputs: [output] }: Unit) => scales.get(output) === plan.scales.get(output);
    for (const { units } of blocks) {
      signal?.throwIfAborted();
      const model = quantizeModel(this.model.onnx, { ...plan, corrections });
      const there = new Set(model.graph.nodes.flatMap(({ outputs }) => outputs));
      const found = units.filter(isOwn).flatMap((unit) => {
        const values = convValues(unit, plan, (tensor) => there.has(tensor));
        return values ? [[unit, values] as const] : [];
      });
      const readings = new Map(found.map(([, { tensor, ...reading }]) => [tensor, reading]));
      const means = await meansOf(model, this.model.name, readings, this.feeds);
      const tried = new Map(corrections);
      for (const [unit, { tensor }] of found) {
        const [wanted, given] = [this.means.get(unit.outputs[0]), means.get(tensor)];
        if (!wanted || !given) continue;
        tried.set(unit.name, Float32Array.from(wanted, (mean, channel) => mean - given[channel]));
      }
      const error = await errorOf(quantizeModel(onnx, { ...plan, corrections: tried }));
      if (error < smallest) [smallest, corrections] = [error, tried];
    }
    return { plan: { ...plan, corrections }, error: smallest };
  }
}

/** The means of channels over all images. */
async function meansOf(
  model: OnnxModel,
  label: string,
  readings: ReadonlyMap<string, Reading>,
  feeds: readonly Feeds[],
): Promise<Map<string, Means>> {
  const sums = new Map<string, Means>();
  if (readings.size === 0) return sums;
  const outputs = [...readings].map(([name, { scale }]) => ({
    name,
    elementType: scale ? "uint8" as const : "float32" as const,
  }));
  const watched = { ...model, graph: { ...model.graph, outputs } };
  const session = await Session.open(encodeOnnx(watched), label);
  try {
    for (const each of feeds) {
      for (const [name, tensor] of Object.entries(await session.run(each))) {
        const means = channelMeans(tensor, readings.get(name)!);
        const sum = sums.get(name);
        if (sum) means.forEach((mean, channel) => sum[channel] += mean);
        else if (means.length > 0) sums.set(name, means);
      }
    }
  } finally {
    await session.close();
  }
  for (const sum of sums.values()) sum.forEach((value, channel) => sum[channel] = value / feeds.length);
  return sums;
}

/** Bytes have their channels last, floats second. */
function channelMeans({ shape, data }: NamedTensor, { scale, factors }: Reading): Means {
  if (shape.length !== 4) return new Float64Array();
  if (data instanceof Uint8Array) {
    const channels = shape[3];
    const sums = new Float64Array(channels);
    for (let i = 0; i < data.length; i += channels) {
      for (let channel = 0; channel < channels; channel++) sums[channel] += data[i + channel];
    }
    const cells = data.length / channels;
    return sums.map((sum, channel) =>
      (sum / cells - scale!.zeroPoint) * scale!.scale * (factors?.[channel] ?? 1)
    );
  }
  const [batch, channels] = shape;
  const cells = data.length / (batch * channels);
  const values = data as Float32Array;
  return Float64Array.from({ length: channels }, (_, channel) => {
    let sum = 0;
    for (let i = channel * cells; i < (channel + 1) * cells; i++) sum += values[i];
    return sum / cells;
  });
}
