/**
 * Flags that take one or several names: `--save ids,overlay`, `--classes road,car`.
 *
 * @module
 */
import { usageError } from "../../core/errors.ts";
import { didYouMean } from "../../core/files/nearest_name.ts";

/** A flag for any of `values`, separated by commas or given repeatedly; `standard` when it is left out. */
export function listFlag<const T extends string>(
  brief: string,
  values: readonly T[],
  standard: readonly NoInfer<T>[],
) {
  return { kind: "enum", values, variadic: ",", default: standard, placeholder: "LIST", brief } as const;
}

/**
 * A flag for names that only the command can check, with {@linkcode checkNames}; absent when left out. A name with a
 * comma is quoted: `--classes '"light, red",car'`.
 */
export function namesFlag(brief: string, placeholder = "NAMES") {
  return { kind: "parsed", parse: parseName, variadic: ",", optional: true, placeholder, brief } as const;
}

/** A flag for one of `values`; `standard` when it is left out. */
export function choiceFlag<const T extends string>(
  brief: string,
  values: readonly T[],
  standard: NoInfer<T>,
  placeholder = "NAME",
) {
  return { kind: "enum", values, default: standard, placeholder, brief } as const;
}

/**
 * An argument that must be one of `values`.
 *
 * @throws {BneckError} (usage) when it is parsed and is something else.
 */
export function choiceArgument<const T extends string>(
  brief: string,
  values: readonly T[],
  placeholder: string,
) {
  return {
    parse(text: string): T {
      const value = values.find((value) => value === text);
      if (value === undefined) throw usageError(`not one of ${values.join(", ")}${didYouMean(text, values)}`);
      return value;
    },
    proposeCompletions: () => values,
    placeholder,
    brief,
  };
}

/**
 * Checks names against what is known only once a model or a file has been read.
 *
 * @throws {BneckError} (usage) that names the flag, the first unknown name and the nearest known ones.
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { checkNames } from "./list.ts";
 * assert.throws(() => checkNames("--classes", ["raod"], ["road", "car"]), /did you mean road/);
 * ```
 */
export function checkNames(flag: string, names: readonly string[], known: readonly string[]): void {
  for (const name of names) {
    if (known.includes(name)) continue;
    const some = known.length > 12 ? `${known.slice(0, 12).join(", ")}, …` : known.join(", ");
    throw usageError(`${flag} ${name}: unknown name${didYouMean(name, known) || `; known are ${some}`}`);
  }
}

/**
 * The names of a flag whose value was split at commas: what stood between quotes is one name again, and white space
 * around names goes.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { joinQuoted } from "./list.ts";
 * assert.deepEqual(joinQuoted(['"light', ' red"', " car "]), ["light, red", "car"]);
 * ```
 */
export function joinQuoted(parts: readonly string[]): string[] {
  const names: string[] = [];
  for (let i = 0; i < parts.length; i++) {
    let name = parts[i].trim();
    if (name.startsWith('"')) {
      name = parts[i].trimStart();
      let end = i;
      while (!/.".*$/s.test(name) && end + 1 < parts.length) name += `,${parts[++end]}`;
      const quoted = name.trim().match(/^"(.+)"$/s);
      if (quoted) [name, i] = [quoted[1], end];
      else name = parts[i].trim();
    }
    names.push(name);
  }
  return names;
}

function parseName(text: string): string {
  if (!text.trim()) throw usageError("expected names separated by commas");
  return text;
}
