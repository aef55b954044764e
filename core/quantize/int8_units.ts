/** The int8 forms of units, each with its activation. */
import { isDepthwise } from "./channels.ts";
import type { Int8Graph } from "./int8_graph.ts";
import { MICROSOFT } from "./int8_nodes.ts";
import { FACTOR_UNIT } from "./channel_factors.ts";
import { GATE, HARD_SIGMOID, type Scale } from "./scale.ts";
import { attributeInt, floatsOf, type Unit } from "./units.ts";
import { addUpsampling, phasesOf } from "./upsample.ts";
import { quantizeConv, roundedConv, scaledConv, widenedConv } from "./weights.ts";

const CHANNELS_LAST = { channels_last: { type: "int", value: 1 } } as const;

/**
 * Adds a unit in int8.
 *
 * @throws {RangeError} if it has no int8 form, or a scale is missing
 */
export function addInt8Unit(graph: Int8Graph, unit: Unit): void {
  const [node] = unit.nodes;
  const { out } = graph;
  switch (unit.kind) {
    case "conv":
      if (isProduct(graph, unit)) return addProduct(graph, unit);
      return addActivated(graph, unit, (scale, name) => addConv(graph, unit, scale, name));
    case "add":
    case "multiply":
      return addActivated(graph, unit, (scale, name) => {
        const operands = node.inputs.flatMap((input) => argument(graph, input));
        const operator = unit.kind === "add" ? "QLinearAdd" : "QLinearMul";
        return out.add(operator, [...operands, ...out.scale(scale)], name, {}, MICROSOFT, node.name);
      });
    case "concat":
      return addActivated(graph, unit, (scale, name) => addConcat(graph, unit, scale, name));
    case "globalAveragePool":
      return addActivated(graph, unit, (scale, name) => addGlobalAveragePool(graph, unit, scale, name));
    case "maxPool": {
      const bytes = graph.asBytes(node.inputs[0]);
      const [output] = unit.outputs;
      const name = out.add(
        "NhwcMaxPool",
        [bytes.name],
        `${output}.bytes`,
        node.attributes,
        MICROSOFT,
        node.name,
      );
      return graph.set(output, { ...bytes, name });
    }
    case "upsample":
      return addUpsample(graph, unit);
    case "activation":
      return addAlone(graph, unit);
    case "other":
      throw new RangeError(`${unit.name} (${node.operator}) has no int8 form`);
  }
}

/** A tensor as operators take it: its bytes, scale and zero point. */
function argument(graph: Int8Graph, tensor: string): readonly string[] {
  const { name, scale } = graph.asBytes(tensor);
  return [name, ...graph.out.scale(scale)];
}

/**
 * Adds an operator and the activation that follows it.
 *
 * @param operator adds the operator, given the scale of its result and its name
 */
function addActivated(graph: Int8Graph, unit: Unit, operator: (scale: Scale, name: string) => string): void {
  const [output] = unit.outputs;
  const name = `${output}.bytes`;
  switch (unit.activation) {
    case "h-sigmoid":
      operator(HARD_SIGMOID, name);
      return graph.set(output, { name, scale: GATE });
    case "h-swish":
    case "sigmoid":
    case "swish": {
      const before = graph.scale(unit.before);
      const linear = { name: operator(before, `${unit.before}.bytes`), scale: before };
      return addNonlinear(graph, unit, linear);
    }
    // ReLU is in the saturation of bytes.
    default: {
      const scale = graph.scale(output);
      operator(scale, name);
      return graph.set(output, { name, scale, factors: graph.factorsOf(output) });
    }
  }
}

/** Adds an activation that takes operators of its own. */
function addNonlinear(
  graph: Int8Graph,
  { activation, nodes, outputs: [output] }: Unit,
  linear: { readonly name: string; readonly scale: Scale },
): void {
  const { out } = graph;
  const name = `${output}.bytes`;
  const from = [linear.name, ...out.scale(linear.scale)];
  const product = (gate: string) => {
    const scale = graph.scale(output);
    const inputs = [...from, gate, ...out.scale(GATE), ...out.scale(scale)];
    out.add("QLinearMul", inputs, name, {}, MICROSOFT, nodes.at(-1)!.name);
    graph.set(output, { name, scale, factors: graph.factorsOf(output) });
  };
  const smooth = (result: string) =>
    out.add("QLinearSigmoid", [...from, ...out.scale(GATE)], result, {}, MICROSOFT);
  switch (activation) {
    case "h-swish": {
      const inputs = [...from, ...unitFactors(graph, output), ...out.scale(HARD_SIGMOID)];
      return product(out.add("QLinearMul", inputs, `${output}.gate`, {}, MICROSOFT));
    }
    case "swish":
      return product(smooth(`${output}.gate`));
    case "sigmoid":
      smooth(name);
      return graph.set(output, { name, scale: GATE });
    default:
      throw new RangeError(`${output}: no int8 form of ${activation}`);
  }
}

