/**
 * What {@linkcode gradientGraph} writes on: the layers of a computation at fixed shapes, and for each step how the
 * gradient of its result becomes gradients of its inputs.
 */
import type { OnnxAttribute } from "../onnx/model.ts";
import { elementCount } from "../weights/tensor.ts";
import { withOutputs } from "./cut.ts";
import type { Graph, InputOperator, Layer, Operator, Value } from "./graph.ts";
import type { Shape } from "./shapes.ts";

/** What a primitive is made with besides its inputs. */
export interface PrimitiveOptions {
  readonly attributes?: Readonly<Record<string, OnnxAttribute>>;
  /** Whole numbers that it takes as further inputs. */
  readonly integers?: readonly (readonly number[])[];
}

/** The gradients of a step's inputs from that of its result; `undefined` where none is asked for. */
type Backward = (gradient: Value, asked: (input: number) => boolean) => readonly (Value | undefined)[];

interface Step {
  readonly output: Value;
  readonly inputs: readonly Value[];
  readonly backward: Backward;
}

/** The shape of a value on a tape, which is fixed. */
export function fixedShape({ layer: { operator, name } }: Value): Shape {
  const shape = "shape" in operator ? operator.shape : undefined;
  if (!shape) throw new RangeError(`${name} is not on a tape: its shape is open`);
  return shape;
}

/** Reverse-mode differentiation: forward steps are recorded, {@linkcode Tape.gradients} walks them back. */
export class Tape {
  readonly #layers: Layer[] = [];
  readonly #steps: Step[] = [];
  readonly #tracked = new Set<Layer>();
  readonly #names = new Map<string, number>();
  readonly #inputs = new Map<string, Value>();

  /** The prefix of the names of the layers that are added. */
  scope = "";

  /** An input of a fixed shape; asking for a name again gives the same input. */
  input(name: string, elementType: InputOperator["elementType"], shape: Shape): Value {
    const known = this.#inputs.get(name);
    if (known) return known;
    const operator: InputOperator = { kind: "input", name, elementType, channels: shape[1] ?? 1, shape };
    const value = this.#push({ name, scope: name, operator, inputs: [] }, shape);
    this.#inputs.set(name, value);
    return value;
  }

  /** An input that gradients may be asked for. */
  learned(name: string, shape: Shape): Value {
    const value = this.input(name, "float32", shape);
    this.#tracked.add(value.layer);
    return value;
  }

  /** A fixed tensor; a plain number is a scalar. */
  constant(data: Float32Array | number, shape: Shape = []): Value {
    const values = typeof data === "number" ? Float32Array.of(data) : data;
    if (values.length !== elementCount(shape)) throw new RangeError(`${values.length} values for [${shape}]`);
    return this.#add({ kind: "constant", shape, data: values }, "constant", [], shape);
  }

  /** One operator of ONNX. Unless {@linkcode Tape.record} is called for its result, gradients do not pass it. */
  primitive(
    operator: string,
    inputs: readonly Value[],
    shape: Shape,
    { attributes = {}, integers = [] }: PrimitiveOptions = {},
  ): Value {
    return this.#add({ kind: "primitive", operator, shape, attributes, integers }, operator, inputs, shape);
  }

  /** Says how gradients pass from a result to the values that it was made of. */
  record(output: Value, inputs: readonly Value[], backward: Backward): Value {
    if (inputs.some(({ layer }) => this.#tracked.has(layer))) {
      this.#tracked.add(output.layer);
      this.#steps.push({ output, inputs, backward });
    }
    return output;
  }

  /**
   * Adds the layers that compute the gradients of a scalar.
   *
   * @returns the gradient of each of `wanted`, of its shape.
   * @throws {RangeError} when the scalar does not depend on one of them.
   */
  gradients(scalar: Value, wanted: readonly Value[]): Value[] {
    const found = new Map<Layer, Value>([[scalar.layer, this.constant(1)]]);
    for (const { output, inputs, backward } of this.#steps.toReversed()) {
      const gradient = found.get(output.layer);
      if (!gradient) continue;
      this.scope = `gradient.${output.layer.name}`;
      const asked = (input: number) => this.#tracked.has(inputs[input].layer);
      const parts = backward(this.#expanded(gradient, fixedShape(output)), asked);
      inputs.forEach(({ layer }, i) => {
        const part = parts[i];
        if (!part || !asked(i)) return;
        const known = found.get(layer);
        found.set(layer, known ? this.#sum(known, part) : part);
      });
    }
    return wanted.map((value) => {
      const gradient = found.get(value.layer);
      if (!gradient) throw new RangeError(`the loss does not depend on ${value.layer.name}`);
      return this.#expanded(gradient, fixedShape(value));
    });
  }

  /** Everything on the tape that `outputs` need. */
  finish(outputs: Readonly<Record<string, Value>>): Graph {
    return withOutputs({ layers: this.#layers }, outputs);
  }

  /** Gradients may be of a shape that broadcasts to the value's until they are used. */
  #expanded(gradient: Value, shape: Shape): Value {
    return fixedShape(gradient).join() === shape.join()
      ? gradient
      : this.primitive("Expand", [gradient], shape, { integers: [shape] });
  }

  #sum(left: Value, right: Value): Value {
    return this.primitive("Add", [left, right], broadcastShape(fixedShape(left), fixedShape(right)));
  }

  #add(operator: Operator, kind: string, inputs: readonly Value[], shape: Shape): Value {
    const base = this.scope === "" ? kind : `${this.scope}.${kind}`;
    const copy = (this.#names.get(base) ?? 0) + 1;
    this.#names.set(base, copy);
    const name = copy === 1 ? base : `${base}~${copy}`;
    return this.#push({ name, scope: name, operator, inputs }, shape);
  }

  #push(layer: Layer, shape: Shape): Value {
    this.#layers.push(layer);
    return { layer, channels: shape[1] ?? 1 };
  }
}

/**
 * The shape of what is computed element by element from two values, NumPy's rule.
 *
 * @throws {RangeError} when they do not fit.
 */
export function broadcastShape(left: Shape, right: Shape): Shape {
  const rank = Math.max(left.length, right.length);
  const at = (shape: Shape, axis: number) => shape[axis - rank + shape.length] ?? 1;
  return Array.from({ length: rank }, (_, axis) => {
    const [a, b] = [at(left, axis), at(right, axis)];
    if (a !== b && a !== 1 && b !== 1) throw new RangeError(`[${left}] and [${right}] do not broadcast`);
    return a === 1 ? b : a;
  });
}
