/** The sets of weights that one file can hold: a network, an average of it, the networks of a GAN. */
import { quote } from "../files/read_user_file.ts";
import { unreadable } from "./hostile_file.ts";
import type { WeightMap } from "./tensor.ts";

/** Named tensors that lie together in a file. They are not read before they are asked for. */
export interface WeightSet {
  /** Where they are: dictionary keys joined by dots, and the start of the names if that is left out; else empty. */
  readonly path: string;
  /** Whether they lie where weights usually do. */
  readonly usual: boolean;
  /** The names of the tensors, without what wrappers add to them. */
  readonly names: readonly string[];
  /**
   * Reads the tensors.
   *
   * @throws {BneckError} if one is damaged
   */
  read(): WeightMap;
}

/** The weights that are taken from a file. */
export interface ChosenWeights {
  readonly path: string;
  readonly weights: WeightMap;
  /** Where else the file has weights that could have been taken. */
  readonly otherPaths: readonly string[];
  /** The names, in the file, of tensors that lie beside the network and are not used. */
  readonly unused: readonly string[];
}

/**
 * The weights of a file where nothing is known of the network: those that lie where weights usually do, or else the only
 * ones.
 *
 * @param name names the file in errors
 * @throws {BneckError} if there are several, with the option `weightsKey` as its hint
 */
export function defaultWeights(sets: readonly WeightSet[], name: string): ChosenWeights {
  const [first, ...others] = sets;
  const usual = others.filter((set) => set.usual && set.path !== "").map(({ path }) => path);
  if (!first.usual) {
    const places = Map.groupBy(sets, ({ path }) => path.split(".")[0]);
    if (places.size > 1) throw severalSets([...places.values()].map(([set]) => set), name);
  }
  return { path: first.path, weights: first.read(), otherPaths: usual, unused: [] };
}

/** The error of a file with several sets of weights, none of which is more likely than the others. */
export function severalSets(sets: readonly Pick<WeightSet, "path">[], name: string) {
  const paths = sets.slice(0, 10).map(({ path }) => quote(path)).join(", ");
  return unreadable(name, `it holds several sets of weights: ${paths}`, undefined, {
    option: "weightsKey",
    advice: "choose one",
  });
}

/**
 * The sets of weights under a key: a key of the checkpoint, several joined by dots (`state.model`), or the start of the
 * tensors' names (`model_ema.`).
 *
 * @param name names the file in errors
 * @throws {BneckError} listing what there is, if there is nothing under the key
 */
export function setsUnder(sets: readonly WeightSet[], key: string, name: string): WeightSet[] {
  const wanted = key.replace(/\.$/, "");
  const inside = sets.filter(({ path }) => path === wanted || path.startsWith(`${wanted}.`));
  if (inside.length > 0) return inside.map((set) => ({ ...set, usual: true }));
  const ending = sets.filter(({ path }) => path.endsWith(`.${wanted}`));
  if (ending.length > 0) return ending.map((set) => ({ ...set, usual: true }));
  const started = sets.flatMap((set) => {
    const start = set.path && wanted.startsWith(`${set.path}.`) ? wanted.slice(set.path.length + 1) : wanted;
    return withPrefix(set, `${start}.`) ?? [];
  });
  if (started.length > 0) return started;
  throw unreadable(
    name,
    `no weights under ${quote(key)}; there are weights under ${listSets(sets)}`,
    undefined,
    {
      option: "weightsKey",
      advice: "choose one of these",
    },
  );
}

/** The tensors of a set whose names start with a prefix, without it; `undefined` if there are none. */
function withPrefix(set: WeightSet, prefix: string): WeightSet | undefined {
  const names = set.names.filter((name) => name.startsWith(prefix));
  if (names.length === 0) return undefined;
  return {
    path: [set.path, prefix.slice(0, -1)].filter(Boolean).join("."),
    usual: true,
    names: names.map((name) => name.slice(prefix.length)),
    read: () => weightsUnder(set.read(), prefix),
  };
}

/** The tensors whose names start with a prefix, without it. */
export function weightsUnder(weights: WeightMap, prefix: string): WeightMap {
  return new Map(
    [...weights].filter(([name]) => name.startsWith(prefix))
      .map(([name, tensor]) => [name.slice(prefix.length), tensor]),
  );
}

/** Where weights are, for a message: keys, and the first parts of names where these differ. */
function listSets(sets: readonly WeightSet[]): string {
  const places = sets.flatMap(({ path, names }) => {
    const starts = new Set(names.map((name) => name.slice(0, name.indexOf(".") + 1)));
    const parts = [...starts].filter(Boolean).slice(0, 10).map((start) =>
      quote(path ? `${path}.${start}` : start)
    );
    return path ? [quote(path), ...(starts.size > 1 && starts.size <= 10 ? parts : [])] : parts;
  });
  return places.slice(0, 12).join(", ") + (places.length > 12 ? " and more" : "");
}
