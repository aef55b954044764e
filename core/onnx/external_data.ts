/**
 * Elements of tensors that lie in files beside a model, as `onnx.external_data_helper` and `torch.onnx.export` write them.
 * The model names the files, so only those in its own folder are read, and only as many bytes as a tensor needs.
 *
 * @see https://github.com/onnx/onnx/blob/main/docs/ExternalData.md
 */
import { modelError } from "../errors.ts";
import type { OnnxGraph, OnnxTensor } from "./model.ts";

/** Where the elements of a tensor lie. */
export interface ExternalData {
  /** The name of a file in the model's folder. */
  readonly file: string;
  /** In bytes. */
  readonly offset: number;
  /** In bytes; absent, to the end of the file. */
  readonly length?: number;
}

/**
 * Where the elements of a tensor lie that has external data.
 *
 * @param where names the model and the tensor in errors
 * @throws {BneckError} if the file may lie outside the model's folder, or the place in it is invalid
 */
export function externalData({ external = {} }: OnnxTensor, where: string): ExternalData {
  const { location, offset = "0", length } = external;
  // Files are joined with the model's folder by name alone: no separator, drive or stream of any system.
  // deno-lint-ignore no-control-regex
  if (location === undefined || !/^[^/\\:\x00-\x1f]+$/.test(location) || /^\.{1,2}$/.test(location)) {
    throw modelError(
      `cannot read ${where}: its data lie in ${
        quoted(location)
      }, which is not the name of a file in the model's folder`,
    );
  }
  if (![offset, length ?? "0"].every((text) => /^\d{1,15}$/.test(text))) {
    throw modelError(`cannot read ${where}: the place of its data in ${quoted(location)} is invalid`);
  }
  return {
    file: location,
    offset: Number(offset),
    ...(length === undefined ? {} : { length: Number(length) }),
  };
}

/** Whether any constant of a graph, or of the graphs in its nodes, has external data. */
export function hasExternalData({ initializers, nodes }: OnnxGraph): boolean {
  return initializers.some(({ external }) => external !== undefined) ||
    nodes.some(({ attributes }) =>
      Object.values(attributes).some((attribute) =>
        attribute.type === "tensor"
          ? attribute.value.external !== undefined
          : attribute.type === "graph" && hasExternalData(attribute.value)
      )
    );
}

function quoted(text = ""): string {
  return JSON.stringify(text.length > 100 ? `${text.slice(0, 100)}…` : text);
}