/**
 * What bytes are multiplied by to be read with another scale, which is cheaper than the way through floats: the factors of
 * a tensor's channels, or one.
 */
function unitFactors(graph: Int8Graph, tensor: string): readonly string[] {
  const { out } = graph;
  const factors = graph.factorsOf(tensor);
  if (!factors) {
    return [out.tensor("one", "uint8", [1], Uint8Array.of(1)), ...out.scale({ scale: 1, zeroPoint: 0 })];
  }
  const bytes = Uint8Array.from(factors, (factor) => Math.round(factor * FACTOR_UNIT));
  return [
    out.tensor(`${tensor}.factors`, "uint8", [bytes.length], bytes),
    ...out.scale({ scale: Math.fround(1 / FACTOR_UNIT), zeroPoint: 0 }),
  ];
}

/** Adds an activation of a value that others read, too. */
function addAlone(graph: Int8Graph, unit: Unit): void {
  const { out } = graph;
  const [output] = unit.outputs;
  const input = unit.nodes[0].inputs.find((name) => name === unit.before) ?? unit.nodes[0].inputs[0];
  const linear = graph.asBytes(input);
  if (unit.activation !== "h-sigmoid" && unit.activation !== "relu" && unit.activation !== "relu6") {
    return addNonlinear(graph, unit, linear);
  }
  const hard = unit.activation === "h-sigmoid";
  const scale = hard ? HARD_SIGMOID : graph.scale(output);
  const one = [out.tensor("one", "uint8", [1], Uint8Array.of(1)), ...out.scale({ scale: 1, zeroPoint: 0 })];
  const inputs = [linear.name, ...out.scale(linear.scale), ...one, ...out.scale(scale)];
  const name = out.add("QLinearMul", inputs, `${output}.bytes`, {}, MICROSOFT);
  graph.set(output, { name, scale: hard ? GATE : scale });
}

function addGlobalAveragePool(graph: Int8Graph, unit: Unit, scale: Scale, name: string): string {
  const { out } = graph;
  const [input] = unit.nodes[0].inputs;
  const { name: bytes, scale: from, factors } = graph.asBytes(input);
  const pool = (to: Scale, output: string) =>
    out.add(
      "QLinearGlobalAveragePool",
      [bytes, ...out.scale(from), ...out.scale(to)],
      output,
      CHANNELS_LAST,
      MICROSOFT,
      unit.nodes[0].name,
    );
  if (!factors) return pool(scale, name);
  const means = pool(from, `${name}.means`);
  const inputs = [means, ...out.scale(from), ...unitFactors(graph, input), ...out.scale(scale)];
  return out.add("QLinearMul", inputs, name, {}, MICROSOFT);
}

function addConcat(graph: Int8Graph, unit: Unit, scale: Scale, name: string): string {
  const { out } = graph;
  const operands = unit.nodes[0].inputs.map((input) => graph.asBytes(input));
  const axis = { axis: { type: "int", value: 3 } } as const;
  const isSame = (other: Scale) => other.scale === scale.scale && other.zeroPoint === scale.zeroPoint;
  if (operands.every((operand) => isSame(operand.scale))) {
    return out.add("Concat", operands.map((operand) => operand.name), name, axis, "", unit.nodes[0].name);
  }
  const inputs = operands.flatMap((operand) => [operand.name, ...out.scale(operand.scale)]);
  return out.add("QLinearConcat", [...out.scale(scale), ...inputs], name, axis, MICROSOFT);
}

function addUpsample(graph: Int8Graph, unit: Unit): void {
  const [node] = unit.nodes;
  const [output] = unit.outputs;
  const { out, parts } = graph;
  const bytes = graph.asBytes(node.inputs[0]);
  const phases = phasesOf(node, parts);
  const channels = graph.channels(node.inputs[0]);
  if (phases && channels !== undefined) {
    return addActivated(
      graph,
      unit,
      (scale, name) => addUpsampling(out, phases, channels, bytes.name, bytes.scale, scale, name),
    );
  }
  if (unit.activation) throw new RangeError(`${unit.name}: no int8 form of its activation`);
  const [, , height, width] = floatsOf(parts.constants.get(node.inputs[2]))!;
  const factors = Float32Array.of(1, height, width, 1);
  const scales = out.tensor(`${unit.name}.scales.last`, "float32", [4], factors);
  const name = out.add("Resize", [bytes.name, "", scales], `${output}.bytes`, node.attributes);
  graph.set(output, { name, scale: bytes.scale });
}

