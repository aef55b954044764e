/**
 * transformers.js. Its MobileNet models lie on a hub that is not reached here, so it gets the embedded street
 * decoder as a `MobileNetV3ForSemanticSegmentation`.
 */
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { decodeOnnx, encodeOnnx } from "../../../core/onnx/mod.ts";
import { exportedRaw } from "./networks.ts";
import { type ImageWork, writeJob } from "./job.ts";
import type { Contender } from "./rounds.ts";
import { nodeModulesWith } from "./scratch.ts";

/** Runs the street decoder, two threads in one process. */
export async function transformersJs(
  scratch: string,
  work: ImageWork & { readonly size: readonly [number, number] },
): Promise<Contender> {
  const modules = await nodeModulesWith(scratch, "transformers", ["@huggingface/transformers@4.3.1"]);
  const job = await writeJob(scratch, "transformers-js", work, await writeModel(scratch, work));
  const script = fileURLToPath(new URL("transformers_js.mjs", import.meta.url));
  return { name: "transformers.js", command: "node", args: [script, job, modules] };
}

async function writeModel(
  scratch: string,
  { network, size: [height, width] }: { network: ImageWork["network"]; size: readonly [number, number] },
): Promise<string> {
  const folder = join(scratch, "transformers-models", network);
  await Deno.mkdir(join(folder, "onnx"), { recursive: true });
  const write = (name: string, content: unknown) =>
    Deno.writeTextFile(join(folder, name), JSON.stringify(content));
  await write("config.json", { model_type: "mobilenet_v3", id2label: {} });
  await write("preprocessor_config.json", {
    image_processor_type: "SegformerImageProcessor",
    do_resize: true,
    size: { height, width },
    resample: 2,
    do_rescale: false,
    do_normalize: false,
  });
  const path = await exportedRaw(scratch, network);
  await Deno.writeFile(join(folder, "onnx", "model.onnx"), withTheirNames(await Deno.readFile(path)));
  return folder;
}

/** Its models take `pixel_values` and return `logits`. */
function withTheirNames(bytes: Uint8Array): Uint8Array {
  const model = decodeOnnx(bytes, "the street decoder");
  const [input, output] = [model.graph.inputs[0].name, model.graph.outputs[0].name];
  const rename = (name: string) => name === input ? "pixel_values" : name === output ? "logits" : name;
  const { nodes, inputs, outputs } = model.graph;
  return encodeOnnx({
    ...model,
    graph: {
      ...model.graph,
      nodes: nodes.map((node) => ({
        ...node,
        inputs: node.inputs.map(rename),
        outputs: node.outputs.map(rename),
      })),
      inputs: inputs.map((info) => ({ ...info, name: rename(info.name) })),
      outputs: outputs.map((info) => ({ ...info, name: rename(info.name) })),
    },
  });
}
