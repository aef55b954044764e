/** Named models: what they are, and how to run them. */
export * from "./cache.ts";
export * from "./download.ts";
export * from "./entry.ts";
export * from "./evaluation/mod.ts";
export * from "./export.ts";
export * as fit from "./fit/mod.ts";
export * from "./input_size.ts";
export * from "./licence.ts";
export * from "./model.ts";
export * from "./network.ts";
export * from "./open.ts";
export * from "./prepared.ts";
export * from "./preprocessing.ts";
export * from "./profile/mod.ts";
export * from "./registry.ts";
export * from "./stages.ts";
export * from "./verify.ts";
export * from "./zoo/mod.ts";
