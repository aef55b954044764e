/**
 * A table of measured latencies, and what it says of networks that were not measured: each part's time follows from the
 * parts of its kind that are nearest in channels and cells, and the parts add up.
 */
import type { LatencyPart, NetworkParts } from "./latency_parts.ts";
import { leastSquares } from "./least_squares.ts";
import { mean } from "./statistics.ts";

/** A part that was measured, in the network that it is of. */
export interface LatencySample extends Omit<LatencyPart, "layers"> {
  readonly milliseconds: number;
  /** {@linkcode NetworkParts.traffic} of its network: a part takes longer where more evicts its weights. */
  readonly traffic: number;
}

/** The time of a part, and how it is known. */
export interface PartLatency {
  readonly part: LatencyPart;
  readonly milliseconds: number;
  /** `measured` where the table has just this part, `interpolated` from others of its kind, else `guessed`. */
  readonly source: "measured" | "interpolated" | "guessed";
}

/** The time of a network that follows from a table. */
export interface PredictedLatency {
  /** The sum of all parts, and of what a run takes besides. */
  readonly milliseconds: number;
  readonly parts: readonly PartLatency[];
  /** What a run takes besides its kernels. */
  readonly overheadMilliseconds: number;
  /** How much of `milliseconds` is of parts that were measured as they are, from 0 to 1. */
  readonly measuredShare: number;
}

/** Tells how long networks take. */
export interface LatencyModel {
  /** How long a network takes. */
  predict(network: NetworkParts): PredictedLatency;
  /** Whether a part was measured as it is. */
  has(part: LatencyPart): boolean;
}

/** The kind of what a run takes besides its kernels; its `outputChannels` count the parts. */
const OVERHEAD = "overhead";

/** The overhead of a measured run as a sample. */
export function overheadSample(parts: number, milliseconds: number, traffic: number): LatencySample {
  return { ...overheadPart(parts), milliseconds, traffic };
}

function overheadPart(parts: number): LatencyPart {
  return {
    layers: [],
    kind: OVERHEAD,
    inputChannels: 0,
    outputChannels: parts,
    inputCells: 0,
    outputCells: 1,
    window: 1,
    channelwise: true,
    weightBytes: 0,
  };
}

/** So many nearest samples are looked at. */
const NEIGHBOURS = 8;

/** Distances, in logarithms of channels, at which a sample counts hardly less than an equal one. */
const NEAR = 0.03;

/** What a difference counts: of cells (most parts of a space differ in channels alone), and of traffic. */
const CELLS_WEIGHT = 2;
const TRAFFIC_WEIGHT = 0.3;

/** Times below the clock's resolution, in milliseconds. */
const SHORTEST = 5e-4;

/** Parts of one kind. */
interface Family {
  /** Of each sample, {@linkcode coordinates}. */
  readonly places: readonly (readonly number[])[];
  /** Milliseconds for each of {@linkcode features}. */
  readonly rates: readonly number[];
  /** What the rates leave: the logarithm of measured by estimated. */
  readonly residuals: readonly number[];
}

/** How strongly times grow with the logarithm of traffic: in any case, and by the share of weights in what a part reads. */
type TrafficSlope = readonly [always: number, weights: number];

/**
 * Makes a model of a table.
 *
 * @param channelBlock channels that the runtime computes together: 16 with AVX-512, else 8.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { latencyModel } from "./latency_table.ts";
 * const sample = (channels: number, milliseconds: number) => ({
 *   kind: "conv 1x1", inputChannels: 64, outputChannels: channels, inputCells: 784, outputCells: 784, window: 1,
 *   channelwise: false, weightBytes: 256 * channels, milliseconds, traffic: 1e6,
 * });
 * const model = latencyModel([sample(64, 0.1), sample(128, 0.2)], 16);
 * const part = { ...sample(96, 0), layers: ["x"] };
 * const { milliseconds, parts } = model.predict({ parts: [part], traffic: 1e6 });
 * assert.ok(Math.abs(milliseconds - 0.15) < 0.01);
 * assert.equal(parts[0].source, "interpolated");
 * ```
 */
