/**
 * Choosing, among all the tensors that a training framework saved, those of the network: under whichever key and prefix
 * they lie, and without the loss, the metrics and the averages beside them.
 */
import { BneckError } from "../core/errors.ts";
import {
  type ChosenWeights,
  severalSets,
  type WeightMap,
  type WeightSet,
  weightsUnder,
} from "../core/weights/mod.ts";
import { inferenceGraph } from "./networks/definition.ts";
import { fitNames, fitsExactly } from "./networks/fit.ts";
import { OWN_NAMES } from "./networks/naming.ts";
import type { Architecture } from "./networks/project.ts";
import { classCount, namingOf, recognise } from "./recognise.ts";
import { architectures, ZOO, type Zoo } from "./zoo/mod.ts";

/** Weights of a network, found in a set. */
interface Candidate extends ChosenWeights {
  /** Where the names of the others start that the same set has. */
  readonly prefix: string;
}

/** What a path says of an average of the weights over the training, or of the network that only follows the other. */
const AVERAGE = /(^|[._])(ema|avg|average|averaged|swa|teacher|target|shadow|momentum|k)([._]|$)/;

/** What training needs beside a network: losses, metrics and their states, normalisation of images, counters. */
const TRAINING_ONLY =
  /^((\w+_)?(criterion|criteria|loss|losses|loss_fns?|loss_func|metrics?|accuracy|acc|iou|miou|confmat)|(train|val|valid|test)_\w+|data_preprocessor|n_averaged|steps)(\.|$)/;

/**
 * The weights of a file that fit a network: the architecture if one is given, or else any. Those that lie where weights
 * usually do go first, and plain weights before averages of them.
 *
 * @param path names the file in errors.
 * @returns `undefined` when none fit.
 * @throws {BneckError} when several fit of which none is more likely, with the option `weightsKey` as its hint.
 */
export function chooseWeights(
  sets: readonly WeightSet[],
  path: string,
  { architecture, zoo = ZOO }: { readonly architecture?: Architecture; readonly zoo?: Zoo } = {},
): ChosenWeights | undefined {
  const fits = (weights: WeightMap) =>
    architecture ? fitsArchitecture(weights, architecture) : recognise(weights, zoo).length > 0;
  const marks = marksOf(architecture ? [architecture] : architectures(zoo));
  const found: Candidate[] = [];
  for (const set of sets) {
    if (set.usual) found.push(...candidates(set, marks, fits));
    if (found.some(isPlain)) break;
  }
  if (found.length === 0) {
    for (const set of sets) if (!set.usual) found.push(...candidates(set, marks, fits));
  }
  const plain = found.filter(isPlain);
  if (plain.length > 1) throw severalSets(plain, path);
  const chosen = plain.at(0) ?? found.at(0);
  if (!chosen) return incomplete(sets[0], marks);
  const others = [...found, ...sets.filter(({ usual }) => usual)].map(({ path }) => path);
  const otherPaths = [...new Set(others)].filter((other) =>
    other !== chosen.path && !chosen.path.startsWith(`${other}.`)
  );
  return { ...chosen, otherPaths: otherPaths.filter(Boolean) };
}

function isPlain({ path }: Candidate): boolean {
  return !AVERAGE.test(path);
}

function fitsArchitecture(weights: WeightMap, architecture: Architecture): boolean {
  const graph = inferenceGraph(architecture.network, classCount(architecture, weights));
  const naming = namingOf(architecture, weights);
  return fitsExactly(fitNames(graph, naming.nameLayers(graph), weights, naming.unused));
}

/** Lists of names of which every file for one of the architectures has one. */
function marksOf(known: readonly Architecture[]): readonly (readonly string[])[] {
  return [...new Set([...known.map(({ naming }) => naming.marks), OWN_NAMES.marks])];
}

/** Everything in a set that fits, under whichever prefix. */
function candidates(
  set: WeightSet,
  marks: readonly (readonly string[])[],
  fits: (weights: WeightMap) => boolean,
): Candidate[] {
  const prefixes = prefixesOf(set, marks);
  if (prefixes.length === 0) return [];
  const all = readIfSound(set);
  if (!all) return [];
  const fitting = prefixes.map((prefix) => ({ prefix, weights: partOf(all, prefix, prefixes) }))
    .filter(({ weights }) => fits(weights));
  const used = fitting.map(({ prefix }) => prefix);
  return fitting.map(({ prefix, weights }) => ({
    path: [set.path, prefix.slice(0, -1)].filter(Boolean).join("."),
    prefix,
    weights,
    otherPaths: [],
    unused: [...all.keys()].filter((name) =>
      !(used.some((other) => name.startsWith(other)) || TRAINING_ONLY.test(name) || COUNTER.test(name))
    ),
  }));
}

/** What averages count beside their weights. */
const COUNTER = /(^|\.)n_averaged$/;

/** What stands before all marks of a naming scheme. */
function prefixesOf({ names }: WeightSet, marks: readonly (readonly string[])[]): string[] {
  const known = new Set(names);
  const prefixes = new Set<string>();
  for (const [first, ...others] of marks) {
    for (const name of names) {
      if (!name.endsWith(first)) continue;
      const prefix = name.slice(0, name.length - first.length);
      if (prefix !== "" && !prefix.endsWith(".")) continue;
      if (others.every((mark) => known.has(prefix + mark))) prefixes.add(prefix);
    }
  }
  return [...prefixes].slice(0, MAX_PREFIXES);
}

/** No file has more networks in one dictionary; each is compared with every architecture. */
const MAX_PREFIXES = 32;

/** The tensors under a prefix, without those of longer ones; with none, also without what only training needs. */
function partOf(all: WeightMap, prefix: string, prefixes: readonly string[]): WeightMap {
  const longer = prefixes.filter((other) => other.length > prefix.length && other.startsWith(prefix));
  const own = new Map(
    [...all].filter(([name]) =>
      !longer.some((other) => name.startsWith(other)) && !COUNTER.test(name) &&
      (prefix !== "" || !TRAINING_ONLY.test(name))
    ),
  );
  return weightsUnder(own, prefix);
}

/** What has the marks of a network but does not fit, so that the error is about the network's parameters alone. */
function incomplete(set: WeightSet, marks: readonly (readonly string[])[]): ChosenWeights | undefined {
  const prefixes = set.usual ? prefixesOf(set, marks) : [];
  const all = prefixes.length === 0 ? undefined : readIfSound(set);
  const prefix = prefixes.find((prefix) => !AVERAGE.test(prefix)) ?? prefixes.at(0);
  if (!all || prefix === undefined) return undefined;
  return { path: set.path, weights: partOf(all, prefix, prefixes), otherPaths: [], unused: [] };
}

/** The tensors of a set; `undefined` when it is damaged, which is told when it is the one that is taken. */
function readIfSound(set: WeightSet): WeightMap | undefined {
  try {
    return set.read();
  } catch (error) {
    if (error instanceof BneckError) return undefined;
    throw error;
  }
}
