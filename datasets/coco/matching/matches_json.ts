/**
 * The state of an evaluation as JSON, for files that shards leave and `eval merge` joins.
 *
 * @module
 */
import { usageError } from "../../../core/errors.ts";
import type { CocoCategory } from "../files/annotations.ts";
import type { Frequency } from "../params.ts";
import { type CocoId, idFromJson, idToJson, type SavedId } from "../ids.ts";
import type { Matches } from "./matches.ts";
import { type AreaRange, type CocoParams, cocoParams } from "../params.ts";

/** What a file says it is. */
const FORMAT = "bneck coco matches";
const VERSION = 1;

const COLUMNS = {
  start: Int32Array,
  image: Int32Array,
  rank: Int32Array,
  score: Float64Array,
  inRange: Int32Array,
  outcomeRow: Int32Array,
  outcomes: Uint8Array,
  positives: Float64Array,
} as const;

type ColumnName = keyof typeof COLUMNS;

/** An area range as files have it. */
interface SavedRange {
  readonly label: string;
  readonly least: number;
  readonly most: number;
}

/** The parameters as files have them. */
interface SavedParams extends Omit<CocoParams, "areaRanges" | "imageIds" | "categoryIds"> {
  readonly areaRanges: readonly SavedRange[];
  readonly imageIds?: readonly SavedId[];
  readonly categoryIds?: readonly SavedId[];
}

function savedRange({ label, min, max }: AreaRange): SavedRange {
  return { label, least: min, most: max };
}

/** In one order, whichever way the parameters came about. */
function saveParams(
  { areaRanges, maxDetections, imageIds, categoryIds, ...others }: CocoParams,
): SavedParams {
  return {
    ...others,
    areaRanges: areaRanges.map(savedRange),
    maxDetections,
    ...imageIds && { imageIds: imageIds.map(idToJson) },
    ...categoryIds && { categoryIds: categoryIds.map(idToJson) },
  };
}

/** @throws It is not the JSON form of parameters. */
function restoreParams(saved: Partial<SavedParams> = {}): CocoParams {
  const { areaRanges, imageIds, categoryIds, ...others } = saved;
  const restored = {
    ...others,
    ...imageIds && { imageIds: imageIds.map(restoreId) },
    ...categoryIds && { categoryIds: categoryIds.map(restoreId) },
  };
  if (areaRanges === undefined) return cocoParams(restored);
  return cocoParams({
    ...restored,
    areaRanges: areaRanges.map(({ label, least, most }) => ({ label, min: least, max: most })),
  });
}

/** @throws It is not the JSON form of an id. */
function restoreId(saved: unknown): CocoId {
  const id = idFromJson(saved);
  if (id === undefined) throw new TypeError("not an id");
  return id;
}

/** Ids as base64 of doubles where they are all small numbers, as mostly, otherwise one by one. */
function savedIds(ids: readonly CocoId[]): string | readonly SavedId[] {
  return ids.every((id) => typeof id === "number") ? toBase64(Float64Array.from(ids)) : ids.map(idToJson);
}

function restoreIds(saved: unknown): readonly CocoId[] | undefined {
  if (!Array.isArray(saved)) {
    const ids = fromBase64(saved, Float64Array);
    return ids && [...ids];
  }
  const ids = saved.map(idFromJson);
  return ids.every((id) => id !== undefined) ? ids : undefined;
}

/** A {@linkcode Matches} of which each typed array is base64 of its little-endian bytes. */
export interface MatchesJson extends Readonly<Record<ColumnName, string>> {
  readonly format: string;
  readonly version: number;
  readonly params: SavedParams;
  readonly categories: readonly {
    readonly id: SavedId;
    readonly name: string;
    readonly frequency?: Frequency;
  }[];
  readonly imageIds: string | readonly SavedId[];
  readonly imageCount: number;
}

/**
 * The state as a JSON value. It depends only on what was compared, not on the shards it was merged from: the
 * rows of outcomes are put in the order of the detections.
 */
export function matchesToJson(matches: Matches): MatchesJson {
  const rowSize = matches.params.areaRanges.length * matches.params.iouThresholds.length;
  const outcomeRow = new Int32Array(matches.outcomeRow.length);
  const outcomes = new Uint8Array(matches.outcomes.length);
  let rows = 0;
  for (let i = 0; i < outcomeRow.length; i++) {
    const row = matches.outcomeRow[i];
    outcomeRow[i] = row < 0 ? -1 : rows;
    if (row >= 0) {
      outcomes.set(matches.outcomes.subarray(row * rowSize, (row + 1) * rowSize), rowSize * rows++);
    }
  }
  const ordered = { ...matches, outcomeRow, outcomes };
  const columns = Object.fromEntries(
    columnNames().map((name) => [name, toBase64(ordered[name])]),
  ) as Record<ColumnName, string>;
  const { params, categories, imageCount } = matches;
  return {
    format: FORMAT,
    version: VERSION,
    params: saveParams(params),
    categories: categories.map((category) => ({ ...category, id: idToJson(category.id) })),
    imageCount,
    imageIds: savedIds(matches.imageIds),
    ...columns,
  };
}

