/** How fast a machine is at best, on one thread: what the rates of layers are compared with. */
import { encodeOnnx, type OnnxTensor } from "../../onnx/mod.ts";
import { MeasuredSession } from "./measured_session.ts";

/** A machine's best rates on one thread. */
export interface MachinePeaks {
  /** 10⁹ multiply-adds per second of a large matrix product in float32. */
  readonly gmaddsPerSecond: number;
  /** 10⁹ bytes per second, read and written, of a copy that no cache holds. */
  readonly gigabytesPerSecond: number;
}

/** What limits a layer. */
export type Limit = "compute" | "memory" | "overhead";

/** Where a layer stands below the roofline. */
export interface Roofline {
  /** Multiply-adds per byte. */
  readonly intensity: number;
  /** The part of what the machine can do at this intensity. Above 1, its data came from a cache. */
  readonly ofPeak: number;
  readonly limit: Limit;
}

/** Side of the matrices: their product takes a few milliseconds. */
const SIDE = 512;
const PRODUCTS = 12;

/** Bytes of each array of the copy, beyond the caches that a thread has to itself. */
const COPIED_BYTES = 2 ** 26;
const COPIES = 6;

/** A layer below this part of its roof is limited by neither: by calls, by its shape, by what surrounds it. */
const MIN_OF_PEAK = 0.1;

/**
 * Measures the machine in a fraction of a second. The best of several tries counts: other programs only slow it down.
 *
 * @throws {BneckError} (unusable model) when onnxruntime cannot be used.
 */
export async function measurePeaks(): Promise<MachinePeaks> {
  const weight = new Float32Array(SIDE * SIDE).fill(0.5);
  const tensor: OnnxTensor = {
    name: "w",
    elementType: "float32",
    shape: [SIDE, SIDE],
    data: new Uint8Array(weight.buffer),
  };
  const info = (name: string) => ({ name, elementType: "float32" as const, shape: [SIDE, SIDE] });
  const product = {
    name: "product",
    operator: "MatMul",
    domain: "",
    inputs: ["x", "w"],
    outputs: ["y"],
    attributes: {},
  };
  const model = encodeOnnx({
    irVersion: 8,
    opsets: { "": 17 },
    producer: "bneck",
    metadata: {},
    graph: {
      name: "peak",
      nodes: [product],
      initializers: [tensor],
      inputs: [info("x")],
      outputs: [info("y")],
    },
  });
  const feeds = { x: { type: "float32" as const, shape: [SIDE, SIDE], data: weight } };
  const session = await MeasuredSession.open({ label: "a matrix product", model, feeds }, { threads: 1 });
  let fastest = Infinity;
  try {
    for (let run = 0; run < PRODUCTS; run++) fastest = Math.min(fastest, await session.run());
  } finally {
    await session.close();
  }
  return { gmaddsPerSecond: SIDE ** 3 / fastest / 1e6, gigabytesPerSecond: copyRate() };
}

function copyRate(): number {
  const [from, to] = [new Float64Array(COPIED_BYTES / 8).fill(1), new Float64Array(COPIED_BYTES / 8)];
  let fastest = Infinity;
  for (let copy = 0; copy < COPIES; copy++) {
    const start = performance.now();
    to.set(from);
    fastest = Math.min(fastest, performance.now() - start);
  }
  return 2 * COPIED_BYTES / fastest / 1e6;
}

/**
 * Compares a layer with a machine: its roof is the lower one of what the machine computes and what its memory delivers
 * (Williams, Waterman and Patterson, Roofline, 2009).
 *
 * @param bytes read and written, weights included.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { roofline } from "./peaks.ts";
 * const peaks = { gmaddsPerSecond: 50, gigabytesPerSecond: 10 };
 * assert.deepEqual(roofline(40e6, 1e6, 1, peaks), { intensity: 40, ofPeak: 0.8, limit: "compute" });
 * assert.deepEqual(roofline(0, 5e6, 1, peaks), { intensity: 0, ofPeak: 0.5, limit: "memory" });
 * assert.equal(roofline(1e6, 1e5, 1, peaks).limit, "overhead");
 * ```
 */
export function roofline(madds: number, bytes: number, milliseconds: number, peaks: MachinePeaks): Roofline {
  const intensity = bytes > 0 ? madds / bytes : 0;
  const atPeak = Math.max(madds / peaks.gmaddsPerSecond, bytes / peaks.gigabytesPerSecond) / 1e6;
  const ofPeak = atPeak / milliseconds;
  const isCompute = madds / peaks.gmaddsPerSecond >= bytes / peaks.gigabytesPerSecond;
  return { intensity, ofPeak, limit: ofPeak < MIN_OF_PEAK ? "overhead" : isCompute ? "compute" : "memory" };
}
