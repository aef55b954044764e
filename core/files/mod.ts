/**
 * Inputs and outputs of every command: which files there are, what the results are called, and writing them.
 *
 * @module
 */
export {
  ensureWritableFile,
  ensureWritableFolder,
  type FileContent,
  removeStaleTemporaries,
  writeFileAtomic,
  type WriteOptions,
} from "./atomic_write.ts";
export {
  bytesDigest,
  type DataDigest,
  dataDigest,
  digestOf,
  type FileDigest,
  filesDigest,
  listDigest,
} from "./digests.ts";
export { InputFile, type InputFolder } from "./input_file.ts";
export { expandInputs, type InputOptions, type Inputs } from "./inputs.ts";
export { compareNaturally, sortNaturally } from "./natural_order.ts";
export { didYouMean, nearestName } from "./nearest_name.ts";
export { type OutputPlan, planOutputs } from "./outputs.ts";
export { baseName, exists, fileIdentity, isFolder, isRegularFile } from "./paths.ts";
export {
  isJsonObject,
  MAX_STRING_BYTES,
  parseUserJson,
  quote,
  type ReadOptions,
  readUserFile,
  readUserJson,
  readUserText,
} from "./read_user_file.ts";
export { reasonOf } from "./reason.ts";
export { parseShard, type Shard, takeShard } from "./shard.ts";
export { hasImageExtension, IMAGE_EXTENSIONS, JPEG_EXTENSIONS, LABEL_EXTENSIONS } from "./search.ts";
