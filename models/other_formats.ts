/** Models of other programs, and images, so that they are called what they are. */
import { modelError } from "../core/errors.ts";
import { isRegularFile } from "../core/files/paths.ts";
import { imageFormat } from "../core/images/formats/file_format.ts";

interface Format {
  readonly name: string;
  readonly extension: RegExp;
  readonly advice: string;
}

const TFLITE: Format = {
  name: "TensorFlow Lite",
  extension: /\.tflite$/i,
  advice: "convert it with tf2onnx",
};

const FORMATS: readonly Format[] = [
  TFLITE,
  { name: "Core ML", extension: /\.(mlmodel|mlpackage)$/i, advice: "export the network to ONNX instead" },
  {
    name: "TensorRT",
    extension: /\.(engine|trt|plan)$/i,
    advice: "use the ONNX file that it was built from",
  },
  { name: "OpenVINO", extension: /\.xml$/i, advice: "use the ONNX file that it was converted from" },
];

/** Whether a path has an extension of weight files; `.onnx` is not among them, since those may be models as well. */
export function isWeightsName(path: string): boolean {
  return /\.(pth|pt|bin|tar|ckpt|safetensors)$/i.test(path);
}

/** A TensorFlow Lite file has these characters behind its first four bytes, whatever it is called. */
const TFLITE_MARK = "TFL3";

/**
 * Refuses a file that another program's models come in, and an image.
 *
 * @throws {BneckError} (unusable model) that says what the file is.
 */
export async function refuseOtherFormats(path: string): Promise<void> {
  const start = await startOf(path);
  const image = imageFormat(start);
  if (image !== undefined) throw modelError(`${path} is a ${image} image, not a model`);
  const mark = String.fromCharCode(...start.subarray(4, 8));
  const format = FORMATS.find(({ extension }) => extension.test(path)) ??
    (mark === TFLITE_MARK ? TFLITE : undefined);
  if (format) {
    throw modelError(`${path} is a ${format.name} model, but only ONNX files can be run: ${format.advice}`);
  }
}

/** Bytes that tell formats apart. */
const START_BYTES = 64;

/** Empty for a file that cannot be read: whoever opens it says why. */
async function startOf(path: string): Promise<Uint8Array> {
  if (!isRegularFile(path)) return new Uint8Array();
  try {
    using file = await Deno.open(path);
    const start = new Uint8Array(START_BYTES);
    return start.subarray(0, await file.read(start) ?? 0);
  } catch {
    return new Uint8Array();
  }
}
