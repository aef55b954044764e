/**
 * The space that networks are searched in: stages of equal blocks, as MnasNet's and MobileNetV3's (Tan et al., "MnasNet",
 * CVPR 2019, §4.1; Howard et al., "Searching for MobileNetV3", §4.1). Strides and the channels at width 1 are those of
 * MobileNetV3-Large.
 */
import { makeDivisible, type StackBlock } from "../../core/backbones/mod.ts";
import type { Extent } from "../../core/graph/mod.ts";
import type { NetworkTable } from "../networks/network_table.ts";

/** What is chosen for a stage. */
export interface StageChoice {
  readonly kernel: number;
  /** Expanded channels by those that enter a block. */
  readonly expansion: number;
  readonly squeeze: boolean;
  /** A multiplier of the stage's channels. */
  readonly width: number;
  /** Its number of blocks. */
  readonly depth: number;
  readonly activation: "relu" | "h-swish";
}

/** A network of the space: a choice for each stage. */
export interface Candidate {
  readonly stages: readonly StageChoice[];
}

/** What may be chosen, for each part of a {@linkcode StageChoice}. */
export type StageChoices = { readonly [Part in keyof StageChoice]: readonly StageChoice[Part][] };

/** A search space. */
export interface SearchSpace {
  readonly name: string;
  readonly stages: readonly {
    /** Channels at width 1. */
    readonly channels: number;
    readonly stride: 1 | 2;
    readonly choices: StageChoices;
  }[];
}

const WIDTHS = [0.5, 0.65, 0.75, 0.9, 1, 1.25];

const CHOICES: StageChoices = {
  kernel: [3, 5],
  expansion: [3, 4, 6],
  squeeze: [false, true],
  width: WIDTHS,
  depth: [1, 2, 3, 4],
  activation: ["relu", "h-swish"],
};

/** MobileNetV3's: its first stage has no expansion, and may be left out as MobileNetV3-Small has it. */
const MOBILENETV3: SearchSpace = {
  name: "mobilenetv3",
  stages: [
    { channels: 16, stride: 1, choices: { ...CHOICES, expansion: [1], depth: [0, 1] } },
    { channels: 24, stride: 2, choices: CHOICES },
    { channels: 40, stride: 2, choices: CHOICES },
    { channels: 80, stride: 2, choices: CHOICES },
    { channels: 112, stride: 1, choices: CHOICES },
    { channels: 160, stride: 2, choices: CHOICES },
  ],
};

/** Every space by name. */
export const SEARCH_SPACES = { mobilenetv3: MOBILENETV3 } as const;

/** The name of a space. */
export type SearchSpaceName = keyof typeof SEARCH_SPACES;

/** Draws whole numbers in `[0, bound)`. */
export type Roll = (bound: number) => number;

/** A network of which each part is drawn from its choices. */
export function randomCandidate({ stages }: SearchSpace, roll: Roll): Candidate {
  return { stages: stages.map(({ choices }) => mapChoice(choices, (values) => values[roll(values.length)])) };
}

/** A copy with one part drawn anew, never the same as before. */
export function mutated(space: SearchSpace, { stages }: Candidate, roll: Roll): Candidate {
  const places = space.stages.flatMap(({ choices }, stage) =>
    PARTS.filter((part) => choices[part].length > 1).map((part) => ({ stage, part }))
  );
  const { stage, part } = places[roll(places.length)];
  const values: readonly unknown[] = space.stages[stage].choices[part];
  const others = values.filter((value) => value !== stages[stage][part]);
  const changed = { ...stages[stage], [part]: others[roll(others.length)] };
  return { stages: stages.map((choice, index) => index === stage ? changed : choice) };
}

/** Each stage of one parent or the other. */
export function crossed(left: Candidate, right: Candidate, roll: Roll): Candidate {
  return { stages: left.stages.map((choice, index) => roll(2) === 0 ? choice : right.stages[index]) };
}

/** How many different candidates a space has. */
export function spaceSize({ stages }: SearchSpace): number {
  return stages.reduce(
    (product, { choices }) => product * PARTS.reduce((all, part) => all * choices[part].length, 1),
    1,
  );
}

const PARTS = ["kernel", "expansion", "squeeze", "width", "depth", "activation"] as const;

function mapChoice(choices: StageChoices, pick: <T>(values: readonly T[]) => T): StageChoice {
  return {
    kernel: pick(choices.kernel),
    expansion: pick(choices.expansion),
    squeeze: pick(choices.squeeze),
    width: pick(choices.width),
    depth: pick(choices.depth),
    activation: pick(choices.activation),
  };
}

/** A text that only equal networks share: stages without blocks differ in nothing else. */
export function candidateKey({ stages }: Candidate): string {
  return stages.map(({ kernel, expansion, squeeze, width, depth, activation }) =>
    depth === 0 ? "-" : `k${kernel}e${expansion}${squeeze ? "s" : ""}w${width}d${depth}${activation[0]}`
  ).join(" ");
}

/** Channels of the stem, and of the layer before the classes: those of the paper. */
const STEM = 16;
const LAST = 1280;

/** The last convolution has so many times the channels of the last stage, as 960 = 6 · 160. */
const HEAD_EXPANSION = 6;

/** The taps of the stages' first and last blocks. */
const STAGE_TAPS: readonly (readonly [first: string, last?: string])[] = [
  ["C0"],
  ["C1", "C1.end"],
  ["C2", "C2.end"],
  ["C3"],
  ["", "C3.end"],
  ["C4", "C4.end"],
];

/** A candidate as a table, which can be built, measured and written. */
export function candidateTable(
  space: SearchSpace,
  candidate: Candidate,
  { name, size, classes = 1000 }: {
    readonly name: string;
    readonly size: Extent;
    readonly classes?: number;
  },
): NetworkTable {
  let input = STEM;
  const blocks = candidate.stages.flatMap((choice, stage) => {
    const { channels: base, stride } = space.stages[stage];
    const channels = makeDivisible(base * choice.width);
    const [first, last] = STAGE_TAPS[stage];
    return Array.from({ length: choice.depth }, (_, index): StackBlock => {
      const expanded = makeDivisible(choice.expansion * input);
      input = channels;
      const taps = [index === 0 && first, index === choice.depth - 1 && last].filter((tap) => !!tap);
      return {
        kernel: choice.kernel,
        expanded,
        channels,
        stride: index === 0 ? stride : 1,
        activation: choice.activation,
        ...(choice.squeeze ? { squeeze: makeDivisible(expanded / 4) } : {}),
        ...(taps.length > 0 ? { taps: taps as string[] } : {}),
      };
    });
  });
  return {
    name,
    summary: `found in the space ${space.name}: ${candidateKey(candidate)}`,
    size,
    backbone: {
      stem: { channels: STEM, activation: "h-swish" },
      blocks,
      head: { channels: makeDivisible(HEAD_EXPANSION * input), activation: "h-swish" },
      style: { convention: "paper", padding: "same", batchNorm: { epsilon: 1e-3 } },
    },
    heads: [{ kind: "classifier", classes, last: { channels: LAST, activation: "h-swish" } }],
  };
}
