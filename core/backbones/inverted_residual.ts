import type { Activation, BatchNorm, GraphBuilder, Padding, Value } from "../graph/mod.ts";

/** What a network's blocks have in common. */
export interface BlockStyle {
  readonly batchNorm: BatchNorm;
  readonly padding: Padding;
  /** What squeeze-and-excite multiplies with. */
  readonly gate: "h-sigmoid" | "sigmoid";
}

/** One block: 1×1 expansion, k×k depthwise, optional squeeze-and-excite, linear 1×1 projection. */
export interface InvertedResidual {
  /** The prefix of its layers' names, for example `backbone.block7`. */
  readonly name: string;
  readonly kernel: number;
  /** Channels between expansion and projection; if equal to the input's channels, there is no expansion. */
  readonly expanded: number;
  readonly channels: number;
  readonly stride: number;
  /** @default {1} */
  readonly dilation?: number;
  readonly activation: Activation;
  /** Channels of the squeeze; without it there is no squeeze-and-excite. */
  readonly squeeze?: number;
  /**
   * Whether squeeze-and-excite comes before the depthwise activation instead of after it, where there is an expansion.
   * @default {false}
   */
  readonly exciteFirst?: boolean;
  /** Whether the input is added to the output. @default {at stride 1, if input and output have equal channels} */
  readonly residual?: boolean;
}

/** The values of a block that heads may take as features. */
export interface BlockValues {
  /** After the expansion's activation, before the depthwise convolution. */
  readonly expand: Value;
  /** After the depthwise activation, before squeeze-and-excite. */
  readonly depthwise: Value;
  readonly output: Value;
}

/**
 * Builds an inverted residual (MobileNetV2 §3.3, MobileNetV3 §3 and figure 4).
 *
 * @param input `[N, C, H, W]`
 */
export function invertedResidual(
  g: GraphBuilder,
  input: Value,
  block: InvertedResidual,
  { batchNorm, padding, gate }: BlockStyle,
): BlockValues {
  const { name, activation, stride, dilation = 1, squeeze } = block;
  const exciteFirst = block.exciteFirst === true && squeeze !== undefined &&
    block.expanded !== input.channels;
  const expand = block.expanded === input.channels ? input : g.conv(input, {
    name: `${name}.expand`,
    channels: block.expanded,
    kernel: 1,
    batchNorm,
    activation,
  });
  const depthwise = g.depthwise(expand, {
    name: `${name}.depthwise`,
    kernel: block.kernel,
    stride,
    dilation,
    padding,
    batchNorm,
    activation: exciteFirst ? undefined : activation,
  });
  const gated = squeeze === undefined
    ? depthwise
    : squeezeAndExcite(g, depthwise, `${name}.se`, squeeze, gate);
  const activated = exciteFirst ? g.activation(`${name}.activation`, gated, activation) : gated;
  const project = g.conv(activated, {
    name: `${name}.project`,
    channels: block.channels,
    kernel: 1,
    batchNorm,
  });
  const residual = block.residual ?? (block.stride === 1 && input.channels === block.channels);
  return { expand, depthwise, output: residual ? g.add(`${name}.add`, project, input) : project };
}

/** Scales each channel by a gate computed from the means of all channels (MobileNetV3 §5.3). */
function squeezeAndExcite(
  g: GraphBuilder,
  input: Value,
  name: string,
  squeeze: number,
  gate: "h-sigmoid" | "sigmoid",
): Value {
  const mean = g.globalAveragePool(`${name}.pool`, input);
  const squeezed = g.conv(mean, {
    name: `${name}.squeeze`,
    channels: squeeze,
    kernel: 1,
    activation: "relu",
  });
  const excited = g.conv(squeezed, {
    name: `${name}.excite`,
    channels: input.channels,
    kernel: 1,
    activation: gate,
  });
  return g.multiply(`${name}.scale`, input, excited);
}
