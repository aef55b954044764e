/** Reading and writing ONNX files. */
export * from "./model.ts";
export * from "./encode.ts";
export * from "./decode.ts";
export * from "./external_data.ts";
export * from "./rewrite.ts";
