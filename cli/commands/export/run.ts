/** The code of `bneck export`. */
import { exactExtent, type InputSize } from "../../../models/input_size.ts";
import { usageError } from "../../../core/errors.ts";
import { writeFileAtomic } from "../../../core/files/mod.ts";
import type { OnnxValueInfo } from "../../../core/onnx/mod.ts";
import { exportModel } from "../../../models/export.ts";
import { formatBytes } from "../../console/format.ts";
import { requestedModel } from "../../requested_model.ts";
import type { Context } from "../../context.ts";
import { checkOutputFile, refuseReplacing } from "../../replacing.ts";
import { type ModelFlags, modelRequest } from "../../flags/mod.ts";

interface Flags extends Omit<ModelFlags, "model"> {
  readonly out: string;
  readonly heads?: readonly string[];
  readonly raw: boolean;
  readonly size?: InputSize;
  readonly half: boolean;
  readonly overwrite: boolean;
  readonly json: boolean;
}

export default async function exportOnnx(this: Context, flags: Flags, name?: string): Promise<void> {
  const { out, heads, raw, half } = flags;
  if (name === undefined && flags.weights === undefined) {
    throw usageError("name a model, or a file of weights with --weights");
  }
  const { weights, labels } = flags;
  refuseReplacing({ out }, { weights, labels }, [{ what: "which is exported", path: name }]);
  await checkOutputFile(out, flags.overwrite);
  const { model, tasks } = await requestedModel(this, modelRequest({ ...flags, model: name }), heads);
  const size = flags.size && exactExtent(flags.size);
  const { bytes, inputs, outputs } = await exportModel(model, { tasks, raw, half, size });
  await writeFileAtomic(out, bytes);
  if (!raw && !/\.onnx$/i.test(out)) {
    this.log.warn(`--model takes exported files by names that end in .onnx, which ${out} does not`);
  }

  if (flags.json) {
    return this.printJson({ file: out, model: model.name, bytes: bytes.length, raw, half, inputs, outputs });
  }
  this.print(`${out}: ${model.name}, ${formatBytes(bytes.length)}`);
  for (const info of inputs) this.print(`  takes    ${describe(info)}`);
  for (const info of outputs) this.print(`  returns  ${describe(info)}`);
}

/** `image: uint8 [1, height, width, 3]`. */
function describe({ name, elementType, shape = [] }: OnnxValueInfo): string {
  return `${name}: ${elementType} [${shape.map((length) => length === "" ? "?" : length).join(", ")}]`;
}
