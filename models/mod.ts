/** Named models: what they are, and how to run them. */
export * from "./entry.ts";
export * from "./input_size.ts";
export * from "./model.ts";
export * from "./network.ts";
export * from "./registry.ts";
