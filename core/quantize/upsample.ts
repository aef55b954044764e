/**
 * Bilinear upsampling by two in int8. onnxruntime's `Resize` of bytes takes several times as long as the convolutions around
 * it; four depthwise convolutions, one for each place of a pixel in its cell, give the same.
 */
import type { OnnxAttribute, OnnxNode } from "../onnx/mod.ts";
import { type Int8Nodes, MICROSOFT } from "./int8_nodes.ts";
import type { Scale } from "./scale.ts";
import { floatsOf, type UnitGraph } from "./units.ts";

/** Along one axis: the taps of even and of odd pixels, and how many cells before the pixel's own the first lies. */
type Phases = readonly [even: Phase, odd: Phase];

interface Phase {
  readonly before: number;
  readonly taps: readonly number[];
}

const PHASES: Readonly<Record<string, Phases>> = {
  half_pixel: [{ before: 1, taps: [1, 3] }, { before: 0, taps: [3, 1] }],
  asymmetric: [{ before: 0, taps: [4] }, { before: 0, taps: [2, 2] }],
};

/** The taps of an axis add up to this. */
const UNIT = 4;

/** The phases of an upsampling by two; `undefined` for another factor or interpolation. */
export function phasesOf(node: OnnxNode, { constants }: UnitGraph): Phases | undefined {
  const [, , height, width] = floatsOf(constants.get(node.inputs[2]))!;
  const { mode, coordinate_transformation_mode: coordinates } = node.attributes;
  if (height !== 2 || width !== 2 || mode?.type !== "string" || mode.value !== "linear") return undefined;
  const name = coordinates?.type === "string" ? coordinates.value : "half_pixel";
  return PHASES[name === "pytorch_half_pixel" ? "half_pixel" : name];
}

/**
 * Adds the nodes of an upsampling by two.
 *
 * @param input the bytes, `[N, H, W, C]`
 * @param from how they are read
 * @param to how the result is read; the zero point 0 makes it a ReLU, too
 */
export function addUpsampling(
  out: Int8Nodes,
  phases: Phases,
  channels: number,
  input: string,
  from: Scale,
  to: Scale,
  name: string,
): string {
  const rows = phases.map((vertical, y) => {
    const pixels = phases.map((horizontal, x) =>
      addPhase(out, [vertical, horizontal], channels, input, from, to, `${name}.${y}${x}`)
    );
    // Two pixels of C channels are one of 2 · C: what lies side by side in memory needs no move.
    return out.add("Concat", pixels, `${name}.row${y}`, { axis: int(3) });
  });
  const pairs = out.add("Concat", rows, `${name}.pairs`, { axis: int(2) });
  const width = out.add("Shape", [input], `${name}.width`, { start: int(2), end: int(3) });
  const twice = out.add("Mul", [width, out.integers(`${name}.two`, [2])], `${name}.twice`);
  const shape = out.add(
    "Concat",
    [
      out.integers("keep_and_infer", [0, -1]),
      twice,
      out.integers(`channels.${channels}`, [channels]),
    ],
    `${name}.shape`,
    { axis: int(0) },
  );
  return out.add("Reshape", [pairs, shape], name);
}

function addPhase(
  out: Int8Nodes,
  [vertical, horizontal]: readonly [Phase, Phase],
  channels: number,
  input: string,
  from: Scale,
  to: Scale,
  name: string,
): string {
  const kernel = [vertical.taps.length, horizontal.taps.length];
  const [top, left] = [vertical.before, horizontal.before];
  const pads = [0, top, left, 0, 0, kernel[0] - 1 - top, kernel[1] - 1 - left, 0];
  const padded = pads.every((length) => length === 0)
    ? input
    : out.add("Pad", [input, out.integers(`${name}.pads`, pads)], `${name}.padded`, {
      mode: { type: "string", value: "edge" },
    });
  const taps = vertical.taps.flatMap((a) => horizontal.taps.map((b) => a * b));
  const weight = Int8Array.from({ length: channels * taps.length }, (_, i) => taps[i % taps.length]);
  return out.add(
    "QLinearConv",
    [
      padded,
      ...out.scale(from),
      out.tensor(`upsample.${channels}.${kernel}.${taps}`, "int8", [channels, 1, ...kernel], weight),
      out.tensor(`upsample.scale`, "float32", [], Float32Array.of(1 / UNIT ** 2)),
      out.tensor(`upsample.zero_point`, "int8", [], new Int8Array(1)),
      ...out.scale(to),
    ],
    name,
    { kernel_shape: { type: "ints", value: kernel }, group: int(channels), channels_last: int(1) },
    MICROSOFT,
  );
}

const int = (value: number): OnnxAttribute => ({ type: "int", value });
