/**
 * Changes of pixel values that the user gives, as a JSON file or a list.
 *
 * @module
 */
import { usageError } from "../../core/errors.ts";
import { isJsonObject, readUserJson } from "../../core/files/mod.ts";
import { isId } from "./class_list.ts";
import type { IdMap } from "./label_index.ts";

/**
 * Reads a label map: the path of a JSON file `{ "from": to, … }`, or a list such as `7:0,8:1,26:13`.
 *
 * @throws {BneckError} The file cannot be read, or an entry is not two pixel values from 0 to 65535, or a
 * value is mapped twice.
 */
export async function readIdMap(fileOrList: string): Promise<IdMap> {
  if (/^[\d:,\s-]+$/.test(fileOrList)) return parseIdList(fileOrList);
  const json = await readUserJson(fileOrList, {
    what: "the label map",
    error: (message, cause, hint) =>
      usageError(`${message}; give a JSON file or a list like 7:0,8:1`, cause, hint),
  });
  if (!isJsonObject(json)) {
    throw usageError(`cannot use the label map ${fileOrList}: expected an object such as { "7": 0, "8": 1 }`);
  }
  return idMap(Object.entries(json), fileOrList);
}

/**
 * Parses `from:to` pairs separated by commas: `7:0,8:1`.
 *
 * @throws {BneckError} (usage) An entry is not such a pair of pixel values, or a value is mapped twice.
 */
export function parseIdList(list: string): IdMap {
  const entries = list.split(",").map((part): [string, unknown] => {
    const [from, to, ...rest] = part.split(":").map((side) => side.trim());
    if (to === undefined || rest.length > 0) {
      throw usageError(`cannot use the label map entry "${part.trim()}": write from:to, such as 7:0`);
    }
    return [from, /^\d+$/.test(to) ? Number(to) : to];
  });
  return idMap(entries, list);
}

function idMap(entries: readonly [from: string, to: unknown][], where: string): IdMap {
  const map = new Map<number, number>();
  for (const [from, to] of entries) {
    const value = /^\d{1,5}$/.test(from) ? Number(from) : -1;
    if (!isId(value) || !isId(to)) {
      throw usageError(
        `cannot use the label map ${where}: ${from} to ${
          JSON.stringify(to)
        } is not two pixel values from 0 to 65535`,
      );
    }
    if (map.has(value)) throw usageError(`cannot use the label map ${where}: ${value} is mapped twice`);
    map.set(value, to);
  }
  return map;
}
