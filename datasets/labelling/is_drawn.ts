/**
 * Whether ground truth of pixels is to be drawn: apart from what draws it, so that the others start without that.
 *
 * @module
 */
import { LABEL_EXTENSIONS } from "../../core/images/label_map.ts";
import { extension } from "../segmentation/list_files.ts";

/** Files that ground truth can be drawn from. */
const DRAWN = ["json", "xml", "txt"];

/** An XML, JSON or YAML file, or a folder that holds JSON, XML or text files and no label map. */
export async function isToBeDrawn(path: string): Promise<boolean> {
  if (/\.(xml|json|ya?ml)$/i.test(path)) return true;
  const found = await search(path).catch(() => "nothing" as const);
  return found === "labels";
}

/** Ends at the first label map. A folder that cannot be read is reported where it is read. */
async function search(folder: string, depth = 0): Promise<"maps" | "labels" | "nothing"> {
  let found: "labels" | "nothing" = "nothing";
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    if (name.startsWith(".")) continue;
    if (isDirectory) {
      const inside = depth < MAX_DEPTH ? await search(`${folder}/${name}`, depth + 1) : "nothing";
      if (inside === "maps") return inside;
      if (inside === "labels") found = inside;
    } else if (LABEL_EXTENSIONS.includes(extension(name))) return "maps";
    else if (DRAWN.includes(extension(name))) found = "labels";
  }
  return found;
}

/** Folders within folders. */
const MAX_DEPTH = 16;
