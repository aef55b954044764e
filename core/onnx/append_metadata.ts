/** Adding metadata to ONNX files whose graphs stay as they are. */
import { concatenate } from "../bytes.ts";
import { ProtoWriter } from "./protobuf.ts";

/** The number of `metadata_props` in `ModelProto`. */
const METADATA_PROPS = 14;

/**
 * The same file with more `metadata_props`. Fields of a message that follow each other are one list, so nothing of the file
 * is decoded, changed or lost; of entries with the same key the last counts.
 */
export function appendMetadata(
  file: Uint8Array,
  entries: Readonly<Record<string, string>>,
): Uint8Array<ArrayBuffer> {
  const writer = new ProtoWriter();
  for (const [key, value] of Object.entries(entries)) {
    writer.message(METADATA_PROPS, (entry) => {
      entry.bytes(1, key);
      entry.bytes(2, value);
    });
  }
  return concatenate([file, writer.finish()]);
}
