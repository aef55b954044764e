/** Convolutions on a {@linkcode Tape}, with weights that are fed. */
import { product, reduced, reshaped, sliced, transposed } from "./gradient_arithmetic.ts";
import { fixedShape, type Tape } from "./gradient_tape.ts";
import type { ConvOperator, Value } from "./graph.ts";
import { int, ints } from "./onnx_nodes.ts";
import { windowOutput } from "./shapes.ts";

/** What of a convolution matters to its gradient. */
export type ConvGeometry = Pick<ConvOperator, "stride" | "dilation" | "groups" | "padding" | "kernel">;

/**
 * A convolution of `[N, C, H, W]` with `weight` `[O, C / groups, h, w]` and, where there is one, `bias` `[O]`.
 *
 * The gradient of the input is a transposed convolution of the result's; that of the weight is a convolution of the
 * input with the result's gradient as its kernel, the batch in the place of the channels.
 */
export function conv(
  tape: Tape,
  input: Value,
  weight: Value,
  bias: Value | undefined,
  geometry: ConvGeometry,
): Value {
  const [batch, , height, width] = fixedShape(input);
  const { kernel, stride, dilation, groups } = geometry;
  const [before, after] = explicitPadding([height, width], geometry);
  const outputs = [height, width].map((length, axis) =>
    windowOutput(length, kernel[axis], stride, dilation, geometry.padding)
  );
  const attributes = {
    kernel_shape: ints(kernel),
    strides: ints([stride, stride]),
    dilations: ints([dilation, dilation]),
    group: int(groups),
    pads: ints([...before, ...after]),
  };
  const shape = [batch, fixedShape(weight)[0], ...outputs];
  const result = tape.primitive("Conv", bias ? [input, weight, bias] : [input, weight], shape, {
    attributes,
  });
  const plain = kernel[0] * kernel[1] * stride * groups === 1;

  const inputGradient = (gradient: Value) => {
    if (plain) {
      return tape.primitive("Conv", [gradient, transposed(tape, weight, [1, 0, 2, 3])], fixedShape(input));
    }
    if (stride === 1 && groups === fixedShape(input)[1] && groups === shape[1]) {
      // Depthwise: onnxruntime's transposed convolution takes three times as long as the plain one.
      const reach = kernel.map((length) => (length - 1) * dilation);
      const pads = [before, after].flatMap((zeros) => zeros.map((count, axis) => reach[axis] - count));
      return tape.primitive("Conv", [gradient, turned(tape, weight)], fixedShape(input), {
        attributes: { ...attributes, pads: ints(pads) },
      });
    }
    const left = [height, width].map((length, axis) => {
      const covered = (outputs[axis] - 1) * stride + (kernel[axis] - 1) * dilation + 1;
      return length - (covered - before[axis] - after[axis]);
    });
    return tape.primitive("ConvTranspose", [gradient, weight], fixedShape(input), {
      attributes: { ...attributes, output_padding: ints(left) },
    });
  };
  const weightGradient = (gradient: Value) =>
    plain
      ? pointwiseWeightGradient(tape, input, gradient)
      : windowWeightGradient(tape, input, gradient, geometry, [...before, ...after]);

  const inputs = bias ? [input, weight, bias] : [input, weight];
  return tape.record(result, inputs, (gradient, asked) => [
    asked(0) ? inputGradient(gradient) : undefined,
    asked(1) ? weightGradient(gradient) : undefined,
    bias && asked(2)
      ? reshaped(tape, reduced(tape, "ReduceSum", gradient, [0, 2, 3]), [shape[1]])
      : undefined,
  ]);
}

/** Kernels `[O, I, h, w]` turned by half a turn. */
function turned(tape: Tape, weight: Value): Value {
  const shape = fixedShape(weight);
  const cells = shape[2] * shape[3];
  const rows = reshaped(tape, weight, [shape[0], shape[1], cells]);
  const backwards = tape.primitive("Slice", [rows], [shape[0], shape[1], cells], {
    integers: [[-1], [-cells - 1], [2], [-1]],
  });
  return reshaped(tape, backwards, shape);
}

/** Of a 1×1 convolution: the sum over the batch of gradient · inputᵀ. */
function pointwiseWeightGradient(tape: Tape, input: Value, gradient: Value): Value {
  const [batch, channels, height, width] = fixedShape(input);
  const outputs = fixedShape(gradient)[1];
  const cells = height * width;
  if (cells === 1) {
    const left = transposed(tape, reshaped(tape, gradient, [batch, outputs]), [1, 0]);
    const sum = product(tape, left, reshaped(tape, input, [batch, channels]));
    return reshaped(tape, sum, [outputs, channels, 1, 1]);
  }
  const right = transposed(tape, reshaped(tape, input, [batch, channels, cells]), [0, 2, 1]);
  const each = product(tape, reshaped(tape, gradient, [batch, outputs, cells]), right);
  return reshaped(tape, reduced(tape, "ReduceSum", each, [0]), [outputs, channels, 1, 1]);
}

/**
 * Of any other: every group of channels is convolved with its part of the gradient. Stride and dilation change
 * places.
 */
function windowWeightGradient(
  tape: Tape,
  input: Value,
  gradient: Value,
  { kernel, stride, dilation, groups }: ConvGeometry,
  pads: readonly number[],
): Value {
  const [batch, channels, height, width] = fixedShape(input);
  const [, outputs, h, w] = fixedShape(gradient);
  const perGroup = channels / groups;
  const split = reshaped(tape, input, [batch, groups, perGroup, height, width]);
  const columns = reshaped(tape, transposed(tape, split, [2, 1, 0, 3, 4]), [
    perGroup,
    groups * batch,
    height,
    width,
  ]);
  const size = [height, width].map((length, axis) =>
    Math.floor((length + pads[axis] + pads[axis + 2] - ([h, w][axis] - 1) * stride - 1) / dilation) + 1
  );
  const sums = tape.primitive("Conv", [columns, transposed(tape, gradient, [1, 0, 2, 3])], [
    perGroup,
    outputs,
    ...size,
  ], {
    attributes: {
      kernel_shape: ints([h, w]),
      strides: ints([dilation, dilation]),
      dilations: ints([stride, stride]),
      group: int(groups),
      pads: ints(pads),
    },
  });
  // Rows that the last window did not reach give places beyond the kernel.
  const cut = [0, 1].reduce(
    (value, axis) => size[axis] === kernel[axis] ? value : sliced(tape, value, axis + 2, 0, kernel[axis]),
    sums,
  );
  return transposed(tape, cut, [1, 0, 2, 3]);
}

/** The zeros before and after each axis; see {@linkcode Padding}. */
function explicitPadding(
  size: readonly number[],
  { kernel, stride, dilation, padding }: ConvGeometry,
): [before: number[], after: number[]] {
  const zeros = size.map((length, axis) => {
    const reach = (kernel[axis] - 1) * dilation;
    if (padding === "valid") return [0, 0];
    if (padding === "symmetric") return [Math.floor(reach / 2), Math.floor(reach / 2)];
    const total = Math.max(0, (Math.ceil(length / stride) - 1) * stride + reach + 1 - length);
    return [Math.floor(total / 2), Math.ceil(total / 2)];
  });
  return [zeros.map(([before]) => before), zeros.map(([, after]) => after)];
}
