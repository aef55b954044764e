/** The entry point to every weight format: the content of a file decides, not its extension. */
import { firstBytes, startsWith } from "../bytes.ts";
import { modelError } from "../errors.ts";
import { readUserFile } from "../files/read_user_file.ts";
import { readOnnxInitializers } from "./onnx_initializers.ts";
import { parseSafetensors, safetensorsMetadata } from "./safetensors.ts";
import { isShardIndex, readShards } from "./shard_index.ts";
import type { WeightMap } from "./tensor.ts";
import { readTfjsModel } from "./tfjs.ts";
import { parseTorchCheckpoint, type TorchCheckpoint } from "./torch_checkpoint.ts";
import { type ChosenWeights, defaultWeights, setsUnder, type WeightSet } from "./weight_sets.ts";
import { unreadable } from "./hostile_file.ts";

/** The maximum size of a file of weights in bytes: 2 GiB. */
export const MAX_WEIGHTS_BYTES = 2 ** 31;

/** The formats that {@linkcode readWeightFile} distinguishes. */
export type WeightFormat = "torch" | "safetensors" | "tfjs" | "onnx";

/** The weights of a file and what the file says about them. */
export interface WeightFile extends ChosenWeights {
  readonly format: WeightFormat;
  /** Plain values beside the weights: `arch` or `num_classes` of a checkpoint, metadata of safetensors and ONNX. */
  readonly facts: ReadonlyMap<string, string | number | boolean>;
}

/** How to read a file of weights. */
export interface ReadWeightsOptions {
  /**
   * Where in the file the weights are: keys of a checkpoint joined by dots, or how the names of the tensors start, for
   * example `model_ema`.
   */
  readonly key?: string;
  /**
   * Chooses the weights to take; `undefined` leaves it to {@linkcode defaultWeights}.
   */
  readonly choose?: (sets: readonly WeightSet[]) => ChosenWeights | undefined;
}

/** What a reader finds in a file; `format` where it is that of other files. */
type Contents = TorchCheckpoint & { readonly format?: WeightFormat };

interface Reader {
  readonly format: WeightFormat;
  /** Whether a file that starts with `bytes` has this format. */
  readonly matches: (bytes: Uint8Array) => boolean;
  readonly read: (bytes: Uint8Array, path: string) => Contents | Promise<Contents>;
}

/** The supported formats, in the order in which they are tried. A new format is a new entry here. */
const READERS: readonly Reader[] = [
  {
    format: "safetensors",
    // The length of the header comes first; the reader itself reports a header too long for the file.
    // Before PyTorch: a header of 640 bytes (80 02 00 …) looks like a pickle until the header itself.
    matches: (bytes) => bytes[8] === 0x7b && bytes[5] === 0 && bytes[6] === 0 && bytes[7] === 0,
    read: (bytes, path) => single(parseSafetensors(bytes, path), safetensorsMetadata(bytes, path)),
  },
  {
    format: "torch",
    matches: (bytes) =>
      startsWith(bytes, "PK\x03\x04") || (bytes[0] === 0x80 && bytes[1] >= 2 && bytes[1] <= 5),
    read: parseTorchCheckpoint,
  },
  {
    format: "onnx",
    // The format version, a small number, comes first, followed by one of the model's first few fields.
    matches: (bytes) => bytes[0] === 0x08 && bytes[1] < 0x40 && [0x12, 0x1a, 0x3a, 0x42].includes(bytes[2]),
    read: async (bytes, path) => {
      const { weights, metadata } = await readOnnxInitializers(bytes, path, MAX_WEIGHTS_BYTES);
      return single(weights, metadata);
    },
  },
  {
    format: "safetensors",
    matches: (bytes) => isJson(bytes) && isShardIndex(bytes),
    read: readIndexed,
  },
  {
    format: "tfjs",
    matches: isJson,
    read: async (_bytes, path) => single((await readTfjsModel(path)).weights),
  },
];