/** Whether a convolution is a matrix product whose result is only read in float. */
function isProduct(graph: Int8Graph, { activation, outputs, nodes: [node] }: Unit): boolean {
  const [, , ...kernel] = graph.parts.constants.get(node.inputs[1])!.shape;
  const { strides, pads } = node.attributes;
  const all = (values: unknown, wanted: number) =>
    values === undefined || Array.isArray(values) && values.every((value) => value === wanted);
  return activation === undefined && graph.isReadInFloat(outputs[0]) && all(kernel, 1) &&
    (attributeInt(node, "group") ?? 1) === 1 &&
    all(strides?.type === "ints" ? strides.value : undefined, 1) &&
    all(pads?.type === "ints" ? pads.value : undefined, 0);
}

/** Adds a matrix product of bytes in float: nothing is rounded that is not rounded before. */
function addProduct(graph: Int8Graph, unit: Unit): void {
  const { out } = graph;
  const [output] = unit.outputs;
  const { bytes, shape: [outputs, inputs], weight, scales, bias } = int8Conv(graph, unit);
  const transposed = new Int8Array(weight.length);
  for (let row = 0; row < outputs; row++) {
    for (let column = 0; column < inputs; column++) {
      transposed[column * outputs + row] = weight[row * inputs + column];
    }
  }
  const floats = Float32Array.from(bias, (value, row) => value * bytes.scale.scale * scales[row]);
  const [scale, zeroPoint] = out.scale(bytes.scale);
  const last = out.add(
    "MatMulIntegerToFloat",
    [
      bytes.name,
      out.tensor(`${unit.name}.matrix.int8`, "int8", [inputs, outputs], transposed),
      scale,
      out.tensor(`${unit.name}.weight.scales`, "float32", [outputs], scales),
      zeroPoint,
      out.tensor(`zero_points.${outputs}`, "int8", [outputs], new Int8Array(outputs)),
      out.tensor(`${unit.name}.bias.float`, "float32", [outputs], floats),
    ],
    `${output}.last`,
    {},
    MICROSOFT,
    unit.nodes[0].name,
  );
  graph.setFloat(output, last);
}

function addConv(graph: Int8Graph, unit: Unit, scale: Scale, name: string): string {
  const { out } = graph;
  const { bytes, shape, groups, weight, scales, bias } = int8Conv(graph, unit);
  const [outputs] = shape;
  return out.add(
    "QLinearConv",
    [
      bytes.name,
      ...out.scale(bytes.scale),
      out.tensor(`${unit.name}.weight.int8`, "int8", shape, weight),
      out.tensor(`${unit.name}.weight.scales`, "float32", [outputs], scales),
      out.tensor(`zero_points.${outputs}`, "int8", [outputs], new Int8Array(outputs)),
      ...out.scale(scale),
      out.tensor(`${unit.name}.bias.int32`, "int32", [outputs], bias),
    ],
    name,
    { ...unit.nodes[0].attributes, group: { type: "int", value: groups }, ...CHANNELS_LAST },
    MICROSOFT,
    unit.nodes[0].name,
  );
}

/** The weights of a convolution as it runs: with factors and channels of zeros. */
function int8Conv(graph: Int8Graph, unit: Unit) {
  const [node] = unit.nodes;
  const [input, weightName, biasName = ""] = node.inputs;
  const { constants } = graph.parts;
  const bytes = graph.asBytes(input);
  const { shape } = constants.get(weightName)!;
  const depthwise = isDepthwise(unit, graph.parts);
  const written = graph.factorsOf(unit.outputs[0]);
  const rounded = graph.rounded(unit);
  const bias = graph.corrected(unit, rounded?.bias ?? floatsOf(constants.get(biasName)));
  const nearest = () => {
    const weight = floatsOf(constants.get(weightName))!;
    const read = depthwise ? { output: bytes.factors } : { input: bytes.factors };
    const scaled = scaledConv(weight, bias, shape, read, written);
    return quantizeConv(
      scaled.weight,
      scaled.bias,
      shape[0],
      bytes.scale.scale,
      depthwise ? undefined : graph.weightLimit,
    );
  };
  const own = rounded ? roundedConv(rounded, bias!, bytes.scale.scale, written) : nearest();
  const outputs = graph.channels(unit.outputs[0]) ?? shape[0];
  const groups = attributeInt(node, "group") ?? 1;
  const inputs = groups === 1 ? graph.channels(input) ?? shape[1] : shape[1];
  const wide = widenedConv(own, shape, outputs, inputs);
  return {
    bytes,
    shape: [outputs, inputs, ...shape.slice(2)],
    groups: depthwise ? outputs : groups,
    ...wide,
  };
}
