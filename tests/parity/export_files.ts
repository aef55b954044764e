/**
 * Exports models in every form, with what onnxruntime-node makes of the test image and what bneck makes of it, for
 * check_onnx.py.
 *
 *     deno run --allow-read --allow-write --allow-ffi --allow-env tests/parity/export_files.ts /tmp/parity /tmp/exported
 */
import assert from "node:assert/strict";
import type { OnnxValueInfo } from "../../core/onnx/mod.ts";
import { type NamedTensor, Session } from "../../core/session/mod.ts";
import { encodeSafetensors, float32Tensor, type WeightTensor } from "../../core/weights/mod.ts";
import { exportModel, type ExportOptions, Model, type ModelRequest, resolveModel } from "../../models/mod.ts";
import { testImage } from "../support/test_image.ts";
import { normalised } from "./parity.ts";

const [from, to] = Deno.args;
const weights = (architecture: string): ModelRequest => ({
  weights: `${from}/${architecture}.pth`,
  architecture,
});

const FILES: readonly (readonly [file: string, request: ModelRequest, options: ExportOptions])[] = [
  ["embedded", { model: "mb3-large-075" }, {}],
  ["embedded-fixed", { model: "mb3-large-075" }, { size: [384, 512] }],
  ["embedded-street-half", { model: "street" }, { tasks: ["segment"], half: true }],
  ["classifier", weights("mobilenet_v3_large"), {}],
  ["classifier-192", weights("mobilenet_v3_large"), { size: [192, 192] }],
  ["classifier-half", weights("mobilenet_v3_large"), { half: true }],
  ["classifier-raw", weights("mobilenet_v3_large"), { raw: true }],
  ["classifier-raw-fixed-half", weights("mobilenet_v3_large"), { raw: true, size: [224, 224], half: true }],
  ["bicubic", weights("mobilenetv3_large_100"), {}],
  ["ssdlite", weights("ssdlite320_mobilenet_v3_large"), {}],
  ["ssdlite-raw", weights("ssdlite320_mobilenet_v3_large"), { raw: true, size: [320, 320] }],
  ["lraspp", weights("lraspp_mobilenet_v3_large"), {}],
  ["deeplabv3-fixed", weights("deeplabv3_mobilenet_v3_large"), { size: [256, 320] }],
  ["fastseg", weights("fastseg-small-f64"), { size: [512, 640] }],
];

/** Larger than what any of the networks but fastseg's looks at, so that it is resized. */
const PICTURE = testImage(640, 480);

type Outputs = Readonly<Record<string, NamedTensor>>;

Deno.mkdirSync(to, { recursive: true });
for (const [file, request, options] of FILES) {
  const path = `${to}/${file}.onnx`;
  const model = await resolveModel(request);
  const { bytes, inputs } = await exportModel(model, options);
  Deno.writeFileSync(path, bytes);

  const tensors = new Map<string, WeightTensor>();
  const facts = new Map<string, string>();
  const keep = (outputs: Outputs, prefix: string) => {
    for (const [name, { shape, data }] of Object.entries(outputs)) {
      tensors.set(prefix + name, float32Tensor(shape, data as Float32Array));
    }
  };
  if (options.raw) {
    const [height, width] = options.size ?? [256, 320];
    facts.set("height", String(height)).set("width", String(width));
    const input = normalised(testImage(width, height), { mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5] });
    keep(await run(bytes, file, { input }), "");
  } else {
    const exported = await Model.open(await resolveModel({ model: path }));
    const [height, width] = exported.inputExtent(PICTURE);
    facts.set("height", String(height)).set("width", String(width));
    const { outputs } = await exported.infer(PICTURE);
    await exported.close();
    keep(outputs, "bneck.");
    if (!options.half && !options.size) assert.deepEqual(outputs, await original(model, options));
    keep(await run(bytes, file, feeds(inputs, height, width)), "");
  }
  Deno.writeFileSync(`${to}/${file}.safetensors`, encodeSafetensors(tensors, facts));
  console.log(path);
}

/** What the model returns that was exported: the same numbers. */
async function original(model: Parameters<typeof Model.open>[0], { tasks }: ExportOptions): Promise<Outputs> {
  const opened = await Model.open(model, { tasks });
  const { outputs } = await opened.infer(PICTURE);
  await opened.close();
  return outputs;
}

/** The image as it is: the file resizes it. */
function feeds(
  inputs: readonly OnnxValueInfo[],
  height: number,
  width: number,
): Parameters<Session["run"]>[0] {
  const image = { shape: [1, PICTURE.height, PICTURE.width, 3], data: PICTURE.data };
  const size = { shape: [2], data: BigInt64Array.of(BigInt(height), BigInt(width)) };
  return inputs.some(({ name }) => name === "size") ? { image, size } : { image };
}

async function run(
  bytes: Uint8Array,
  file: string,
  feeds: Parameters<Session["run"]>[0],
): Promise<Outputs> {
  const session = await Session.open(bytes, file);
  const outputs = await session.run(feeds);
  await session.close();
  return outputs;
}
