/** The zoo: every project whose networks are known here, and their networks by name. */
import { usageError } from "../../core/errors.ts";
import { didYouMean } from "../../core/files/mod.ts";
import type { NetworkDefinition } from "../networks/definition.ts";
import { type Architecture, isArchitecture, type ZooNetwork, type ZooProject } from "../networks/project.ts";
import { D_LI14 } from "./d_li14.ts";
import { FASTSEG } from "./fastseg.ts";
import { EMBEDDED } from "./mb3_large_075.ts";
import { PAPER } from "./paper.ts";
import { TIMM } from "./timm.ts";
import { TORCHVISION } from "./torchvision/mod.ts";

export * from "../networks/definition.ts";
export type {
  Architecture,
  NetworkFamily,
  PublishedWeights,
  ZooNetwork,
  ZooProject,
} from "../networks/project.ts";
export * from "./paper_ablations.ts";
export * from "./paper_tables.ts";

/** Projects in the order in which they are listed and searched. */
export type Zoo = readonly ZooProject[];

/** Every known project. */
export const ZOO: Zoo = [
  EMBEDDED,
  PAPER,
  TORCHVISION,
  TIMM,
  FASTSEG,
  D_LI14,
];

/** The largest width multiplier that a name may ask for: beyond it parameters run into billions. */
const MAX_WIDTH = 8;

/** Every listed network. */
export const NETWORKS: readonly NetworkDefinition[] = listed(ZOO).map(({ network }) => network);

/** Every listed network that weights can be read for. */
export const ARCHITECTURES: readonly Architecture[] = architectures(ZOO);

function listed(zoo: Zoo): ZooNetwork[] {
  return zoo.flatMap(({ networks = [] }) => networks);
}

/** The listed networks of a zoo that weights can be read for. */
export function architectures(zoo: Zoo): Architecture[] {
  return listed(zoo).filter(isArchitecture);
}

/** The families of a zoo at the widths that weights are usually trained at. */
export function usualWidths(zoo: Zoo = ZOO): Architecture[] {
  return zoo
    .flatMap(({ families = [] }) => families)
    .flatMap(({ usualWidths = [], define }) => usualWidths.map((width) => define(width)))
    .filter(isArchitecture);
}

/** Whether a network exists in other widths, called `NAME-WIDTH`. */
export function comesInWidths(name: string, zoo: Zoo = ZOO): boolean {
  return zoo.some(({ families = [] }) => families.some((family) => family.name === name));
}

/** A listed network, or a family's of any other width. */
function named(name: string, zoo: Zoo): ZooNetwork | undefined {
  const known = listed(zoo).find(({ network }) => network.name === name);
  if (known) return known;
  const [, familyName, width] = name.match(/^(.+)-(\d+(?:\.\d+)?)$/) ?? [];
  const family = zoo.flatMap(({ families = [] }) => families).find((family) => family.name === familyName);
  const multiplier = Number(width);
  return family && multiplier > 0 && multiplier <= MAX_WIDTH ? family.define(multiplier) : undefined;
}

/**
 * The network of a name: one that is listed, or a family's of any other width.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { findNetwork } from "./mod.ts";
 * assert.equal(findNetwork("mobilenetv2-1.4")?.summary, "MobileNetV2, width 1.4");
 * assert.equal(findNetwork("mobilenetv9"), undefined);
 * ```
 */
export function findNetwork(name: string, zoo: Zoo = ZOO): NetworkDefinition | undefined {
  return named(name, zoo)?.network;
}

/**
 * The network of a name that weights are read for.
 *
 * @throws {BneckError} (usage) with the nearest name when there is none.
 */
export function findArchitecture(name: string, zoo: Zoo = ZOO): Architecture {
  const found = named(name, zoo);
  if (found && isArchitecture(found)) return found;
  const names = architectures(zoo).map(({ network }) => network.name);
  throw usageError(
    `unknown architecture ${name}${didYouMean(name, names) || `: known are ${names.join(", ")}`}`,
  );
}
