/**
 * Reads the lists of images and categories of annotation files.
 *
 * @module
 */
import type { CocoCategory, CocoImage, ReadOptions } from "./annotations.ts";
import { FREQUENCIES } from "../params.ts";
import type { CocoId } from "../ids.ts";
import { type JsonCursor, keyTable } from "../json/json_cursor.ts";

/** The last two are of LVIS. */
const IMAGE_KEYS = keyTable(
  "id",
  "width",
  "height",
  "file_name",
  "neg_category_ids",
  "not_exhaustive_category_ids",
);
const NEGATIVE = 4, NOT_EXHAUSTIVE = 5;

const CATEGORY_KEYS = keyTable("id", "name", "frequency");

/** The images of a file. */
export interface ListedImages {
  readonly byId: ReadonlyMap<CocoId, CocoImage>;
  /** How many have an id that was used before. */
  readonly repeated: number;
  /** How many have the lists of LVIS. */
  readonly ofLvis: number;
}

/**
 * Reads the list here.
 *
 * @throws {BneckError} as {@linkcode readAnnotations} does.
 */
export function readImages(
  cursor: JsonCursor,
  { lvis = false, pycocotoolsCompat = false }: ReadOptions,
): ListedImages {
  const byId = new Map<CocoId, CocoImage>();
  let id: CocoId | undefined, width = 0, height = 0, fileName = "";
  let negative: CocoId[] | undefined, notExhaustive: CocoId[] | undefined, listed = false;
  const readIds = (field: string): CocoId[] => {
    const ids: CocoId[] = [];
    cursor.list(() => ids.push(cursor.id(field)));
    return ids;
  };
  const readField = () => {
    const key = cursor.key(IMAGE_KEYS);
    if (key === 0) id = cursor.id("id");
    else if (key === 1) width = cursor.numberIfAny("width") || 0;
    else if (key === 2) height = cursor.numberIfAny("height") || 0;
    else if (key === 3) fileName = cursor.textIfAny("file_name") ?? "";
    else {
      if (key >= NEGATIVE) listed = true;
      if (lvis && key === NEGATIVE) negative = readIds("neg_category_ids");
      else if (lvis && key === NOT_EXHAUSTIVE) notExhaustive = readIds("not_exhaustive_category_ids");
      else cursor.skip();
    }
  };
  let repeated = 0, ofLvis = 0;
  cursor.elements("images", () => {
    id = negative = notExhaustive = undefined;
    width = height = 0;
    fileName = "";
    listed = false;
    cursor.object(readField);
    const known = (id as CocoId | undefined) ?? cursor.fieldError("id", "is missing");
    if (lvis && pycocotoolsCompat) {
      if (negative === undefined) cursor.fieldError("neg_category_ids", "is missing");
      if (notExhaustive === undefined) cursor.fieldError("not_exhaustive_category_ids", "is missing");
    }
    if (byId.has(known)) repeated++;
    if (listed) ofLvis++;
    const image = { id: known, fileName, width, height };
    byId.set(
      known,
      lvis
        ? {
          ...image,
          negativeCategoryIds: negative ?? [],
          notExhaustiveCategoryIds: notExhaustive ?? [],
        }
        : image,
    );
  });
  return { byId, repeated, ofLvis };
}

/** The categories of a file. */
export interface ListedCategories {
  readonly byId: ReadonlyMap<CocoId, CocoCategory>;
  /** How many have an id that was used before. */
  readonly repeated: number;
}

/**
 * Reads the list here.
 *
 * @throws {BneckError} as {@linkcode readAnnotations} does.
 */
export function readCategories(
  cursor: JsonCursor,
  { lvis = false }: ReadOptions,
): ListedCategories {
  const byId = new Map<CocoId, CocoCategory>();
  let id: CocoId | undefined, name: string | undefined, frequency: string | undefined;
  let repeated = 0;
  const readField = () => {
    const key = cursor.key(CATEGORY_KEYS);
    if (key === 0) id = cursor.id("id");
    else if (key === 1) name = cursor.textIfAny("name");
    else if (key === 2 && lvis) frequency = cursor.string("frequency");
    else cursor.skip();
  };
  cursor.elements("categories", () => {
    id = name = frequency = undefined;
    cursor.object(readField);
    const known = (id as CocoId | undefined) ?? cursor.fieldError("id", "is missing");
    const group = FREQUENCIES.find((name) => name === frequency);
    if (lvis && group === undefined) {
      cursor.fieldError(
        "frequency",
        frequency === undefined ? "is missing" : 'is neither "r" (rare) nor "c" (common) nor "f" (frequent)',
      );
    }
    if (byId.has(known)) repeated++;
    const category = { id: known, name: name ?? String(known) };
    byId.set(known, lvis ? { ...category, frequency: group } : category);
  });
  return { byId, repeated };
}
