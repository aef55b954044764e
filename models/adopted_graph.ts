/** Reading what an adopted file says of its graph, and checking it against the graph. */
import { modelError } from "../core/errors.ts";
import { isJsonObject } from "../core/files/mod.ts";
import { type CompanionInput, companionOf, parseCompanions } from "./companion_inputs.ts";
import type { OnnxModel, OnnxValueInfo } from "../core/onnx/mod.ts";
import { outputShapes, parseChoice, parseWhole } from "../heads/mod.ts";
import type { AdoptedGraph, Tasks } from "./network.ts";
import {
  CHANNEL_ORDERS,
  CROP_ROUNDINGS,
  FITS,
  INPUT_FILTERS,
  INPUT_TYPES,
  LAYOUTS,
  PADDING_PLACES,
} from "./adopt/choices.ts";
import type { ChannelValues, TensorInput } from "./tensor_input.ts";
import type { OutputNames } from "./tensor_outputs.ts";

type Fail = (what: string) => never;

/** The maximum number of images that a graph may take at once. */
export const MAX_BATCH = 64;

/** Names of tensors are longer in no file. */
const MAX_NAME_LENGTH = 1000;

/** Reads an {@linkcode AdoptedGraph} from JSON that may be anything. */
export function parseAdoptedGraph(json: unknown, fail: Fail): AdoptedGraph {
  if (!isJsonObject(json)) return fail("bneck.adopted is not an object");
  const { companions } = json;
  return {
    input: parseInput(json.input, fail),
    ...(companions === undefined
      ? {}
      : { companions: parseCompanions(companions, (name) => parseName(name, fail), fail) }),
    outputs: parseOutputs(json.outputs, fail),
  };
}

function parseInput(json: unknown, fail: Fail): TensorInput {
  if (!isJsonObject(json)) return fail("the input of bneck.adopted is not an object");
  if (!isJsonObject(json.padding)) return fail("padding is not an object");
  const { value, place } = json.padding;
  return {
    name: parseName(json.name, fail),
    layout: parseChoice("layout", json.layout, LAYOUTS, fail),
    elementType: parseChoice("elementType", json.elementType, INPUT_TYPES, fail),
    batch: parseWhole("batch", json.batch, 1, MAX_BATCH, fail),
    fit: parseChoice("fit", json.fit, FITS, fail),
    filter: parseChoice("filter", json.filter, INPUT_FILTERS, fail),
    ...(json.fitRounding === undefined ? {} : {
      fitRounding: parseChoice("fitRounding", json.fitRounding, CROP_ROUNDINGS, fail),
    }),
    ...(json.cropRounding === undefined ? {} : {
      cropRounding: parseChoice("cropRounding", json.cropRounding, CROP_ROUNDINGS, fail),
    }),
    padding: {
      value: parseWhole("padding", value, 0, 255, fail),
      place: parseChoice("place", place, PADDING_PLACES, fail),
    },
    channels: parseChoice("channels", json.channels, CHANNEL_ORDERS, fail),
    mean: parseChannels("mean", json.mean, () => true, fail),
    std: parseChannels("std", json.std, (value) => value > 0, fail),
  };
}

function parseChannels(
  name: string,
  json: unknown,
  isValid: (value: number) => boolean,
  fail: Fail,
): ChannelValues {
  const isList = Array.isArray(json) && json.length === 3 &&
    json.every((value) => typeof value === "number" && Math.abs(value) <= 1e6 && isValid(value));
  return isList ? json as unknown as ChannelValues : fail(`${name} must be three numbers`);
}

function parseOutputs(json: unknown, fail: Fail): OutputNames {
  if (!isJsonObject(json)) return fail("the outputs of bneck.adopted are not an object");
  return Object.fromEntries(Object.entries(json).map(([name, from]) => [name, parseName(from, fail)]));
}

function parseName(value: unknown, fail: Fail): string {
  return typeof value === "string" && value.length > 0 && value.length <= MAX_NAME_LENGTH
    ? value
    : fail("the name of a tensor is invalid");
}

/** Whether a graph takes images of any size. */
export function takesAnySize({ graph }: OnnxModel, { name, layout }: TensorInput): boolean {
  const shape = graph.inputs.find((input) => input.name === name)?.shape;
  return shape === undefined ||
    spatialAxes(layout).every((axis) => typeof shape[axis] === "string");
}

/** The axes of height and width. */
export function spatialAxes(layout: TensorInput["layout"]): readonly [number, number] {
  return layout === "NCHW" ? [2, 3] : [1, 2];
}

/**
 * Checks that a graph has the input and the outputs that are said of it.
 *
 * @throws {BneckError} when it has not.
 */
export function checkAdoptedGraph(
  { graph }: OnnxModel,
  { input, companions = [], outputs }: AdoptedGraph,
  tasks: Tasks,
  path: string,
): void {
  const initializers = new Set(graph.initializers.map(({ name }) => name));
  const inputs = graph.inputs.filter(({ name }) => !initializers.has(name));
  const found = inputs.find(({ name }) => name === input.name);
  const others = inputs.filter((other) => other !== found && !isCompanion(other, companions));
  if (!found || others.length > 0 || inputs.length !== 1 + companions.length) {
    throw modelError(
      `${path} must take one image, but takes ${inputs.map(({ name }) => name).join(", ") || "nothing"}`,
    );
  }
  if (found.elementType !== input.elementType || !hasAxes(found, input)) {
    const { batch, layout, elementType } = input;
    throw modelError(
      `${path} takes ${found.elementType} [${
        found.shape?.join(", ") ?? "?"
      }], not ${elementType} of ${batch} ${layout} images`,
    );
  }
  const declared = new Set(graph.outputs.map(({ name }) => name));
  for (const [task, { head }] of Object.entries(tasks)) {
    for (const name of Object.keys(outputShapes(head.spec))) {
      const from = outputs[`${task}.${name}`];
      if (from === undefined) throw modelError(`${path} does not say which output is ${task}.${name}`);
      if (!declared.has(from)) throw modelError(`${path} has no output of the name that ${task}.${name} has`);
    }
  }
}

function isCompanion(input: OnnxValueInfo, companions: readonly CompanionInput[]): boolean {
  const { elementType, holds } = companionOf(input) ?? {};
  return companions.some((known) =>
    known.name === input.name && known.elementType === elementType && known.holds === holds
  );
}

function hasAxes({ shape }: OnnxValueInfo, { batch, layout }: TensorInput): boolean {
  if (shape === undefined) return true;
  const may = (axis: number, size: number) => typeof shape[axis] === "string" || shape[axis] === size;
  if (layout === "CHW") return shape.length === 3 && may(0, 3);
  return shape.length === 4 && may(0, batch) && may(layout === "NCHW" ? 1 : 3, 3);
}
