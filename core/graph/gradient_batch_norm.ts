/** BatchNorm as it trains, on a {@linkcode Tape}. */
import { elementwise, mapped, reduced, reshaped, times } from "./gradient_arithmetic.ts";
import { fixedShape, type Tape } from "./gradient_tape.ts";
import type { Value } from "./graph.ts";

/** What BatchNorm returns while it trains. */
export interface TrainedBatchNorm {
  readonly output: Value;
  /** The batch's mean and (biased) variance, `[1, C, 1, 1]`: what running statistics follow. */
  readonly mean: Value;
  readonly variance: Value;
}

/**
 * Normalises each channel of `[N, C, H, W]` by the batch's own mean and variance, then scales and shifts it.
 *
 * Ioffe and Szegedy, "Batch Normalization", ICML 2015, algorithm 1.
 *
 * @param scale `[C]`.
 * @param shift `[C]`.
 */
export function batchNorm(
  tape: Tape,
  input: Value,
  scale: Value,
  shift: Value,
  epsilon: number,
): TrainedBatchNorm {
  const [batch, channels, height, width] = fixedShape(input);
  const axes = [0, 2, 3];
  const count = batch * height * width;
  const perChannel = (value: Value) => reshaped(tape, value, [1, channels, 1, 1]);
  const mean = reduced(tape, "ReduceMean", input, axes);
  const centred = elementwise(tape, "Sub", input, mean);
  const variance = reduced(tape, "ReduceMean", elementwise(tape, "Mul", centred, centred), axes);
  const deviation = mapped(tape, "Sqrt", elementwise(tape, "Add", variance, tape.constant(epsilon)));
  const inverse = elementwise(tape, "Div", tape.constant(1), deviation);
  const normalised = elementwise(tape, "Mul", centred, inverse);
  const scaled = elementwise(tape, "Mul", normalised, perChannel(scale));
  const output = tape.record(
    elementwise(tape, "Add", scaled, perChannel(shift)),
    [input, scale, shift],
    (gradient, asked) => {
      const shiftGradient = reduced(tape, "ReduceSum", gradient, axes);
      const scaleGradient = reduced(tape, "ReduceSum", elementwise(tape, "Mul", gradient, normalised), axes);
      const inputGradient = () => {
        const along = elementwise(tape, "Mul", normalised, times(tape, scaleGradient, 1 / count));
        const rest = elementwise(tape, "Sub", gradient, times(tape, shiftGradient, 1 / count));
        const factor = elementwise(tape, "Mul", perChannel(scale), inverse);
        return elementwise(tape, "Mul", elementwise(tape, "Sub", rest, along), factor);
      };
      return [
        asked(0) ? inputGradient() : undefined,
        reshaped(tape, scaleGradient, [channels]),
        reshaped(tape, shiftGradient, [channels]),
      ];
    },
  );
  return { output, mean, variance };
}
