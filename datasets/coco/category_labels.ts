/**
 * What categories are called where each has to be told from the others.
 *
 * @module
 */
import type { CocoCategory } from "./annotations.ts";

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
