/** Runs on a folder with one street scene, and what they print and leave. */
import { join } from "node:path";
import { filesIn, inFolder } from "../../../support/folders.ts";
import { STREET_PHOTO } from "../../../support/street.ts";

/** Runs `body` in a folder with a street scene in `photos/street.png`, and removes the folder. */
export function withStreet(body: (folder: string) => Promise<void>): Promise<void> {
  return inFolder(async (folder) => {
    await Deno.mkdir(join(folder, "photos"));
    await Deno.copyFile(STREET_PHOTO, join(folder, "photos/street.png"));
    await body(folder);
  });
}

/** {@linkcode filesIn} without the list of classes that every run leaves. */
export function resultsIn(folder: string): string[] {
  return filesIn(folder).filter((name) => name !== "classes.json");
}

export interface JsonImage {
  readonly file: string;
  readonly error?: string;
  readonly width: number;
  readonly height: number;
  readonly input: { readonly height: number; readonly width: number };
  readonly objects?: readonly { class: string; category_id: number; score: number; box: number[] }[];
  readonly classes?: readonly { id: number; name: string; pixels: number; share: number }[];
  readonly files: readonly string[];
  readonly milliseconds: Record<string, number>;
}

export function jsonLines(stdout: string): JsonImage[] {
  return stdout.trimEnd().split("\n").map((line) => JSON.parse(line));
}
