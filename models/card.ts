/** Files of weights that are models by themselves: what wrote them left a card in their metadata. */
import { isRegularFile } from "../core/files/paths.ts";
import { importLater } from "../core/import_later.ts";
import type { ModelEntry } from "./entry.ts";

/** The keys of the cards, by what wrote them. */
export const CARDS = { fit: "bneck.fit", adapt: "bneck.adapt" } as const;

/** Enough of a file to see whether it has a card; the header comes first. */
const PEEK_BYTES = 1 << 20;

/** What wrote a file of weights, by its first bytes; `undefined` for other files and those that cannot be read. */
export async function writerOf(path: string): Promise<keyof typeof CARDS | undefined> {
  if (!/\.safetensors$/i.test(path) || !isRegularFile(path)) return undefined;
  try {
    using file = await Deno.open(path);
    const bytes = new Uint8Array(PEEK_BYTES);
    let length = 0;
    for (let read; length < PEEK_BYTES && (read = await file.read(bytes.subarray(length))) !== null;) {
      length += read;
    }
    const start = new TextDecoder().decode(bytes.subarray(0, length));
    return (["adapt", "fit"] as const).find((writer) => start.includes(`"${CARDS[writer]}":`));
  } catch {
    return undefined;
  }
}

/**
 * The model that a file with a card is; `undefined` for other files.
 *
 * @throws {BneckError} (unusable model) when its card is invalid.
 */
export async function modelOfCard(path: string): Promise<ModelEntry | undefined> {
  // Loaded when needed, since most commands read no such file.
  switch (await writerOf(path)) {
    case "fit": {
      const { fittedModel, readFitted } = await importLater<typeof import("./fit/fitted_file.ts")>(
        import.meta.resolve("./fit/fitted_file.ts"),
      );
      return fittedModel(await readFitted(path));
    }
    case "adapt": {
      const { adaptedModel, readAdapted } = await importLater<
        typeof import("./compress/adapt/adapted_file.ts")
      >(
        import.meta.resolve("./compress/adapt/adapted_file.ts"),
      );
      return adaptedModel(await readAdapted(path));
    }
    case undefined:
      return undefined;
  }
}
