/**
 * The names of YOLO's classes, and where its images lie.
 *
 * @module
 */
import { dirname, isAbsolute, join } from "node:path";
import { usageError } from "../../core/errors.ts";
import { exists, isJsonObject, readUserText } from "../../core/files/mod.ts";

/** The keypoints of each object (`kpt_shape`). */
export interface KeypointForm {
  readonly count: number;
  /** Numbers of each: x, y, and perhaps its visibility or score. */
  readonly numbers: 2 | 3;
}

/** The classes of a set, and what its lines hold. */
export interface YoloClasses {
  /** By index. */
  readonly names: readonly string[];
  readonly keypoints?: KeypointForm;
}

/** What a `data.yaml` says. */
export interface YoloData extends YoloClasses {
  /** The folders, or lists, of the images to validate on; empty where it names none. */
  readonly val: readonly string[];
}

/** Bytes of a `data.yaml`, or of a list of names. */
const MAX_BYTES = 2 ** 22;

/** Classes of a set, and keypoints of an object. */
const MAX_CLASSES = 100_000, MAX_KEYPOINTS = 1000;

/** Files beside labels that name the classes. */
const NAME_LISTS = ["classes.txt", "obj.names", "_darknet.labels"];
const DATA_FILES = ["data.yaml", "data.yml", "dataset.yaml"];

/** Text files beside labels that are not labels. */
export const NOT_LABELS: readonly string[] = [
  ...NAME_LISTS,
  "train.txt",
  "val.txt",
  "test.txt",
  "labels.txt",
  "readme.txt",
  "readme.roboflow.txt",
  "readme.dataset.txt",
];

/** Folders above one of labels in which names are looked for: `labels/val` belongs to the set two above. */
const LEVELS = 2;

/**
 * The classes of a folder of labels, from `data.yaml`, `classes.txt` or `obj.names` in it or above;
 * `undefined` where there is none.
 *
 * @throws {BneckError} Such a file cannot be read.
 */
export async function findClasses(folder: string): Promise<YoloClasses | undefined> {
  for (let level = 0, at = folder; level <= LEVELS; level++, at = join(at, "..")) {
    for (const name of DATA_FILES) {
      if (exists(join(at, name))) return await readYoloData(join(at, name));
    }
    for (const name of NAME_LISTS) {
      if (exists(join(at, name))) return { names: await readNameList(join(at, name)) };
    }
  }
  return undefined;
}

async function readNameList(path: string): Promise<string[]> {
  const text = await readUserText(path, { what: "the names of the classes", maxBytes: MAX_BYTES });
  const names = text.trimEnd().split("\n").map((line) => line.trim());
  if (names.length > MAX_CLASSES || names.some((name) => name === "")) {
    throw usageError(`cannot read the names of the classes ${path}: a name on each line is expected`);
  }
  return names;
}

/**
 * Reads a `data.yaml`.
 *
 * @throws {BneckError} It cannot be read, or does not name the classes.
 */
export async function readYoloData(path: string): Promise<YoloData> {
  const text = await readUserText(path, { what: "the data set", maxBytes: MAX_BYTES });
  const fail = (reason: string, cause?: unknown) =>
    usageError(`cannot read the data set ${path}: ${reason}`, cause);
  const { parse } = await import("yaml");
  let data: unknown;
  try {
    data = parse(text, { maxAliasCount: 10, logLevel: "error" });
  } catch (cause) {
    throw fail("not valid YAML", cause);
  }
  if (!isJsonObject(data)) throw fail('"names" is missing');
  const keypoints = data.kpt_shape === undefined ? undefined : keypointForm(data.kpt_shape);
  if (keypoints === null) {
    throw fail(`"kpt_shape" is not [keypoints, 2 or 3], of ${MAX_KEYPOINTS} keypoints at most`);
  }
  const names = namesOf(data.names);
  if (names === undefined) throw fail('"names" is not a list of the names of classes');
  const root = typeof data.path === "string" ? data.path : ".";
  const folder = dirname(path);
  const base = isAbsolute(root) ? root : join(folder, root);
  const val = [data.val ?? []].flat().filter((entry) => typeof entry === "string")
    .map((entry) => placeOf(entry, base, folder));
  return { names, val, keypoints };
}

/** `null` where it is none. */
function keypointForm(shape: unknown): KeypointForm | null {
  if (!Array.isArray(shape) || shape.length !== 2) return null;
  const [count, numbers] = shape;
  const isCount = Number.isInteger(count) && count >= 1 && count <= MAX_KEYPOINTS;
  return isCount && (numbers === 2 || numbers === 3) ? { count, numbers } : null;
}

function namesOf(names: unknown): string[] | undefined {
  const entries = Array.isArray(names)
    ? names.map((name, k) => [String(k), name])
    : isJsonObject(names)
    ? Object.entries(names)
    : [];
  if (entries.length === 0 || entries.length > MAX_CLASSES) return undefined;
  const list: string[] = [];
  for (const [key, name] of entries) {
    const index = Number(key);
    if (!Number.isInteger(index) || index < 0 || index >= entries.length) return undefined;
    if (typeof name !== "string" && typeof name !== "number") return undefined;
    list[index] = String(name);
  }
  return list;
}

/** Some sets begin with `../` though they lie beside their file. */
function placeOf(entry: string, base: string, folder: string): string {
  const place = isAbsolute(entry) ? entry : join(base, entry);
  if (exists(place) || !entry.startsWith("../")) return place;
  const beside = join(folder, entry.slice(3));
  return exists(beside) ? beside : place;
}
