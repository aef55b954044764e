/**
 * Whether ground truth of pixels is to be drawn: apart from what draws it, so that the others start without that.
 *
 * @module
 */
import { basename } from "node:path";
import { isFolder, isJsonObject, readUserJson, readUserText } from "../../core/files/mod.ts";
import { JPEG_EXTENSIONS, LABEL_EXTENSIONS } from "../../core/files/search.ts";
import { extension, listFiles, withoutExtension } from "../list_files.ts";

/** Files that ground truth can be drawn from. */
const DRAWN = ["json", "xml", "txt"];

/** Files of labels that are read to find out whether images beside them are photos. */
const MAX_READ = 20;

/**
 * Whether labels are drawn: an XML, JSON or YAML file, or a folder that holds JSON, XML or text files and no label map. An
 * image with labels of labelme or YOLO of its name, and no JPEG of that name, is a photo and no label map.
 *
 * @param images the folder of the photos; only where it is, or lies in, that of the labels can photos be among them
 */
export async function isToBeDrawn(labels: string, images?: string): Promise<boolean> {
  if (/\.(xml|json|ya?ml)$/i.test(labels)) return true;
  const mayHoldPhotos = images === undefined || await holds(labels, images);
  // A folder that cannot be read is reported where it is read.
  const found = await search(labels, !mayHoldPhotos).catch(() => "nothing" as const);
  return found === "labels" || found === "both" && await arePhotos(labels);
}

async function holds(folder: string, other: string): Promise<boolean> {
  try {
    const [outer, inner] = await Promise.all([Deno.realPath(folder), Deno.realPath(other)]);
    return inner === outer || inner.startsWith(`${outer}/`) || inner.startsWith(`${outer}\\`);
  } catch {
    return false;
  }
}

type Found = "maps" | "labels" | "both" | "nothing";

/** @param first whether to end at the first label map */
async function search(folder: string, first: boolean, depth = 0): Promise<Found> {
  let maps = false, labels = false;
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    if (name.startsWith(".")) continue;
    if (isDirectory) {
      const inside = depth < MAX_DEPTH ? await search(`${folder}/${name}`, first, depth + 1) : "nothing";
      maps ||= inside === "maps" || inside === "both";
      labels ||= inside === "labels" || inside === "both";
    } else if (LABEL_EXTENSIONS.includes(extension(name))) maps = true;
    else if (DRAWN.includes(extension(name))) labels = true;
    if (maps && (first || labels)) return labels && !first ? "both" : "maps";
  }
  return maps ? "maps" : labels ? "labels" : "nothing";
}

/** Folders within folders. */
const MAX_DEPTH = 16;

/** Whether the images of a folder have labels beside them, as photos have. */
async function arePhotos(folder: string): Promise<boolean> {
  const { paths } = await listFiles(folder, [...LABEL_EXTENSIONS, ...JPEG_EXTENSIONS, "json", "txt"]);
  const stems = (extensions: readonly string[]) =>
    new Set(paths.filter((path) => extensions.includes(extension(path))).map(stemOf));
  const [images, jpegs] = [stems(LABEL_EXTENSIONS), stems(JPEG_EXTENSIONS)];
  const own = paths.filter((path) =>
    ["json", "txt"].includes(extension(path)) && images.has(stemOf(path)) && !jpegs.has(stemOf(path))
  );
  for (const path of own.slice(0, MAX_READ)) if (await isLabelFile(`${folder}/${path}`)) return true;
  return false;
}

function stemOf(path: string): string {
  return basename(withoutExtension(path));
}

async function isLabelFile(path: string): Promise<boolean> {
  try {
    if (extension(path) === "json") return isLabelme(await readUserJson(path, { what: "the labels" }));
    const text = await readUserText(path, { what: "the labels" });
    return /^\s*\d+(\s+-?[\d.]+(e-?\d+)?){4,}\s*(\n|$)/.test(text);
  } catch {
    return false;
  }
}

/** Whether ground truth of objects is of a tool for labelling: a folder, or a file that is not JSON. */
export function isOfLabelling(path: string): boolean {
  return /\.(xml|ya?ml)$/i.test(path) || isFolder(path);
}

/** Whether a JSON value is what labelme writes. */
export function isLabelme(json: unknown): json is Record<string, unknown> & { readonly shapes: unknown[] } {
  return isJsonObject(json) && Array.isArray(json.shapes) && "imagePath" in json;
}
