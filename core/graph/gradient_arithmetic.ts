/** Arithmetic on a {@linkcode Tape}: single operators of ONNX, and those that gradients pass. */
import { elementCount } from "../weights/tensor.ts";
import type { Value } from "./graph.ts";
import { broadcastShape, fixedShape, type Tape } from "./gradient_tape.ts";
import { int, ints } from "./onnx_nodes.ts";
import type { Shape } from "./shapes.ts";

/** Element by element; one of them may broadcast. */
export function elementwise(
  tape: Tape,
  operator: "Add" | "Sub" | "Mul" | "Div",
  left: Value,
  right: Value,
): Value {
  return tape.primitive(operator, [left, right], broadcastShape(fixedShape(left), fixedShape(right)));
}

/** A function of each element: `Sign`, `Sqrt`, `Relu`, … */
export function mapped(tape: Tape, operator: string, input: Value): Value {
  return tape.primitive(operator, [input], fixedShape(input));
}

/** The value times a number. */
export function times(tape: Tape, input: Value, factor: number): Value {
  return elementwise(tape, "Mul", input, tape.constant(factor));
}

/** The sum or mean over some axes, which keep the length 1. */
export function reduced(
  tape: Tape,
  operator: "ReduceSum" | "ReduceMean" | "ReduceMax",
  input: Value,
  axes: Shape,
): Value {
  const shape = fixedShape(input).map((length, axis) => axes.includes(axis) ? 1 : length);
  return tape.primitive(operator, [input], shape, { attributes: { keepdims: int(1) }, integers: [axes] });
}

/** The same elements in another shape. */
export function reshaped(tape: Tape, input: Value, shape: Shape): Value {
  return fixedShape(input).join() === shape.join()
    ? input
    : tape.primitive("Reshape", [input], shape, { integers: [shape] });
}

/** The axes in another order. */
export function transposed(tape: Tape, input: Value, order: Shape): Value {
  const shape = fixedShape(input);
  return tape.primitive("Transpose", [input], order.map((axis) => shape[axis]), {
    attributes: { perm: ints(order) },
  });
}

/** The matrix product over the last two axes; those before broadcast. */
export function product(tape: Tape, left: Value, right: Value): Value {
  const [a, b] = [fixedShape(left), fixedShape(right)];
  if (a.at(-1) !== b.at(-2)) throw new RangeError(`[${a}] times [${b}] is not defined`);
  const shape = [...broadcastShape(a.slice(0, -2), b.slice(0, -2)), a.at(-2)!, b.at(-1)!];
  return tape.primitive("MatMul", [left, right], shape);
}

/** Part of a value along one axis, from `start` to before `end`. */
export function sliced(tape: Tape, input: Value, axis: number, start: number, end: number): Value {
  const shape = fixedShape(input).map((length, i) => i === axis ? end - start : length);
  return tape.primitive("Slice", [input], shape, { integers: [[start], [end], [axis]] });
}

/** Sums a gradient over the axes along which a value of `shape` was broadcast. */
function summedTo(tape: Tape, gradient: Value, shape: Shape): Value {
  const from = fixedShape(gradient);
  const extra = from.length - shape.length;
  const axes = from.flatMap((length, axis) => length !== 1 && (shape[axis - extra] ?? 1) === 1 ? [axis] : []);
  const summed = axes.length === 0 ? gradient : reduced(tape, "ReduceSum", gradient, axes);
  return reshaped(tape, summed, shape);
}

/** The sum of two values. */
export function add(tape: Tape, left: Value, right: Value): Value {
  return tape.record(elementwise(tape, "Add", left, right), [left, right], (gradient) => [
    summedTo(tape, gradient, fixedShape(left)),
    summedTo(tape, gradient, fixedShape(right)),
  ]);
}

/** The product of two values, element by element. */
export function multiply(tape: Tape, left: Value, right: Value): Value {
  return tape.record(
    elementwise(tape, "Mul", left, right),
    [left, right],
    (gradient, asked) =>
      [left, right].map((value, i) => {
        const other = i === 0 ? right : left;
        return asked(i)
          ? summedTo(tape, elementwise(tape, "Mul", gradient, other), fixedShape(value))
          : undefined;
      }),
  );
}

/** The value times a constant. */
export function scale(tape: Tape, input: Value, factor: number): Value {
  return tape.record(times(tape, input, factor), [input], (gradient) => [times(tape, gradient, factor)]);
}

/** Values one after another along an axis. */
export function concat(tape: Tape, inputs: readonly Value[], axis: number): Value {
  const lengths = inputs.map((value) => fixedShape(value)[axis]);
  const shape = fixedShape(inputs[0]).map((length, i) =>
    i === axis ? lengths.reduce((sum, length) => sum + length, 0) : length
  );
  const joined = tape.primitive("Concat", inputs, shape, { attributes: { axis: int(axis) } });
  return tape.record(joined, inputs, (gradient, asked) => {
    let end = 0;
    return lengths.map((length, i) => {
      const start = end;
      end += length;
      return asked(i) ? sliced(tape, gradient, axis, start, end) : undefined;
    });
  });
}

/** The mean of each channel: `[N, C, 1, 1]`. */
export function globalAveragePool(tape: Tape, input: Value): Value {
  const [, , height, width] = fixedShape(input);
  return tape.record(reduced(tape, "ReduceMean", input, [2, 3]), [input], (gradient) => [
    times(tape, gradient, 1 / (height * width)),
  ]);
}

/** `[N, C, H, W]` to `[N, C · H · W]`. */
export function flatten(tape: Tape, input: Value): Value {
  const shape = fixedShape(input);
  return tape.record(reshaped(tape, input, [shape[0], elementCount(shape.slice(1))]), [input], (gradient) => [
    reshaped(tape, gradient, shape),
  ]);
}

/** Softmax along an axis. */
export function softmax(tape: Tape, input: Value, axis: number): Value {
  const result = tape.primitive("Softmax", [input], fixedShape(input), { attributes: { axis: int(axis) } });
  return tape.record(result, [input], (gradient) => {
    const weighted = elementwise(tape, "Mul", gradient, result);
    const total = reduced(tape, "ReduceSum", weighted, [axis]);
    return [elementwise(tape, "Sub", weighted, elementwise(tape, "Mul", result, total))];
  });
}

/** Rows, then columns, mixed by matrices: `[H', H]` · `[N, C, H, W]` · `[W, W']`. Resizing is of this form. */
export function mixed(tape: Tape, input: Value, rows: Value, columns: Value): Value {
  const result = product(tape, rows, product(tape, input, columns));
  return tape.record(result, [input], (gradient) => [
    product(tape, product(tape, transposed(tape, rows, [1, 0]), gradient), transposed(tape, columns, [1, 0])),
  ]);
}
