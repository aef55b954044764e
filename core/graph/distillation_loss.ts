/** Losses by which one network learns from another's outputs, on a {@linkcode Tape}. */
import { elementwise, mapped, reduced, reshaped } from "./gradient_arithmetic.ts";
import { fixedShape, type Tape } from "./gradient_tape.ts";
import type { Value } from "./graph.ts";

/**
 * Cross-entropy with the teacher's probabilities p in which cells count by the sum of both probabilities, so that the many
 * cells without an object do not outweigh the few with one: with q = sigmoid(y) its slope is (q − p) · (q + p) where that
 * of plain cross-entropy is q − p.
 *
 * Σ (softplus(y) − q − p² · y) / Σ p².
 *
 * @param logits `[N, K, H, W]`, the student's: y.
 * @param teacher logits of the same shape.
 */
export function heatMapLoss(tape: Tape, logits: Value, teacher: Value): Value {
  const square = (value: Value) => elementwise(tape, "Mul", value, value);
  const expected = square(mapped(tape, "Sigmoid", teacher));
  const found = mapped(tape, "Sigmoid", logits);
  const objects = elementwise(tape, "Add", total(tape, expected), tape.constant(1e-6));
  const terms = elementwise(tape, "Sub", mapped(tape, "Softplus", logits), found);
  const missed = total(
    tape,
    elementwise(tape, "Sub", terms, elementwise(tape, "Mul", expected, logits)),
  );
  return tape.record(scalar(tape, elementwise(tape, "Div", missed, objects)), [logits], (gradient) => {
    const gap = elementwise(tape, "Sub", square(found), expected);
    return [elementwise(tape, "Mul", elementwise(tape, "Div", gap, objects), gradient)];
  });
}

/**
 * Σ weight · |student − teacher| · `factor`.
 *
 * @param weight of a shape that broadcasts to the values'.
 */
export function absoluteLoss(
  tape: Tape,
  student: Value,
  teacher: Value,
  factor: Value,
  weight: Value,
): Value {
  const difference = elementwise(tape, "Sub", student, teacher);
  const weighted = elementwise(tape, "Mul", mapped(tape, "Abs", difference), weight);
  const sum = elementwise(tape, "Mul", total(tape, weighted), factor);
  return tape.record(scalar(tape, sum), [student], (gradient) => {
    const slope = elementwise(tape, "Mul", mapped(tape, "Sign", difference), weight);
    return [elementwise(tape, "Mul", elementwise(tape, "Mul", slope, factor), gradient)];
  });
}

/**
 * Cross-entropy with the teacher's distribution over dimension 1, the mean over all cells.
 *
 * @param logits `[N, K, …]`, the student's.
 * @param teacher logits of the same shape.
 */
export function distributionLoss(tape: Tape, logits: Value, teacher: Value): Value {
  const shape = fixedShape(logits);
  const cells = shape.reduce((product, length, axis) => axis === 1 ? product : product * length, 1);
  const expected = softmaxed(tape, teacher);
  const largest = reduced(tape, "ReduceMax", logits, [1]);
  const shifted = elementwise(tape, "Sub", logits, largest);
  const sums = reduced(tape, "ReduceSum", mapped(tape, "Exp", shifted), [1]);
  const missed = elementwise(
    tape,
    "Sub",
    total(tape, mapped(tape, "Log", sums)),
    total(tape, elementwise(tape, "Mul", expected, shifted)),
  );
  const mean = elementwise(tape, "Mul", missed, tape.constant(1 / cells));
  return tape.record(scalar(tape, mean), [logits], (gradient) => {
    const gap = elementwise(tape, "Sub", softmaxed(tape, logits), expected);
    const slope = elementwise(tape, "Mul", gap, tape.constant(1 / cells));
    return [elementwise(tape, "Mul", slope, gradient)];
  });
}

/**
 * Σ weight · (student − teacher)² · `factor`.
 *
 * @param weight of a shape that broadcasts to the values'. @default {1}
 */
export function squaredLoss(
  tape: Tape,
  student: Value,
  teacher: Value,
  factor: Value | number,
  weight?: Value,
): Value {
  const scale = typeof factor === "number" ? tape.constant(factor) : factor;
  const difference = elementwise(tape, "Sub", student, teacher);
  const weighted = weight ? elementwise(tape, "Mul", difference, weight) : difference;
  const sum = elementwise(tape, "Mul", total(tape, elementwise(tape, "Mul", weighted, difference)), scale);
  return tape.record(scalar(tape, sum), [student], (gradient) => {
    const slope = elementwise(tape, "Mul", elementwise(tape, "Mul", weighted, scale), tape.constant(2));
    return [elementwise(tape, "Mul", slope, gradient)];
  });
}

function softmaxed(tape: Tape, logits: Value): Value {
  const powers = mapped(
    tape,
    "Exp",
    elementwise(tape, "Sub", logits, reduced(tape, "ReduceMax", logits, [1])),
  );
  return elementwise(tape, "Div", powers, reduced(tape, "ReduceSum", powers, [1]));
}

function total(tape: Tape, value: Value): Value {
  return reduced(tape, "ReduceSum", value, fixedShape(value).map((_, axis) => axis));
}

/** One element of any rank as a scalar. */
function scalar(tape: Tape, value: Value): Value {
  return reshaped(tape, value, []);
}
