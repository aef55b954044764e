/**
 * The categories of an annotation file: which of them each class of a detector is, and what tables call them.
 *
 * @module
 */
import { usageError } from "../../core/errors.ts";
import { classKey } from "../class_names.ts";
import type { EvaluatedModel, ModelClass } from "../evaluation_set.ts";
import type { Annotations, CocoCategory } from "./files/annotations.ts";
import type { CocoId } from "./ids.ts";
import { isUnused } from "./labels.ts";

/** The categories of a detector's classes. */
export interface CategoryMapping {
  /** Ids in the annotation file by class; `undefined` for classes that the file does not have. */
  readonly categoryIds: readonly (CocoId | undefined)[];
  /** What the user should know about the classes, a sentence each. */
  readonly warnings: readonly string[];
}

/** What is done with categories, and what that means for classes and categories without a counterpart. */
const PURPOSES = {
  scores: { verb: "be scored", without: "these are not scored", missing: "their objects count as missed" },
  results: {
    verb: "be written",
    without: "their objects are left out",
    missing: "the results have no objects of these",
  },
} as const;

/**
 * Maps the classes of a detector to categories by their names, since every data set numbers them its own way; what data
 * sets call the same is the same (`airplane` is `aeroplane`).
 *
 * @param purpose whether detections are scored or written to a results file, for messages
 * @throws {BneckError} (usage) The annotations have none of the classes.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { readAnnotations } from "./files/annotations.ts";
 * import { mapCategories } from "./categories.ts";
 * const bytes = new TextEncoder().encode('{"images": [], "annotations": [], "categories": [{"id": 8, "name": "Car"}]}');
 * const truth = readAnnotations({ name: "cars.json", bytes });
 * const { categoryIds } = mapCategories({ name: "detector", classes: [{ name: "cat" }, { name: "car" }] }, truth);
 * assert.deepEqual(categoryIds, [undefined, 8]);
 * ```
 */
export function mapCategories(
  { name, classes }: EvaluatedModel,
  truth: Annotations,
  purpose: keyof typeof PURPOSES = "scores",
): CategoryMapping {
  const words = PURPOSES[purpose];
  const own = classes.map((label) => categoryOf(label, truth));
  const byKey = new Map(
    truth.categories.filter(({ id }) => !own.includes(id)).map(({ id, name }) => [classKey(name), id]),
  );
  const categoryIds = classes.map(({ name }, index) => own[index] ?? byKey.get(classKey(name)));
  const mapped = new Set(categoryIds);
  mapped.delete(undefined);
  if (mapped.size === 0) {
    throw usageError(`${name} cannot ${words.verb}: ${truth.name} has none of its ${classes.length} classes`);
  }
  const warnings: string[] = [];
  const without = classes.filter((label, index) => categoryIds[index] === undefined && !isUnused(label));
  if (without.length > 0) {
    warnings.push(`${truth.name} has no category for ${listNames(without)}; ${words.without}`);
  }
  const missing = truth.categories.filter(({ id }) => !mapped.has(id));
  if (missing.length > 0) {
    warnings.push(`${name} does not know ${listNames(missing)}; ${words.missing}`);
  }
  return { categoryIds, warnings };
}

function categoryOf({ name, categoryId }: ModelClass, { categories }: Annotations): CocoId | undefined {
  const alike = (other: string) => other.trim().toLowerCase() === name.toLowerCase();
  // A category without a name is called by its id.
  const unnamed = (id: CocoId, other: string) => id === categoryId && other === String(id);
  return categories.find((category) => alike(category.name) || unnamed(category.id, category.name))?.id;
}

function listNames(named: readonly { readonly name: string }[]): string {
  const names = named.map(({ name }) => name);
  return names.length <= 6
    ? names.join(", ")
    : `${names.slice(0, 5).join(", ")} and ${names.length - 5} more`;
}

/** What stands for all categories in tables. */
export const ALL_CATEGORIES = "all";

/**
 * The names of categories, with the id (`apple#2`) where several have the same name or one is called `all`.
 *
 * @param rename makes the names before they are compared
 */
export function categoryLabels(
  categories: readonly CocoCategory[],
  rename: (name: string) => string = (name) => name,
): string[] {
  const names = categories.map(({ name }) => rename(name));
  const times = new Map<string, number>([[ALL_CATEGORIES, 1]]);
  for (const name of names) times.set(name, (times.get(name) ?? 0) + 1);
  return names.map((name, i) => times.get(name)! > 1 ? rename(`${name}#${categories[i].id}`) : name);
}

/** A name without what a list on the command line is divided at: white space, commas and equals signs. */
export function spaceless(name: string): string {
  return name.trim().replace(/[\s=,]+/g, "_");
}
