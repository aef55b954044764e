/** Models of other programs, so that they are called what they are. */
import { modelError } from "../../core/errors.ts";

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

/** A TensorFlow Lite file has these characters behind its first four bytes, whatever it is called. */
const TFLITE_MARK = "TFL3";

/**
 * Refuses a file that another program's models come in.
 *
 * @throws {BneckError} (unusable model) that says what the file is.
 */
export async function refuseOtherFormats(path: string): Promise<void> {
  const format = FORMATS.find(({ extension }) => extension.test(path)) ??
    (await markOf(path) === TFLITE_MARK ? TFLITE : undefined);
  if (format) {
    throw modelError(`${path} is a ${format.name} model, but only ONNX files can be run: ${format.advice}`);
  }
}

/** Empty for a file that cannot be read: whoever opens it says why. */
async function markOf(path: string): Promise<string> {
  try {
    using file = await Deno.open(path);
    const start = new Uint8Array(8);
    await file.read(start);
    return String.fromCharCode(...start.subarray(4));
  } catch {
    return "";
  }
}
