/** ONNX files that others exported as models. */
export * from "./answers.ts";
export * from "./adopt.ts";
export * from "./explain.ts";
export * from "./choices.ts";
export * from "./read_any.ts";
