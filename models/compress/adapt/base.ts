/** What an adapted network was made from, as plain data: enough to build its graph again, without its weights. */
import { isJsonObject } from "../../../core/files/mod.ts";
import { type Extent, type Graph, GraphBuilder, withOutputs } from "../../../core/graph/mod.ts";
import { type FitGeometry, fitGraph } from "../../fit/network.ts";
import { parseGeometry } from "../../fit/fitted_file.ts";
import type { InputSize } from "../../input_size.ts";
import type { Task } from "../../network.ts";
import { inferenceOutputs, namedOutputs } from "../../networks/definition.ts";
import { parseNetworkTable } from "../../networks/network_file.ts";
import { buildNetworkTable, type NetworkTable } from "../../networks/network_table.ts";
import { type Preprocessing, preprocessOperator, resized } from "../../preprocessing.ts";
import { findArchitecture } from "../../zoo/mod.ts";

/** A network without weights. */
export type AdaptationBase =
  /** A table of blocks and heads, as the embedded model has; its images are not normalised. */
  | { readonly kind: "table"; readonly table: NetworkTable }
  /** A network of the zoo. */
  | {
    readonly kind: "architecture";
    readonly architecture: string;
    readonly classes: number;
    readonly preprocessing: Preprocessing;
  }
  /** What `bneck fit` has trained. */
  | { readonly kind: "fitted"; readonly geometry: FitGeometry };

/**
 * The graph of a base, from the raw image to the outputs of its tasks.
 *
 * @throws {BneckError} (usage) for an architecture that is unknown.
 */
export function baseGraph(base: AdaptationBase, inputSize?: InputSize): Graph {
  if (base.kind === "fitted") return fitGraph(base.geometry, "antialias");
  const g = new GraphBuilder();
  if (base.kind === "table") {
    const image = g.preprocess(g.image(), { resize: "antialias", mean: [0, 0, 0], std: [1, 1, 1] });
    return g.finish(buildNetworkTable(g, image, base.table));
  }
  const { network } = findArchitecture(base.architecture);
  const preprocessing = resized(base.preprocessing, inputSize);
  const image = g.preprocess(g.image(), preprocessOperator(preprocessing));
  const taps = network.backbone(g, image);
  return g.finish(namedOutputs(network.task, inferenceOutputs(network.head(base.classes).build(g, taps))));
}

/** The part of a graph that some tasks need. */
export function graphOfTasks(graph: Graph, tasks: readonly Task[]): Graph {
  const outputs = Object.entries(graph.outputs).filter(([name]) =>
    (tasks as readonly string[]).includes(name.split(".")[0])
  );
  return withOutputs(graph, Object.fromEntries(outputs));
}

/** Whether two graphs compute the same from parameters of the same names. */
export function sameGraph(left: Graph, right: Graph): boolean {
  const described = ({ layers, outputs }: Graph) => {
    const places = new Map(layers.map((layer, place) => [layer, place]));
    return JSON.stringify([
      layers.map((
        { scope, operator, inputs },
      ) => [scope, operator, inputs.map(({ layer }) => places.get(layer))]),
      Object.entries(outputs).map(([name, { layer }]) => [name, places.get(layer)]).sort(),
    ]);
  };
  return described(left) === described(right);
}

/** A base as JSON; tables are written beside it, in the form of all networks. */
export function baseJson(base: AdaptationBase): object {
  return base.kind === "table" ? { kind: base.kind } : base;
}

/**
 * Reads a base from JSON that may be anything.
 *
 * @param table the text beside it, of `bneck.network`.
 * @param fail throws.
 */
export function parseBase(
  json: unknown,
  table: string | undefined,
  fail: (what: string) => never,
): AdaptationBase {
  if (!isJsonObject(json)) return fail("its base is not an object");
  switch (json.kind) {
    case "table": {
      if (table === undefined) return fail("bneck.network is missing");
      let value: unknown;
      try {
        value = JSON.parse(table);
      } catch {
        return fail("bneck.network is not valid JSON");
      }
      return { kind: "table", table: parseNetworkTable(value, fail) };
    }
    case "fitted":
      return { kind: "fitted", geometry: parseGeometry(json.geometry, fail) };
    case "architecture": {
      const { architecture, classes } = json;
      if (typeof architecture !== "string" || architecture.length > 200) {
        return fail("its architecture is not a name");
      }
      if (!isWhole(classes, 65_536)) return fail("its classes must be between 1 and 65536");
      return {
        kind: "architecture",
        architecture,
        classes,
        preprocessing: parsePreprocessing(json.preprocessing, fail),
      };
    }
    default:
      return fail("its base is of an unknown kind");
  }
}

const MAX_SIDE = 65_536;

function parsePreprocessing(json: unknown, fail: (what: string) => never): Preprocessing {
  if (!isJsonObject(json)) return fail("its preprocessing is not an object");
  const { interpolation, crop, mean, std } = json;
  if (
    interpolation !== "antialias" && interpolation !== "antialias-bicubic" && interpolation !== "bilinear"
  ) {
    return fail("its interpolation is unknown");
  }
  const triple = (value: unknown, min: number): [number, number, number] =>
    Array.isArray(value) && value.length === 3 &&
      value.every((x) => typeof x === "number" && x >= min && x <= 1e3)
      ? [value[0], value[1], value[2]]
      : fail("its mean and standard deviation must be three numbers each");
  if (
    crop !== undefined &&
    !(Array.isArray(crop) && crop.length === 2 && crop.every((side) => isWhole(side, MAX_SIDE)))
  ) {
    return fail("its crop must be two lengths");
  }
  return {
    size: parseSize(json.size, fail),
    interpolation,
    ...(crop === undefined ? {} : { crop: crop as unknown as Extent }),
    mean: triple(mean, -1e3),
    std: triple(std, 1e-6),
  };
}

function parseSize(json: unknown, fail: (what: string) => never): InputSize {
  const { kind, pixels, height, width } = isJsonObject(json) ? json : fail("its size is not an object");
  if ((kind === "shorter" || kind === "longer") && isWhole(pixels, MAX_SIDE)) return { kind, pixels };
  if (kind === "exact" && isWhole(height, MAX_SIDE) && isWhole(width, MAX_SIDE)) {
    return { kind, height, width };
  }
  return fail("its size is invalid");
}

function isWhole(value: unknown, max: number): value is number {
  return typeof value === "number" && Number.isInteger(value) && value >= 1 && value <= max;
}
