/**
 * NetAdapt's loop: a network is made narrower one group of channels at a time until a latency is reached.
 *
 * Yang et al., "NetAdapt: Platform-Aware Neural Network Adaptation for Mobile Applications", ECCV 2018, algorithm 1; with
 * the choice by ΔAccuracy/ΔLatency of Howard et al., "Searching for MobileNetV3", ICCV 2019, §4.2.
 */

/** Channels of groups, by the groups' names. */
export type ChannelTable = ReadonlyMap<string, number>;

/** What the loop works on. It knows networks only by their tables and as values that it passes on. */
export interface AdaptationProblem<C> {
  /** The groups that may become narrower. */
  readonly groups: readonly string[];
  /** The predicted latency of the network with a table, in milliseconds. */
  latency(table: ChannelTable): number | Promise<number>;
  /** Called once for every step, before anything is made narrower. */
  begin(current: C): void | Promise<void>;
  /** A network with fewer channels in one group, repaired. */
  shrink(current: C, group: string, channels: number): C | Promise<C>;
  /** How far a network is from the original. */
  distance(candidate: C): number | Promise<number>;
  /** Improves a network once it was chosen, by a short training. @default {nothing} */
  settle?(chosen: C): Promise<{ readonly network: C; readonly distance: number }>;
}

/** Options of {@linkcode netAdapt}. */
export interface AdaptationOptions {
  /** Steps are taken until the predicted latency is not above this, in milliseconds. */
  readonly target: number;
  /** By how much each proposal must lower the predicted latency at least, in milliseconds. */
  readonly step: number;
  /** Channels are multiples of this. @default {8} */
  readonly multiple?: number;
  /** A group keeps at least this part of the channels that it began with. @default {0.25} */
  readonly floor?: number;
  /** Called for every proposal. */
  readonly onProposal?: (done: number, total: number) => void;
}

/** A network that could be next. */
export interface Proposal {
  readonly group: string;
  readonly from: number;
  readonly to: number;
  /** Predicted, in milliseconds. */
  readonly latency: number;
  readonly distance: number;
  /** The increase of the distance for each millisecond that is saved; the least is chosen. */
  readonly price: number;
}

/** A step that was taken. */
export interface AdaptationStep<C> {
  readonly chosen: Proposal;
  /** All that there was to choose from, the chosen one first. */
  readonly proposals: readonly Proposal[];
  readonly table: ChannelTable;
  readonly network: C;
  /** Of the network, once it has settled. */
  readonly distance: number;
}

/** Where the loop begins: the original, or a step that was taken before. */
export interface AdaptationStart<C> {
  readonly network: C;
  readonly table: ChannelTable;
  /** The channels of the original. */
  readonly original: ChannelTable;
  /** Of the network: 0 for the original. */
  readonly distance: number;
}

/**
 * Takes steps until the target is reached. In each, every group is made so much narrower that the predicted latency falls
 * by `step`, and the network is taken on whose distance grows least for what it saves. Whoever calls may stop between any
 * two steps; it ends early when no group can save as much any more.
 */
export async function* netAdapt<C>(
  problem: AdaptationProblem<C>,
  start: AdaptationStart<C>,
  options: AdaptationOptions,
): AsyncGenerator<AdaptationStep<C>, void, void> {
  const { target, step } = options;
  let { network, table, distance } = start;
  let latency = await problem.latency(table);
  while (latency > target) {
    // The last step need not save more than what is missing.
    const wanted = Math.min(step, latency - target);
    const widths = await narrowerWidths(problem, table, start.original, latency - wanted, options);
    if (widths.length === 0) return;
    await problem.begin(network);
    let best: { readonly proposal: Proposal; readonly network: C } | undefined;
    const proposals: Proposal[] = [];
    for (const [index, { group, to, latency: then }] of widths.entries()) {
      const candidate = await problem.shrink(network, group, to);
      const there = await problem.distance(candidate);
      const price = (there - distance) / (latency - then);
      const proposal = { group, from: table.get(group)!, to, latency: then, distance: there, price };
      proposals.push(proposal);
      if (!best || price < best.proposal.price) best = { proposal, network: candidate };
      options.onProposal?.(index + 1, widths.length);
    }
    const { proposal: chosen } = best!;
    table = new Map(table).set(chosen.group, chosen.to);
    latency = chosen.latency;
    const settled = await problem.settle?.(best!.network);
    ({ network, distance } = settled ?? { network: best!.network, distance: chosen.distance });
    proposals.sort((a, b) => a.price - b.price);
    const others = proposals.filter((other) => other !== chosen);
    yield { chosen, proposals: [chosen, ...others], table, network, distance };
  }
}

interface Width {
  readonly group: string;
  readonly to: number;
  readonly latency: number;
}

/** For every group the largest number of channels with which the latency is not above `limit`. */
async function narrowerWidths<C>(
  problem: AdaptationProblem<C>,
  table: ChannelTable,
  original: ChannelTable,
  limit: number,
  { multiple = 8, floor = 0.25 }: AdaptationOptions,
): Promise<Width[]> {
  const widths: Width[] = [];
  for (const group of problem.groups) {
    const now = table.get(group)!;
    const most = Math.ceil(now / multiple) - 1;
    const least = Math.max(1, Math.ceil(original.get(group)! * floor / multiple));
    const at = async (count: number) => await problem.latency(new Map(table).set(group, count * multiple));
    if (least > most || await at(least) > limit) continue;
    // Latencies fall with the channels, but for noise: halve first, then look at the neighbours.
    let [enough, tooMany] = [least, most + 1];
    while (tooMany - enough > 1) {
      const middle = Math.floor((enough + tooMany) / 2);
      if (await at(middle) <= limit) enough = middle;
      else tooMany = middle;
    }
    widths.push({ group, to: enough * multiple, latency: await at(enough) });
  }
  return widths;
}
