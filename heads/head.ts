import type { GraphBuilder, Value } from "../core/graph/mod.ts";
import type { Taps } from "../core/backbones/mod.ts";
import type { OutputSpec } from "./output_spec.ts";

/** A feature map or table that a network returned, batch of one. */
export interface HeadOutput {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

/** What a head's part of the graph returned, by the names it gave its outputs. */
export type HeadOutputs = Readonly<Record<string, HeadOutput>>;

/** How the network saw an image: stretched from `width` × `height` to `inputWidth` × `inputHeight` pixels. */
export interface ImageView {
  readonly width: number;
  readonly height: number;
  readonly inputWidth: number;
  readonly inputHeight: number;
}

/** Reads what a head's part of the graph returned. */
export interface Decoder<Settings, Result> {
  /** How the outputs are read, as data: it travels in exported files. */
  readonly spec: OutputSpec;
  /** Turns the outputs into a result in pixels of the original image. */
  decode(outputs: HeadOutputs, view: ImageView, settings: Settings): Result;
}

/**
 * A task on top of a backbone: the part of the graph that computes it, and the reading of what that part
 * returns, side by side.
 */
export interface Head<Settings, Result> extends Decoder<Settings, Result> {
  /** Adds the head to a graph; returns its outputs by local name. */
  build(g: GraphBuilder, taps: Taps): Readonly<Record<string, Value>>;
}
