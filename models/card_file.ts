/** Reading a file of weights that has a card. */
import { modelError } from "../core/errors.ts";
import { readUserFile } from "../core/files/mod.ts";
import { safetensorsMetadata } from "../core/weights/mod.ts";
import { CARDS } from "./card.ts";
import { type ModelMetadata, readMetadata } from "./metadata.ts";

/** A file with a card, of which nothing but the metadata is checked. */
export interface CardFile {
  readonly bytes: Uint8Array;
  /** All that the file says of itself. */
  readonly entries: ReadonlyMap<string, string>;
  readonly metadata: ModelMetadata;
  /** The JSON of the card, which may be anything. */
  readonly card: unknown;
  /** Throws that the card is invalid, and why. */
  readonly fail: (what: string) => never;
}

/**
 * Reads a file with a card.
 *
 * @param writer what wrote it
 * @throws {BneckError} (unusable model) when it cannot be read, is larger than `maxBytes`, or its card is not JSON.
 */
export async function readCardFile(
  path: string,
  writer: keyof typeof CARDS,
  maxBytes: number,
): Promise<CardFile> {
  const bytes = await readUserFile(path, { what: "the model", error: modelError, maxBytes });
  const entries = safetensorsMetadata(bytes, path);
  const metadata = readMetadata(entries, path);
  const fail = (what: string): never => {
    throw modelError(`${path} has an invalid card: ${what}`);
  };
  const text = entries.get(CARDS[writer]);
  if (text === undefined) return fail(`${CARDS[writer]} is missing`);
  return {
    bytes,
    entries,
    metadata,
    card: parseCard(text, () => fail(`${CARDS[writer]} is not valid JSON`)),
    fail,
  };
}

function parseCard(text: string, fail: () => never): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return fail();
  }
}
