/** The int8 forms of units, each with its activation. */
import { elementCount } from "../weights/tensor.ts";
import { isDepthwise } from "./channels.ts";
import type { Int8Graph } from "./int8_graph.ts";
import { MICROSOFT } from "./int8_nodes.ts";
import { FACTOR_UNIT } from "./channel_factors.ts";
import { GATE, HARD_SIGMOID, type Scale } from "./scale.ts";
import { attributeInt, floatsOf, type Unit } from "./units.ts";
import { addUpsampling, phasesOf } from "./upsample.ts";
import { quantizeConv, scaledConv, widenedConv } from "./weights.ts";

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
      return addActivated(graph, unit, (scale, name) => addConv(graph, unit, scale, name));
    case "add":
    case "multiply":
      return addActivated(graph, unit, (scale, name) => {
        const operands = node.inputs.flatMap((input) => argument(graph, input));
        const operator = unit.kind === "add" ? "QLinearAdd" : "QLinearMul";
        return out.add(operator, [...operands, ...out.scale(scale)], name, {}, MICROSOFT);
      });
    case "concat":
      return addActivated(graph, unit, (scale, name) => addConcat(graph, unit, scale, name));
    case "globalAveragePool":
      return addActivated(graph, unit, (scale, name) => {
        const inputs = [...argument(graph, node.inputs[0]), ...out.scale(scale)];
        return out.add("QLinearGlobalAveragePool", inputs, name, CHANNELS_LAST, MICROSOFT);
      });
    case "maxPool": {
      const bytes = graph.asBytes(node.inputs[0]);
      const [output] = unit.outputs;
      const name = out.add("NhwcMaxPool", [bytes.name], `${output}.bytes`, node.attributes, MICROSOFT);
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
  { activation, outputs: [output] }: Unit,
  linear: { readonly name: string; readonly scale: Scale },
): void {
  const { out } = graph;
  const name = `${output}.bytes`;
  const from = [linear.name, ...out.scale(linear.scale)];
  const product = (gate: string) => {
    const scale = graph.scale(output);
    out.add("QLinearMul", [...from, gate, ...out.scale(GATE), ...out.scale(scale)], name, {}, MICROSOFT);
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
  if (!factors) return [out.tensor("one", "uint8", [1], Uint8Array.of(1)), ...out.scale({ scale: 1, zeroPoint: 0 })];
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

function addConcat(graph: Int8Graph, unit: Unit, scale: Scale, name: string): string {
  const { out } = graph;
  const operands = unit.nodes[0].inputs.map((input) => graph.asBytes(input));
  const axis = { axis: { type: "int", value: 3 } } as const;
  const isSame = (other: Scale) => other.scale === scale.scale && other.zeroPoint === scale.zeroPoint;
  if (operands.every((operand) => isSame(operand.scale))) {
    return out.add("Concat", operands.map((operand) => operand.name), name, axis);
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

function addConv(graph: Int8Graph, unit: Unit, scale: Scale, name: string): string {
  const [node] = unit.nodes;
  const [input, weightName, biasName = ""] = node.inputs;
  const { out, parts: { constants } } = graph;
  const bytes = graph.asBytes(input);
  const { shape } = constants.get(weightName)!;
  const depthwise = isDepthwise(unit, graph.parts);
  const scaled = scaledConv(
    floatsOf(constants.get(weightName))!,
    floatsOf(constants.get(biasName)),
    shape,
    depthwise ? { output: bytes.factors } : { input: bytes.factors },
    graph.factorsOf(unit.outputs[0]),
  );
  const own = quantizeConv(scaled.weight, scaled.bias, shape[0], bytes.scale.scale);
  const outputs = graph.channels(unit.outputs[0]) ?? shape[0];
  const groups = attributeInt(node, "group") ?? 1;
  const inputs = groups === 1 ? graph.channels(input) ?? shape[1] : shape[1];
  const { weight, scales, bias } = widenedConv(own, shape, outputs, inputs);
  const wide = [outputs, inputs, ...shape.slice(2)];
  if (elementCount(wide) !== weight.length) throw new RangeError(`${unit.name}: its channels do not match`);
  return out.add(
    "QLinearConv",
    [
      bytes.name,
      ...out.scale(bytes.scale),
      out.tensor(`${unit.name}.weight.int8`, "int8", wide, weight),
      out.tensor(`${unit.name}.weight.scales`, "float32", [outputs], scales),
      out.tensor(`zero_points.${outputs}`, "int8", [outputs], new Int8Array(outputs)),
      ...out.scale(scale),
      out.tensor(`${unit.name}.bias.int32`, "int32", [outputs], bias),
    ],
    name,
    { ...node.attributes, group: { type: "int", value: depthwise ? outputs : groups }, ...CHANNELS_LAST },
    MICROSOFT,
  );
}
