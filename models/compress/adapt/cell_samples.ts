/** What convolutions read, in some cells of some images. */
import { type Graph, type Layer, toOnnx, type Value, withOutputs } from "../../../core/graph/mod.ts";
import { encodeOnnx } from "../../../core/onnx/mod.ts";
import { namedSeed, randomNumbers } from "../../../core/random.ts";
import { Session } from "../../../core/session/mod.ts";
import type { CalibrationImage } from "./calibration.ts";
import { boundWeights, type Candidate } from "./candidate.ts";

/** The channels of a feature map in some cells. */
export interface CellSamples {
  readonly channels: number;
  /** `[cells, channels]`. */
  readonly data: Float32Array;
}

/** How samples are taken. */
export interface SamplingOptions {
  /** Cells of one image's map. */
  readonly cells: number;
  readonly seed: number;
  readonly signal?: AbortSignal;
  readonly onImage?: (done: number, total: number) => void;
}

/**
 * The inputs of some convolutions of a candidate in the same cells for every candidate, by their scopes. Maps of one cell
 * give one sample an image.
 */
export async function sampleInputs(
  candidate: Candidate,
  scopes: readonly string[],
  images: readonly CalibrationImage[],
  { cells, seed, signal, onImage }: SamplingOptions,
): Promise<Map<string, CellSamples>> {
  const values = inputsOf(candidate.graph, scopes);
  const names = new Map(
    [...new Set([...values.values()].map(({ layer }) => layer))].map((layer, i) => [layer, `tap.${i}`]),
  );
  const taps = Object.fromEntries([...values.values()].map((value) => [names.get(value.layer)!, value]));
  const graph = withOutputs(candidate.graph, taps);
  const session = await Session.open(
    encodeOnnx(toOnnx(graph, boundWeights({ graph, weights: candidate.weights })).model),
    "the network that is adapted",
  );
  const collected = new Map<string, { readonly channels: number; readonly rows: Float32Array[] }>();
  try {
    for (const [index, { feeds }] of images.entries()) {
      signal?.throwIfAborted();
      for (const [name, { shape, data }] of Object.entries(await session.run(feeds))) {
        const [, channels, height = 1, width = 1] = shape;
        const known = collected.get(name) ?? { channels, rows: [] };
        const chosen = cellsOf(height * width, cells, namedSeed(`${index} ${height}×${width}`, seed));
        known.rows.push(rowsOf(data as Float32Array, channels, height * width, chosen));
        collected.set(name, known);
      }
      onImage?.(index + 1, images.length);
    }
  } finally {
    await session.close();
  }
  const joined = new Map(
    [...collected].map(([name, { channels, rows }]) => [name, { channels, data: join(rows) }]),
  );
  return new Map([...values].map(([scope, { layer }]) => [scope, joined.get(names.get(layer)!)!]));
}

/** What convolutions read; of several with one scope the first's. */
function inputsOf(graph: Graph, scopes: readonly string[]): Map<string, Value> {
  const wanted = new Set(scopes);
  const values = new Map<string, Value>();
  for (const { scope, operator, inputs } of graph.layers as readonly Layer[]) {
    if (operator.kind === "conv" && wanted.has(scope) && !values.has(scope)) values.set(scope, inputs[0]);
  }
  return values;
}

function cellsOf(all: number, cells: number, seed: number): number[] {
  if (all <= cells) return Array.from({ length: all }, (_, cell) => cell);
  const random = randomNumbers(seed);
  return Array.from({ length: cells }, () => Math.floor(random() * all));
}

function rowsOf(data: Float32Array, channels: number, plane: number, cells: readonly number[]): Float32Array {
  const rows = new Float32Array(cells.length * channels);
  for (let i = 0; i < cells.length; i++) {
    for (let c = 0; c < channels; c++) rows[i * channels + c] = data[c * plane + cells[i]];
  }
  return rows;
}

function join(parts: readonly Float32Array[]): Float32Array {
  const joined = new Float32Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}
