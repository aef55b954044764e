/** What a head is: a part of a network's graph, and the decoding of what that part returns. */
import type { Taps } from "../core/backbones/mod.ts";
import type { GraphBuilder, Value } from "../core/graph/mod.ts";

/** An output of a network, batch of one. */
export interface HeadOutput {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

/** The outputs of a head, by their local names. */
export type HeadOutputs = Readonly<Record<string, HeadOutput>>;

/** How the network saw an image: resized from `width` × `height` to `inputWidth` × `inputHeight` pixels. */
export interface ImageView {
  readonly width: number;
  readonly height: number;
  readonly inputWidth: number;
  readonly inputHeight: number;
  /** Where the whole image lies in the input. @default {it covers the input} */
  readonly placement?: Placement;
}

/** Where the image lies in the network's input: in pixels of the input, fractions and places outside it allowed. */
export interface Placement {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/** Where the image lies in the input. */
export function placementOf({ placement, inputWidth, inputHeight }: ImageView): Placement {
  return placement ?? { left: 0, top: 0, width: inputWidth, height: inputHeight };
}

/** How a head's outputs are decoded, as plain data that JSON preserves: exported files contain it. */
export interface OutputSpec {
  /** The name of an {@linkcode OutputKind}. */
  readonly kind: string;
}

/** Decodes the outputs of a head. */
export interface Decoder<Settings, Result> {
  readonly spec: OutputSpec;
  /** Turns the outputs into a result in pixels of the original image. */
  decode(outputs: HeadOutputs, view: ImageView, settings: Settings): Result;
}

/**
 * A task on top of a backbone: the part of the graph that computes it, and the decoding of what that part returns, side by
 * side.
 */
export interface Head<Settings, Result> extends Decoder<Settings, Result> {
  /**
   * Adds the head to a graph.
   *
   * @returns the outputs by local name
   * @throws {RangeError} if the backbone lacks a tap that the head needs
   */
  build(g: GraphBuilder, taps: Taps): Readonly<Record<string, Value>>;
}

/**
 * The shape of an output: sizes, or names of sizes. Equal names are equal sizes; `classes` is the number of labels, and
 * `classes + N` larger by N, for a background or coordinates. There may be no `objects` at all.
 */
export type OutputShape = readonly (number | string)[];

/** The shapes of outputs by their local names. */
export type OutputShapes = Readonly<Record<string, OutputShape>>;

/** A kind of outputs: how its specs are read from exported files, and decoded. */
export interface OutputKind<Spec extends OutputSpec, Settings, Result> {
  readonly kind: Spec["kind"];
  /** The outputs, float32, by their local names. */
  outputs(spec: Spec): OutputShapes;
  /** The outputs that may be integers as well. */
  readonly integers?: readonly string[];
  /** The number of classes, where the spec fixes it and no shape does. */
  classes?(spec: Spec): number;
  /** Validates a spec from JSON that may be anything; `fail` throws. */
  parse(json: Readonly<Record<string, unknown>>, fail: (problem: string) => never): Spec;
  decoder(spec: Spec): Decoder<Settings, Result>;
}
