/** Images that are sorted into folders, one for each class. */
import { usageError } from "../../core/errors.ts";
import { sortNaturally } from "../../core/files/mod.ts";
import { reasonOf } from "../../core/files/reason.ts";
import { IMAGE_EXTENSIONS, kindBehindLink } from "../../core/files/search.ts";
import { listFiles } from "../../datasets/list_files.ts";
import type { FitImage } from "./data.ts";

/** Classes by name and their images. */
export interface ClassFolders {
  readonly names: readonly string[];
  readonly images: readonly FitImage[];
}

/**
 * Reads the folders of a folder.
 *
 * @param names of the classes, where they are known: other folders are an error then.
 * @throws {BneckError} (usage) when there are no folders, or one holds no images.
 */
export async function readClassFolders(folder: string, names?: readonly string[]): Promise<ClassFolders> {
  const found = sortNaturally(await foldersIn(folder));
  if (found.length === 0) throw usageError(`${folder} holds no folders: there must be one for each class`);
  const unknown = found.find((name) => names && !names.includes(name));
  if (unknown) {
    throw usageError(
      `${folder} holds the folder ${unknown}, which is not a class to learn (${names!.join(", ")})`,
    );
  }
  const classes = names ?? found;
  const images: FitImage[] = [];
  for (const name of found) {
    const files = sortNaturally([...(await listFiles(`${folder}/${name}`, IMAGE_EXTENSIONS)).paths]);
    if (files.length === 0) throw usageError(`${folder}/${name} holds no images`);
    const truth = classes.indexOf(name);
    for (const file of files) {
      images.push({
        name: `${name}/${file.replace(/\.[^.]*$/, "")}`,
        image: `${folder}/${name}/${file}`,
        truth,
      });
    }
  }
  return { names: classes, images };
}

/** The folders in a folder, also behind links, but for hidden ones such as `.ipynb_checkpoints`. */
async function foldersIn(folder: string): Promise<string[]> {
  const names: string[] = [];
  try {
    for await (const { name, isDirectory, isSymlink } of Deno.readDir(folder)) {
      if (name.startsWith(".")) continue;
      if (isDirectory || isSymlink && kindBehindLink(`${folder}/${name}`).isDirectory) names.push(name);
    }
    return names;
  } catch (error) {
    throw usageError(`cannot read ${folder}: ${reasonOf(error)}`, error);
  }
}