export function latencyModel(samples: readonly LatencySample[], channelBlock: number): LatencyModel {
  const padded = (channels: number) => Math.max(1, Math.ceil(channels / channelBlock)) * channelBlock;
  const kindOf = (part: Omit<LatencyPart, "layers">) => familyName(part, channelBlock);
  const families = new Map<string, Family>();
  for (const [kind, own] of Map.groupBy(samples, kindOf)) families.set(kind, family(own, padded));
  const slope = trafficSlope(samples);
  const exact = new Set(samples.map(exactKey));

  const timeOf = (part: LatencyPart, traffic: number): Omit<PartLatency, "part"> => {
    const own = families.get(kindOf(part));
    const used = own ?? similarFamily(families, kindOf(part));
    if (used === undefined) return { milliseconds: guess(samples, part), source: "guessed" };
    const milliseconds = estimate(part, traffic, used, slope, padded);
    if (own === undefined) return { milliseconds, source: "guessed" };
    return { milliseconds, source: exact.has(exactKey(part)) ? "measured" : "interpolated" };
  };
  return {
    has: (part) => exact.has(exactKey(part)),
    predict({ parts, traffic }) {
      const known = new Map<string, Omit<PartLatency, "part">>();
      const times = parts.map((part): PartLatency => {
        const key = exactKey(part);
        const time = known.get(key) ?? timeOf(part, traffic);
        known.set(key, time);
        return { part, ...time };
      });
      const overhead = timeOf(overheadPart(parts.length), traffic).milliseconds;
      const sum = times.reduce((total, { milliseconds }) => total + milliseconds, 0);
      const measured = times.reduce(
        (total, { milliseconds, source }) => total + (source === "measured" ? milliseconds : 0),
        0,
      );
      return {
        milliseconds: sum + overhead,
        parts: times,
        overheadMilliseconds: overhead,
        measuredShare: sum > 0 ? measured / sum : 0,
      };
    },
  };
}

/** Two parts of one key run alike. */
export function exactKey(part: Omit<LatencyPart, "layers">): string {
  const { kind, inputChannels, outputChannels, inputCells, outputCells } = part;
  return `${kind}|${inputChannels}|${outputChannels}|${inputCells}|${outputCells}`;
}

/** Kernels without weights leave the blocked layout unless their channels fill it: those are compared apart. */
function familyName(
  { kind, channelwise, weightBytes, inputChannels }: Omit<LatencyPart, "layers">,
  block: number,
) {
  const whole = channelwise && weightBytes === 0 && inputChannels % block === 0;
  return whole ? `${kind}, whole blocks` : kind;
}

/** What a part's time is made of: a call, multiply-adds, reading, writing, weights. */
function features(part: Omit<LatencyPart, "layers">, padded: (channels: number) => number): number[] {
  const { inputChannels, outputChannels, inputCells, outputCells, window, channelwise } = part;
  if (part.kind === OVERHEAD) return [1, outputChannels / 100, 0, 0, 0];
  // An image's three channels are not padded.
  const inputs = inputChannels <= 3 ? inputChannels : padded(inputChannels);
  const outputs = padded(outputChannels);
  const weights = part.weightBytes === 0 ? 0 : window * outputs * (channelwise ? 1 : inputs);
  const products = weights === 0 ? outputs * outputCells : weights * outputCells;
  return [1e-3, products / 1e8, inputs * inputCells / 1e7, outputs * outputCells / 1e7, weights / 1e6];
}

function family(samples: readonly LatencySample[], padded: (channels: number) => number): Family {
  const rows = samples.map((sample) => features(sample, padded));
  const times = samples.map(({ milliseconds }) => Math.max(milliseconds, SHORTEST));
  const rates = leastSquares(rows, times);
  const residuals = rows.map((row, index) => Math.log(times[index] / estimated(row, rates)));
  return { places: samples.map((sample) => coordinates(sample, sample.traffic, padded)), rates, residuals };
}

/** Where a part lies among others of its kind: logarithms, stretched by what a difference counts. */
function coordinates(
  { inputChannels, outputChannels, inputCells }: Omit<LatencyPart, "layers">,
  traffic: number,
  padded: (channels: number) => number,
): readonly number[] {
  return [
    Math.log(padded(inputChannels)),
    Math.log(padded(outputChannels)),
    CELLS_WEIGHT * Math.log(inputCells || 1),
    TRAFFIC_WEIGHT * Math.log(traffic || 1),
  ];
}

function estimated(row: readonly number[], rates: readonly number[]): number {
  return Math.max(SHORTEST, row.reduce((sum, value, index) => sum + value * rates[index], 0));
}

