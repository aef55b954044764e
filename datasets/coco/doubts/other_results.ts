/**
 * Result files that are something else, or of other images or categories: what they probably are.
 *
 * @module
 */
import { usageError } from "../../../core/errors.ts";
import type { Annotations } from "../files/annotations.ts";
import { type CocoId, quotedId } from "../ids.ts";
import { type JsonCursor, keyTable } from "../json/json_cursor.ts";
import { stem } from "./name_contradictions.ts";

const FORM = '[{"image_id": …, "category_id": …, "bbox": […], "score": …}, …]';

const FILE_KEYS = keyTable("images", "annotations", "categories", "image_id", "category_id", "bbox", "score");
const FIRST_OF_DETECTION = 3;

/**
 * Refuses what stands at the cursor in the place of a list.
 *
 * @throws {BneckError} Always.
 */
export function refuseOtherFile(cursor: JsonCursor): never {
  const refuse = (what: string): never => {
    throw usageError(`cannot read ${cursor.name}: it is ${what} (${FORM})`);
  };
  if (cursor.atText()) refuse("a text, not a list of detections");
  if (!cursor.atObject()) cursor.whole(() => cursor.notA("a list of detections"));
  let ofDetection = false;
  cursor.members(FILE_KEYS, (key) => {
    if (key >= 0 && key < FIRST_OF_DETECTION) refuse("an annotation file, not detection results");
    if (key >= FIRST_OF_DETECTION) ofDetection = true;
    cursor.skipMember();
  });
  if (!ofDetection) refuse("an object, not a list of detections");
  return refuse(
    cursor.atEnd()
      ? "one detection, not a list of detections"
      : "one detection after another (JSON Lines), not a list of detections",
  );
}

/** Says that no image has an id, and what it looks like. */
export function unknownImage(id: CocoId, known: ReadonlyMap<CocoId, number>, truth: Annotations): string {
  if (known.size === 0) return `${quotedId(id)}, and ${truth.name} lists no images`;
  const named = truth.images.find(({ fileName }) =>
    fileName !== "" && (fileName === id || stem(fileName) === stem(String(id)))
  );
  const meaning = named &&
    `; image ${quotedId(named.id)} has the file ${JSON.stringify(named.fileName)}, and its id is needed`;
  return unknown(id, known, "image", truth.name, meaning);
}

/** Says that no category has an id, and what it looks like. */
export function unknownCategory(id: CocoId, known: ReadonlyMap<CocoId, number>, truth: Annotations): string {
  const { name, categories } = truth;
  if (known.size === 0) return `${quotedId(id)}, and ${name} lists no categories`;
  const named = categories.find((category) => category.name === id);
  if (named) {
    return unknown(
      id,
      known,
      "category",
      name,
      `; category ${quotedId(named.id)} has that name, and its id is needed`,
    );
  }
  const first = categories[0].id, last = categories[categories.length - 1].id;
  const count = categories.length;
  let meaning: string | undefined;
  if (id === 0 && first === 1) {
    meaning = `; its ids begin at 1, so those of the results probably count from 0, as those of YOLO do`;
  } else if (typeof first === "number" && id === count && first === 0 && last === count - 1) {
    meaning = `; its ids begin at 0, so those of the results probably count from 1`;
  } else if (typeof id === "number" && typeof last === "number" && id < last && first === 1) {
    meaning =
      `; its ${count} ids go up to ${last} with gaps, so those of the results probably count without any`;
  }
  return unknown(id, known, "category", name, meaning);
}

/** An id that none of the images or categories has, and the same as a number or a text if that is one. */
function unknown(
  id: CocoId,
  known: ReadonlyMap<CocoId, number>,
  what: string,
  file: string,
  meaning = "",
): string {
  const digits = typeof id === "string" && /^-?\d{1,15}$/.test(id) ? Number(id) : undefined;
  const other = typeof id === "string" ? digits : String(id);
  const alike = other !== undefined && known.has(other)
    ? ` (there the id is the ${typeof other === "string" ? "text" : "number"} ${quotedId(other)})`
    : "";
  return `${quotedId(id)}, and no ${what} of ${file} has this id${alike || meaning}`;
}
