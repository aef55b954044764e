/** Activations on a {@linkcode Tape}. */
import { elementwise, mapped, times } from "./gradient_arithmetic.ts";
import { fixedShape, type Tape } from "./gradient_tape.ts";
import type { Activation, Value } from "./graph.ts";
import { float } from "./onnx_nodes.ts";

/** A nonlinearity. Where it has a kink the derivative is 0, as in PyTorch. */
export function activation(tape: Tape, input: Value, kind: Activation): Value {
  switch (kind) {
    case "relu": {
      const result = mapped(tape, "Relu", input);
      return tape.record(result, [input], (gradient) => [
        elementwise(tape, "Mul", gradient, isPositive(tape, result)),
      ]);
    }
    case "relu6": {
      const bounds = [tape.constant(0), tape.constant(6)];
      const result = tape.primitive("Clip", [input, ...bounds], fixedShape(input));
      return tape.record(result, [input], (gradient) => [
        elementwise(tape, "Mul", gradient, isBetween(tape, result, 6)),
      ]);
    }
    case "sigmoid": {
      const result = mapped(tape, "Sigmoid", input);
      return tape.record(result, [input], (gradient) => {
        const slope = elementwise(tape, "Sub", result, elementwise(tape, "Mul", result, result));
        return [elementwise(tape, "Mul", gradient, slope)];
      });
    }
    case "h-sigmoid": {
      const result = hardSigmoid(tape, input);
      return tape.record(result, [input], (gradient) => {
        const slope = times(tape, isBetween(tape, result, 1), 1 / 6);
        return [elementwise(tape, "Mul", gradient, slope)];
      });
    }
    case "h-swish": {
      const gate = hardSigmoid(tape, input);
      return tape.record(elementwise(tape, "Mul", input, gate), [input], (gradient) => {
        // (x · h(x))′ = h(x) + x · h′(x)
        const bent = elementwise(tape, "Mul", times(tape, input, 1 / 6), isBetween(tape, gate, 1));
        return [elementwise(tape, "Mul", gradient, elementwise(tape, "Add", gate, bent))];
      });
    }
  }
}

function hardSigmoid(tape: Tape, input: Value): Value {
  return tape.primitive("HardSigmoid", [input], fixedShape(input), {
    attributes: { alpha: float(1 / 6), beta: float(0.5) },
  });
}

/** 1 where a value that is clipped to 0…`max` lies between these, 0 where it is one of them. */
function isBetween(tape: Tape, clipped: Value, max: number): Value {
  const distance = elementwise(tape, "Sub", tape.constant(max), clipped);
  return isPositive(tape, elementwise(tape, "Mul", clipped, distance));
}

/** 1 where a value of at least 0 is above it. onnxruntime computes a steep ramp in half the time of `Sign`. */
function isPositive(tape: Tape, value: Value): Value {
  return tape.primitive("HardSigmoid", [value], fixedShape(value), {
    attributes: { alpha: float(1e30), beta: float(0) },
  });
}