function isJson(bytes: Uint8Array): boolean {
  return /^\uFEFF?\s*[{[]/.test(new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes.subarray(0, 64)));
}

/** Of all files that an index names together as much is read as of one file. */
async function readIndexed(bytes: Uint8Array, path: string): Promise<Contents> {
  let left = MAX_WEIGHTS_BYTES, format: WeightFormat = "safetensors";
  const weights = await readShards(bytes, path, async (shard) => {
    const content = await readUserFile(shard, { maxBytes: left, error: modelError });
    left -= content.length;
    const reader = READERS.find(({ format, matches }) =>
      format !== "tfjs" && !isJson(content) && matches(content)
    );
    if (reader === undefined) throw unreadable(shard, "not PyTorch or safetensors weights");
    format = reader.format;
    return defaultWeights((await reader.read(content, shard)).sets, shard).weights;
  });
  return { ...single(weights), format };
}

/** The contents of a file that holds one set of weights. */
function single(weights: WeightMap, facts: Contents["facts"] = new Map()): Contents {
  return { sets: [{ path: "", usual: true, names: [...weights.keys()], read: () => weights }], facts };
}

/** Files that people pass by mistake: how they begin, and what to say. */
const MISTAKES: readonly [begins: string, at: number, reason: string][] = [
  [
    "version https://git-lfs",
    0,
    "it is a Git LFS pointer, not the file itself: fetch it with `git lfs pull`",
  ],
  ["<", 0, "it is a web page, not weights: the download failed"],
  ["\x89HDF", 0, "it is an HDF5 file (Keras): convert it to safetensors or TensorFlow.js"],
  ["TFL3", 4, "it is a TensorFlow Lite model: convert it to safetensors or ONNX"],
  [
    "ustar",
    257,
    "it is a tar archive: unpack it (PyTorch before 0.2 saved such files: load it and save it again)",
  ],
  ["\x1f\x8b", 0, "it is compressed with gzip: unpack it first"],
];

/**
 * Reads a file of weights: a PyTorch checkpoint (`.pth`, `.pt`, `.bin`), safetensors, the initialisers of an ONNX model,
 * a TensorFlow.js model JSON with its shards beside it, or the index of weights in several files.
 *
 * @throws {BneckError} if the file is missing, larger than {@linkcode MAX_WEIGHTS_BYTES}, of an unknown format, or damaged,
 *   has nothing under the key, or several sets of weights
 */
export async function readWeightFile(path: string, options: ReadWeightsOptions = {}): Promise<WeightFile> {
  const bytes = await readUserFile(path, { maxBytes: MAX_WEIGHTS_BYTES, error: modelError });
  if (bytes.length === 0) throw unreadable(path, "the file is empty");
  for (const { format, matches, read } of READERS) {
    if (!matches(bytes)) continue;
    const { sets, facts, ...contents } = await read(bytes, path);
    const wanted = options.key === undefined ? sets : setsUnder(sets, options.key, path);
    const { otherPaths, ...chosen } = options.choose?.(wanted) ?? defaultWeights(wanted, path);
    // Who asks for weights by their key knows of the others.
    return {
      format: contents.format ?? format,
      facts,
      ...chosen,
      otherPaths: options.key === undefined ? otherPaths : [],
    };
  }
  const mistake = MISTAKES.find(([begins, at]) => startsWith(bytes, begins, at));
  if (mistake !== undefined) throw unreadable(path, mistake[2]);
  throw unreadable(
    path,
    `not PyTorch, safetensors, ONNX or TensorFlow.js weights (first bytes ${firstBytes(bytes)})`,
  );
}

/**
 * The tensors of a file of weights by name; see {@linkcode readWeightFile}.
 *
 * ```ts
 * import { readWeights, toFloat32 } from "./mod.ts";
 * const weights = await readWeights("tests/fixtures/weights/current.pth");
 * const bias = weights.get("head.bias");
 * console.assert(bias !== undefined && toFloat32(bias).length === 2);
 * ```
 *
 * @throws {BneckError} as {@linkcode readWeightFile} does
 */
export async function readWeights(path: string, options: ReadWeightsOptions = {}): Promise<WeightMap> {
  return (await readWeightFile(path, options)).weights;
}
