/** `classes.json` and `data.yaml` beside the results of a run: what their ids and colours mean. */
import { exists, readUserJson, readUserText, writeFileAtomic } from "../../core/files/mod.ts";
import { boxColor, type Palette } from "../../core/images/palette.ts";
import type { ModelLabels } from "../entry.ts";

/** Its name. */
const CLASS_FILE = "classes.json";

/** Fields of the file; `classes` is read by `readClassList`. */
interface ClassFile {
  /** The id of pixels whose class is hidden. */
  readonly ignore?: number;
  /** Of label images: pixel value, name and colour. */
  readonly classes?: readonly object[];
  /** Of detections: index in YOLO files, category id in COCO and JSON files, name and colour of its boxes. */
  readonly objects?: readonly object[];
}

/**
 * Writes `classes.json` into a folder of results. What the file says of a task that did not run stays, so that several
 * commands can write to one folder.
 *
 * @param palette the colours of the classes of pixels, where they are not the model's
 * @param boxColors the colours of boxes by the index of their class
 * @returns the path if the file was left as it is, because it says something else and may not be replaced
 * @throws {BneckError} The file cannot be written.
 */
export async function writeClassFile(
  folder: string,
  { segment, detect }: Pick<ModelLabels, "segment" | "detect">,
  { palette, boxColors, overwrite }: {
    readonly palette?: Palette;
    readonly boxColors?: Palette;
    readonly overwrite: boolean;
  },
): Promise<string | undefined> {
  if (!segment && !detect) return undefined;
  const path = `${folder}/${CLASS_FILE}`;
  const own: ClassFile = {
    ...(segment && {
      ignore: 255,
      classes: segment.map(({ name, color }, id) => ({ id, name, color: palette?.[id] ?? color })),
    }),
    ...(detect && {
      objects: detect.map(({ name, categoryId }, index) => (
        { index, category_id: categoryId, name, color: boxColors?.[index] ?? boxColor(index) }
      )),
    }),
  };
  const found = exists(path) ? await readExisting(path) : {};
  const differs = found === undefined ||
    Object.entries(own).some(([key, value]) =>
      found[key] !== undefined && JSON.stringify(found[key]) !== JSON.stringify(value)
    );
  if (differs && !overwrite) return path;
  await writeFileAtomic(path, format({ ...found, ...own }));
  return undefined;
}

/** The name of the file that says what the class indices of YOLO files mean. */
const YOLO_FILE = "data.yaml";

/**
 * Writes `data.yaml` into a folder of YOLO files: the classes in the order of their indices.
 *
 * @returns the path if a file of that name says something else and may not be replaced
 * @throws {BneckError} The file cannot be written.
 */
export async function writeYoloFile(
  folder: string,
  classes: readonly { readonly name: string }[],
  { overwrite }: { readonly overwrite: boolean },
): Promise<string | undefined> {
  const path = `${folder}/${YOLO_FILE}`;
  // A JSON text is a YAML text.
  const names = classes.map(({ name }, index) => `  ${index}: ${JSON.stringify(name)}\n`);
  const text = `path: .\ntrain: .\nval: .\nnc: ${classes.length}\nnames:\n${names.join("")}`;
  if (exists(path) && !overwrite) {
    const found = await readUserText(path, { what: "the classes" }).catch(() => undefined);
    return found === text ? undefined : path;
  }
  await writeFileAtomic(path, text);
  return undefined;
}

/** `undefined` for a file that is something else. */
async function readExisting(path: string): Promise<Record<string, unknown> | undefined> {
  try {
    const json = await readUserJson(path, { what: "the class list" });
    return typeof json === "object" && json !== null && !Array.isArray(json)
      ? json as Record<string, unknown>
      : undefined;
  } catch {
    return undefined;
  }
}

/** A class a line. */
function format(file: Record<string, unknown>): string {
  const fields = Object.entries(file).map(([key, value]) => {
    const text = Array.isArray(value) && typeof value[0] === "object"
      ? `[\n${value.map((entry) => `    ${JSON.stringify(entry)}`).join(",\n")}\n  ]`
      : JSON.stringify(value);
    return `  ${JSON.stringify(key)}: ${text}`;
  });
  return `{\n${fields.join(",\n")}\n}\n`;
}