function estimate(
  part: LatencyPart,
  traffic: number,
  { places, rates, residuals }: Family,
  [always, ofWeights]: TrafficSlope,
  padded: (channels: number) => number,
): number {
  const place = coordinates(part, traffic, padded);
  const slope = (always + ofWeights * weightShare(part)) / TRAFFIC_WEIGHT;
  // The nearest, in order; a family may have thousands, and a search asks for millions of parts.
  const nearest: number[] = [];
  const distances: number[] = [];
  for (let index = 0; index < places.length; index++) {
    const other = places[index];
    const distance = NEAR + Math.abs(other[0] - place[0]) + Math.abs(other[1] - place[1]) +
      Math.abs(other[2] - place[2]) + Math.abs(other[3] - place[3]);
    let at = nearest.length;
    while (at > 0 && distances[at - 1] > distance) at--;
    if (at >= NEIGHBOURS) continue;
    nearest.splice(at, 0, index);
    distances.splice(at, 0, distance);
    if (nearest.length > NEIGHBOURS) {
      nearest.pop();
      distances.pop();
    }
  }
  let [sum, weights] = [0, 0];
  nearest.forEach((index, rank) => {
    const weight = distances[rank] ** -3;
    sum += weight * (residuals[index] + slope * (place[3] - places[index][3]));
    weights += weight;
  });
  return estimated(features(part, padded), rates) * Math.exp(sum / weights);
}

/** Bytes of weights in all that a part reads and writes. */
function weightShare(part: Omit<LatencyPart, "layers">): number {
  const { weightBytes, inputChannels, inputCells, outputChannels, outputCells } = part;
  return weightBytes / (weightBytes + 4 * (inputChannels * inputCells + outputChannels * outputCells) || 1);
}

/** From so many samples of equal parts in several networks on it is known what their traffic costs. */
const MIN_REPEATED = 50;

/** How times of equal parts differ with the traffic of the network around them. */
function trafficSlope(samples: readonly LatencySample[]): TrafficSlope {
  // Normal equations of d log(time) = always · d log(traffic) + weights · share · d log(traffic).
  let [aa, ab, bb, ay, by, count] = [0, 0, 0, 0, 0, 0];
  for (const alike of Map.groupBy(samples, exactKey).values()) {
    if (alike.length < 3 || alike[0].kind === OVERHEAD) continue;
    const share = weightShare(alike[0]);
    const times = alike.map(({ milliseconds }) => Math.log(Math.max(milliseconds, SHORTEST)));
    const traffics = alike.map(({ traffic }) => Math.log(traffic));
    const [meanTime, meanTraffic] = [mean(times), mean(traffics)];
    alike.forEach(({ milliseconds }, index) => {
      const [x, y] = [traffics[index] - meanTraffic, times[index] - meanTime];
      aa += milliseconds * x * x;
      ab += milliseconds * x * x * share;
      bb += milliseconds * x * x * share * share;
      ay += milliseconds * x * y;
      by += milliseconds * x * y * share;
      count++;
    });
  }
  const determinant = aa * bb - ab * ab;
  if (count < MIN_REPEATED || !(determinant > 1e-12 * aa * bb)) return [0, 0];
  const limited = (value: number) => Math.min(Math.max(value, 0), 0.6);
  return [limited((ay * bb - by * ab) / determinant), limited((by * aa - ay * ab) / determinant)];
}

/** The family whose name shares the most words, among those of the same operator. */
function similarFamily(families: ReadonlyMap<string, Family>, kind: string): Family | undefined {
  if (kind === OVERHEAD) return undefined;
  const words = kind.split(" ");
  const isDepthwise = words.includes("depthwise");
  let best: { readonly family: Family; readonly score: number } | undefined;
  for (const [name, family] of families) {
    const others = name.split(" ");
    if (others[0] !== words[0] || others.includes("depthwise") !== isDepthwise) continue;
    const score = words.filter((word) => others.includes(word)).length - 0.1 * others.length;
    if (best === undefined || score > best.score) best = { family, score };
  }
  return best?.family;
}

/** A part of which nothing like it was measured, by the bytes that it moves. */
function guess(samples: readonly LatencySample[], part: LatencyPart): number {
  if (part.kind === OVERHEAD) return 0;
  const bytes = (of: Omit<LatencyPart, "layers">) =>
    of.weightBytes + 4 * (of.inputChannels * of.inputCells + of.outputChannels * of.outputCells);
  const [time, moved] = samples.reduce(
    ([time, moved], sample) => [time + sample.milliseconds, moved + bytes(sample)],
    [0, 0],
  );
  return moved > 0 ? time / moved * bytes(part) : 0;
}
