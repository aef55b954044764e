/**
 * Which file each result is written to.
 *
 * @module
 */
import { dirname, join, relative, resolve } from "node:path";
import { type BneckError, usageError } from "../errors.ts";
import { FirstIndex, fold, foldedHash } from "./first_index.ts";
import type { InputFile, InputFolder } from "./input_file.ts";
import { joinPath, tidy } from "./paths.ts";

/** The paths of all outputs, fixed before the first is written. */
export interface OutputPlan {
  /**
   * The path of one output: `out/day 1/a.ids.png` for the input `photos/day 1/a.jpg`, the kind `ids` and the extension
   * `png`. Kind and extension must not contain a dot. No two paths of a plan are equal.
   */
  path(input: InputFile, kind: string, extension: string): string;
  /** The common beginning of the outputs of an input: `out/day 1/a`. */
  stem(input: InputFile): string;
  /** All folders that outputs are written to; they may not exist yet. */
  readonly folders: readonly string[];
}

/**
 * Plans the outputs of `inputs` in the folder `output` so that no two share a name, even on a file system that ignores
 * case or Unicode composition.
 *
 * The outputs mirror the tree below each root. If two roots would clash (`2023/a.jpg` and `2024/a.jpg`, both given as
 * files), the tree is mirrored from the deepest folder that contains all roots: `out/2023/a.ids.png`. Inputs of one
 * folder that differ only in their extension keep it: `a.jpg.ids.png` and `a.png.ids.png`. Names depend only on the list
 * of inputs, so plan before {@linkcode takeShard}: then all shards agree on them.
 *
 * @param suffixes the endings of the files to be written (`ids.png`; `#` stands for a number, as in `crop-#.jpg`)
 *
 * @throws {BneckError} (usage) if an output would replace an input
 */
export function planOutputs(
  inputs: readonly InputFile[],
  output: string,
  suffixes: readonly string[],
): OutputPlan {
  const folders = outputFolders(inputs, rootsClash(inputs));
  const bases = uniqueBases(inputs, folders);
  const base = (input: InputFile) => bases.get(input) ?? stemOf(input.name);
  refuseToReplaceInputs(inputs, base, (folder) => join(output, folders.get(folder)!), suffixes);
  const stem = (input: InputFile) => joinPath(tidy(join(output, folders.get(input.folder)!)), base(input));
  return {
    stem,
    path: (input, kind, extension) => `${stem(input)}.${kind}.${extension}`,
    folders: [...new Set([...folders.values()].map((folder) => join(output, folder)))],
  };
}

/** The name without its extension: `a.b` of `a.b.jpg`, but all of `.jpg` and `..jpg`. */
function stemOf(name: string): string {
  const dot = name.lastIndexOf(".");
  for (let i = 0; i < dot; i++) if (name[i] !== ".") return name.slice(0, dot);
  return name;
}

/** The map's value of `key`, made by `make` if there is none. */
function getOrMake<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  let value = map.get(key);
  if (value === undefined) map.set(key, value = make());
  return value;
}

/** Whether two inputs of different roots have the same place and stem in their trees. */
function rootsClash(inputs: readonly InputFile[]): boolean {
  if (inputs.every(({ root }) => root === inputs[0].root)) return false;
  const places = new Map<InputFolder, string>();
  const placeOf = ({ folder }: InputFile) => getOrMake(places, folder, () => fold(folder.relative));
  const first = new FirstIndex(inputs.length, (a, b) => {
    return placeOf(inputs[a]) === placeOf(inputs[b]) &&
      fold(stemOf(inputs[a].name)) === fold(stemOf(inputs[b].name));
  });
  return inputs.some((input, i) => {
    const hash = foldedHash(stemOf(input.name), foldedHash(input.folder.relative));
    return inputs[first.add(i, hash)].root !== input.root;
  });
}

/** The folder of the outputs, within the output folder, of each folder of inputs. */
function outputFolders(
  inputs: readonly InputFile[],
  fromCommonFolder: boolean,
): ReadonlyMap<InputFolder, string> {
  const folders = new Map<InputFolder, string>();
  for (const { folder } of inputs) folders.set(folder, folder.relative);
  if (!fromCommonFolder) return folders;
  const paths = [...folders.keys()].map((folder) => resolve(folder.root));
  const common = paths.reduce(commonFolder);
  for (const folder of folders.keys()) folders.set(folder, relative(common, resolve(folder.path)));
  return folders;
}

/** The deepest folder that is or contains both; the paths are absolute. */
function commonFolder(a: string, b: string): string {
  while (a !== b && !b.startsWith(joinPath(a, ""))) a = dirname(a);
  return a;
}

