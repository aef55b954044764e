/** Running ONNX models. */
export * from "./session.ts";
