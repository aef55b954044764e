/** Running ONNX models. */
export * from "./session.ts";
export * from "./runtime_error.ts";
