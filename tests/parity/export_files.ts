/**
 * Exports models in every form with what onnxruntime-node returns for the test picture, for check_onnx.py.
 *
 *     deno run --allow-read --allow-write --allow-ffi --allow-env tests/parity/export_files.ts /tmp/parity /tmp/exported
 */
import { Session } from "../../core/session/mod.ts";
import { encodeSafetensors, float32Tensor, type WeightTensor } from "../../core/weights/mod.ts";
import { exportModel, type ExportOptions, type ModelRequest, resolveModel } from "../../models/mod.ts";
import { testPicture } from "../support/test_picture.ts";
import { normalised } from "./parity.ts";

const [from, to] = Deno.args;
const weights = (architecture: string): ModelRequest => ({
  weights: `${from}/${architecture}.pth`,
  architecture,
});

const FILES: readonly (readonly [file: string, request: ModelRequest, options: ExportOptions])[] = [
  ["embedded", { model: "mb3-large-075" }, {}],
  ["embedded-fixed", { model: "mb3-large-075" }, { size: [384, 512] }],
  ["embedded-street-half", { model: "mb3-large-075" }, { tasks: ["segment"], half: true }],
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

const PICTURE = testPicture(320, 240);

Deno.mkdirSync(to, { recursive: true });
for (const [file, request, options] of FILES) {
  const { bytes, inputs } = await exportModel(await resolveModel(request), options);
  Deno.writeFileSync(`${to}/${file}.onnx`, bytes);
  const session = await Session.open(bytes, file);
  const [height, width] = options.size ?? [256, 320];
  const raw = testPicture(width, height);
  const outputs = await session.run(
    options.raw ? { input: normalised(raw, { mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5] }) } : {
      image: { shape: [1, PICTURE.height, PICTURE.width, 3], data: PICTURE.data },
      ...(inputs.some(({ name }) => name === "size")
        ? { size: { shape: [2], data: BigInt64Array.of(BigInt(height), BigInt(width)) } }
        : {}),
    },
  );
  await session.close();
  const tensors = new Map<string, WeightTensor>(
    Object.entries(outputs).map(([name, { shape, data }]) => [
      name,
      float32Tensor(shape, data as Float32Array),
    ]),
  );
  Deno.writeFileSync(
    `${to}/${file}.safetensors`,
    encodeSafetensors(tensors, new Map([["height", String(height)], ["width", String(width)]])),
  );
  console.log(`${file}.onnx`);
}
