/** Backbones as tables: each returns its features under named taps. */
export * from "./channels.ts";
export * from "./inverted_residual.ts";
export * from "./mobilenet_v3.ts";
export * from "./taps.ts";
