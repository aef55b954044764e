/**
 * Models: finding, running, evaluating and profiling them, and in namespaces what makes new ones: `fit` (your own classes),
 * `adapt` and `quantization` (faster ones), `search` (networks for a latency), `adopt` (files that others exported). Whole
 * images in worker threads are in `pipeline`.
 *
 * @module
 */
export * as adapt from "./compress/adapt/mod.ts";
export * as adopt from "./adopt/mod.ts";
export * from "./cache.ts";
export * from "./download.ts";
export { encodeNetwork } from "./encode_network.ts";
export * from "./entry.ts";
export * from "./evaluation/mod.ts";
export * from "./export.ts";
export * as quantization from "./compress/quantize/mod.ts";
export * as fit from "./fit/mod.ts";
export * from "./input_size.ts";
export * as latency from "./latency/mod.ts";
export * from "./licence.ts";
export * from "./model.ts";
export * from "./network.ts";
export * from "./open.ts";
export * from "./prepared.ts";
export * as pipeline from "./pipeline/mod.ts";
export * from "./preprocessing.ts";
export * from "./profile/mod.ts";
export * from "./registry.ts";
export * as search from "./search/mod.ts";
export * from "./stages.ts";
export * from "./verify.ts";
export * from "./zoo/mod.ts";