/** The beginnings of output names, where they are not simply the stems of the inputs. */
function uniqueBases(
  inputs: readonly InputFile[],
  folders: ReadonlyMap<InputFolder, string>,
): ReadonlyMap<InputFile, string> {
  const bases = new Map<InputFile, string>();
  const groups = new Map<string, InputFile[]>();
  const groupOf = new Map<InputFolder, InputFile[]>();
  for (const input of inputs) {
    const { folder } = input;
    getOrMake(groupOf, folder, () => getOrMake(groups, fold(folders.get(folder)!), () => [])).push(input);
  }
  for (const group of groups.values()) makeUnique(group, bases);
  return bases;
}

/** Adds to `bases` longer names for inputs that would clash in one output folder. */
function makeUnique(inputs: readonly InputFile[], bases: Map<InputFile, string>): void {
  const baseOf = (input: InputFile) => bases.get(input) ?? stemOf(input.name);
  let left = groupsOfEqual(inputs, baseOf);
  // A name with its extension can be the stem of another (a.jpg and a.jpg.png), so it may take several rounds.
  for (let changed = true; changed && left.length > 0;) {
    changed = false;
    for (const input of left.flat()) {
      if (bases.has(input)) continue;
      bases.set(input, input.name);
      changed = true;
    }
    if (changed) left = groupsOfEqual(inputs, baseOf);
  }
  if (left.length === 0) return;
  // Names such as a.jpg and A.JPG.
  const taken = new Set(inputs.map((input) => fold(baseOf(input))));
  for (const input of left.flatMap((same) => same.slice(1))) {
    let number = 2;
    while (taken.has(fold(`${input.name}-${number}`))) number++;
    bases.set(input, `${input.name}-${number}`);
    taken.add(fold(`${input.name}-${number}`));
  }
}

/** The inputs whose bases would clash on some file system, in groups of two or more. */
function groupsOfEqual(inputs: readonly InputFile[], baseOf: (input: InputFile) => string): InputFile[][] {
  const first = new FirstIndex(
    inputs.length,
    (a, b) => fold(baseOf(inputs[a])) === fold(baseOf(inputs[b])),
  );
  const groups = new Map<number, InputFile[]>();
  for (const [i, input] of inputs.entries()) {
    const other = first.add(i, foldedHash(baseOf(input)));
    if (other !== i) getOrMake(groups, other, () => [inputs[other]]).push(input);
  }
  return [...groups.values()];
}

/** Throws if an output has the path of an input, through symbolic links too. */
function refuseToReplaceInputs(
  inputs: readonly InputFile[],
  base: (input: InputFile) => string,
  folderOf: (folder: InputFolder) => string,
  suffixes: readonly string[],
): void {
  const realFolders = new Map<InputFolder, string | undefined>();
  const realOutputs = new Map<InputFolder, string | undefined>();
  for (const { folder } of inputs) {
    if (realFolders.has(folder)) continue;
    realFolders.set(folder, realPath(folder.path));
    realOutputs.set(folder, realPath(folderOf(folder)));
  }
  const inputPlaces = new Set(realFolders.values());
  const shared = new Set(
    [...realOutputs.values()].filter((path) => path !== undefined && inputPlaces.has(path)),
  );
  if (shared.size === 0) return;

  // Few inputs are named like results, so find these first.
  const ending = new RegExp(`^(.+)\\.(?:${suffixes.map(suffixPattern).join("|")})$`);
  const endangered = new Map<string, InputFile>();
  const key = (folder: string, base: string) => `${folder}\0${base}`;
  for (const input of inputs) {
    const path = realFolders.get(input.folder);
    if (path === undefined || !shared.has(path)) continue;
    const match = ending.exec(fold(input.name));
    if (match !== null) endangered.set(key(path, match[1]), input);
  }
  if (endangered.size === 0) return;
  for (const input of inputs) {
    const path = realOutputs.get(input.folder);
    if (path === undefined || !shared.has(path)) continue;
    const replaced = endangered.get(key(path, fold(base(input))));
    if (replaced !== undefined) throw wouldReplace(replaced);
  }
}

function suffixPattern(suffix: string): string {
  return fold(suffix).replace(/[^\w#]/g, "\\$&").replaceAll("#", "\\d+");
}

function realPath(path: string): string | undefined {
  try {
    return Deno.realPathSync(path === "" ? "." : path);
  } catch {
    return undefined; // It does not exist, so it contains nothing to replace.
  }
}

function wouldReplace(input: InputFile): BneckError {
  return usageError(`the results would overwrite the input ${input.path}`, undefined, {
    option: "out",
    advice: "choose another output folder",
  });
}
