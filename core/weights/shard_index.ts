/**
 * Weights in several files with an index of their tensors beside them (`model.safetensors.index.json`,
 * `pytorch_model.bin.index.json`), as Hugging Face's libraries save them.
 *
 * @module
 */
import { dirname, join } from "node:path";
import { isJsonObject, parseUserJson, quote } from "../files/read_user_file.ts";
import { modelError } from "../errors.ts";
import { unreadable } from "./hostile_file.ts";
import type { WeightMap, WeightTensor } from "./tensor.ts";
import { checkShardPath } from "./tfjs.ts";

/** The key of the tensors in an index. */
const WEIGHT_MAP = "weight_map";

/** An index is read up to this size in bytes: far more than names of tensors take. */
const MAX_INDEX_BYTES = 64 * 2 ** 20;

/** Files of the largest set of weights. */
const MAX_SHARDS = 1000;

/** Whether a file that is JSON lists tensors and their files. */
export function isShardIndex(bytes: Uint8Array): boolean {
  return bytes.length <= MAX_INDEX_BYTES && new TextDecoder().decode(bytes).includes(`"${WEIGHT_MAP}"`);
}

/**
 * The tensors that an index lists, from the files that it names.
 *
 * @param path of the index, beside which the files lie
 * @param readShard reads one of the files
 * @throws {BneckError} The index is malformed, or a tensor is not in its file.
 */
export async function readShards(
  bytes: Uint8Array,
  path: string,
  readShard: (path: string) => Promise<WeightMap>,
): Promise<WeightMap> {
  const json = parseUserJson(new TextDecoder().decode(bytes), path, { error: modelError });
  const list = isJsonObject(json) ? json[WEIGHT_MAP] : undefined;
  if (!isJsonObject(list)) {
    throw unreadable(path, `its ${WEIGHT_MAP} is not an object of tensors and their files`);
  }
  const fileOf = Object.entries(list).map(([name, file]) => [name, checkShardPath(file, path)] as const);
  const files = [...new Set(fileOf.map(([, file]) => file))];
  if (files.length === 0) throw unreadable(path, `its ${WEIGHT_MAP} is empty`);
  if (files.length > MAX_SHARDS) {
    throw unreadable(path, `it names ${files.length} files, more than ${MAX_SHARDS}`);
  }
  const shards = new Map<string, WeightMap>();
  for (const file of files) shards.set(file, await readShard(join(dirname(path), file)));
  const weights = new Map<string, WeightTensor>();
  for (const [name, file] of fileOf) {
    const tensor = shards.get(file)!.get(name);
    if (tensor === undefined) throw unreadable(path, `tensor ${quote(name)} is not in ${quote(file)}`);
    weights.set(name, tensor);
  }
  return weights;
}
