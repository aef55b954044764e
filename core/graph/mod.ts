/** Networks as data, and what is read from them: shapes, parameters, ONNX. */
export * from "./graph.ts";
export * from "./builder.ts";
export * from "./shapes.ts";
export * from "./parameters.ts";
export * from "./bind.ts";
export * from "./to_onnx.ts";
export * from "./random_weights.ts";