/**
 * Reads what {@linkcode matchesToJson} made; `name` is what errors call it.
 *
 * @throws {BneckError} It is anything else.
 */
export function matchesFromJson(value: unknown, name: string): Matches {
  const refuse = (problem: string): never => {
    throw usageError(`cannot read ${name}: ${problem}`);
  };
  const json = (typeof value === "object" && value !== null ? value : {}) as Partial<MatchesJson>;
  if (json.format !== FORMAT) {
    refuse("it is not the state of a COCO evaluation");
  }
  if (json.version !== VERSION) {
    refuse(`its version is ${json.version}, this program reads version ${VERSION}`);
  }
  const columns = Object.fromEntries(
    columnNames().map((
      column,
    ) => [column, fromBase64(json[column], COLUMNS[column]) ?? refuse(`no ${column} in it`)]),
  ) as unknown as Pick<Matches, ColumnName>;
  if (!Array.isArray(json.categories) || typeof json.imageCount !== "number") refuse("it is incomplete");
  let params: CocoParams;
  try {
    params = restoreParams(json.params);
  } catch {
    return refuse("its parameters are not those of an evaluation");
  }
  const imageIds = restoreIds(json.imageIds) ?? refuse("no imageIds in it");
  const categories = json.categories!.map((saved): CocoCategory => ({
    id: idFromJson(saved?.id) ?? refuse("a category has no id"),
    name: saved.name,
    ...saved.frequency !== undefined && { frequency: saved.frequency },
  }));
  const matches: Matches = { ...columns, params, categories, imageIds, imageCount: json.imageCount! };
  if (!fitsTogether(matches)) refuse("its parts do not fit together");
  return matches;
}

/** Whether every index of the state lies within what it points into. */
function fitsTogether(matches: Matches): boolean {
  if (!isSized(matches)) return false;
  const { params, categories, imageIds, start, image, rank, score, inRange, outcomeRow, outcomes } = matches;
  const ranges = params.areaRanges.length;
  const rows = outcomes.length / (ranges * params.iouThresholds.length);
  if (!Number.isSafeInteger(rows)) return false;
  const length = image.length;
  return [rank, score, inRange, outcomeRow].every((column) => column.length === length) &&
    matches.positives.length === categories.length * ranges &&
    start.length === categories.length + 1 && start[0] === 0 && start[categories.length] === length &&
    start.every((value, k) => k === 0 || value >= start[k - 1]) &&
    image.every((index) => index >= 0 && index < imageIds.length) &&
    inRange.every((bits) => bits >= 0 && bits < 2 ** ranges) &&
    areDistinct(outcomeRow, rows) &&
    score.every((value) => !Number.isNaN(value)) &&
    categories.every(({ name }) => typeof name === "string");
}

/** Cells of the largest tensors of an evaluation: thresholds × recalls × classes × area ranges × limits. */
const MAX_CELLS = 2 ** 26;

/** Whether its parameters are those of scores that fit into memory. */
function isSized({ params, categories }: Matches): boolean {
  const { iouThresholds, recallThresholds, areaRanges, maxDetections } = params;
  const cells = iouThresholds.length * recallThresholds.length * areaRanges.length * maxDetections.length;
  return cells * Math.max(1, categories.length) <= MAX_CELLS &&
    isRising(recallThresholds) && iouThresholds.every((iou) => iou >= 0 && iou <= 1) &&
    areaRanges.every(({ label, min, max }) =>
      typeof label === "string" && Number.isFinite(min) && Number.isFinite(max)
    );
}

/** Whether recalls are sorted and between 0 and 1. */
function isRising(recalls: readonly number[]): boolean {
  return recalls.every((recall, k) => recall >= (recalls[k - 1] ?? 0) && recall <= 1);
}

/** Whether no two detections have the same row of outcomes, of which there are `rows`; -1 is none. */
function areDistinct(outcomeRow: Int32Array, rows: number): boolean {
  const taken = new Uint8Array(rows);
  return outcomeRow.every((row) => row === -1 || (row >= 0 && row < rows && taken[row]++ === 0));
}

function columnNames(): ColumnName[] {
  return Object.keys(COLUMNS) as ColumnName[];
}

function toBase64(values: Float64Array | Int32Array | Uint8Array): string {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength).toBase64();
}

function fromBase64(
  text: unknown,
  type: typeof COLUMNS[ColumnName],
): Float64Array | Int32Array | Uint8Array | undefined {
  if (typeof text !== "string") return undefined;
  try {
    const bytes = Uint8Array.fromBase64(text);
    return bytes.length % type.BYTES_PER_ELEMENT === 0 ? new type(bytes.buffer) : undefined;
  } catch {
    return undefined;
  }
}
