/** The losses that networks here are trained with, on a {@linkcode Tape}. */
import { elementwise, reduced, reshaped } from "./gradient_arithmetic.ts";
import { fixedShape, type Tape } from "./gradient_tape.ts";
import type { Value } from "./graph.ts";
import { int } from "./onnx_nodes.ts";

/**
 * Softmax cross-entropy, PyTorch's `cross_entropy` with `weight`: the sum over all cells of −w(y) · log p(y), divided
 * by the sum of w(y). Cells whose label is not a class are ignored.
 *
 * @param logits `[N, K, H, W]`.
 * @param labels `[N, H, W]`, uint8; K and more are ignored.
 * @param weights `[K]`, of the classes.
 */
export function crossEntropy(tape: Tape, logits: Value, labels: Value, weights: Float32Array): Value {
  const [batch, classes, height, width] = fixedShape(logits);
  const cells = [batch, 1, height, width];
  const ids = tape.constant(Float32Array.from({ length: classes }, (_, id) => id), [1, classes, 1, 1]);
  const given = tape.primitive("Cast", [reshaped(tape, labels, cells)], cells, {
    attributes: { to: int(1) },
  });
  const isClass = tape.primitive("Equal", [given, ids], fixedShape(logits));
  const oneHot = tape.primitive("Cast", [isClass], fixedShape(logits), { attributes: { to: int(1) } });
  const target = elementwise(tape, "Mul", oneHot, tape.constant(weights, [1, classes, 1, 1]));
  const weightOfCell = reduced(tape, "ReduceSum", target, [1]);
  const all = reduced(tape, "ReduceSum", weightOfCell, [0, 1, 2, 3]);
  // A batch without labels has no loss.
  const total = tape.primitive("Max", [all, tape.constant(1e-12)], [1, 1, 1, 1]);

  const largest = reduced(tape, "ReduceMax", logits, [1]);
  const shifted = elementwise(tape, "Sub", logits, largest);
  const powers = tape.primitive("Exp", [shifted], fixedShape(logits));
  const sums = reduced(tape, "ReduceSum", powers, [1]);
  const logSums = tape.primitive("Log", [sums], cells);
  // Σ w(y) · (log Σ exp z − z(y))
  const fromSums = reduced(tape, "ReduceSum", elementwise(tape, "Mul", weightOfCell, logSums), [0, 1, 2, 3]);
  const fromLogits = reduced(tape, "ReduceSum", elementwise(tape, "Mul", target, shifted), [0, 1, 2, 3]);
  const mean = elementwise(tape, "Div", elementwise(tape, "Sub", fromSums, fromLogits), total);
  return tape.record(reshaped(tape, mean, []), [logits], (gradient) => {
    const perPower = elementwise(tape, "Div", weightOfCell, elementwise(tape, "Mul", sums, total));
    const predicted = elementwise(tape, "Mul", powers, perPower);
    const slope = elementwise(tape, "Sub", predicted, elementwise(tape, "Div", target, total));
    return [elementwise(tape, "Mul", slope, gradient)];
  });
}
