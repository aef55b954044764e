/** The table of an adapted network beside that of its base. */
import { type ChannelGroup, channelLayout, type Graph } from "../../../core/graph/mod.ts";

/** One group of channels. */
export interface ChannelRow {
  /** Its name in files and logs: `backbone.block4.expand`. */
  readonly group: string;
  /** What it is to people: `block 4, expansion`. */
  readonly title: string;
  readonly original: number;
  readonly adapted: number;
}

/**
 * Every group of channels that a network may lose some of.
 *
 * @param base the graph with all channels.
 * @param channels those of groups that have become narrower.
 */
export function channelRows(base: Graph, channels: Readonly<Record<string, number>>): ChannelRow[] {
  return channelLayout(base).groups.map((group) => ({
    group: group.name,
    title: groupTitle(group),
    original: group.channels,
    adapted: channels[group.name] ?? group.channels,
  }));
}

/** What a group is to people. */
function groupTitle({ name, producers }: Pick<ChannelGroup, "name" | "producers">): string {
  const [, scope, block, part] = name.match(/^(\w+)\.block(\d+)\.(.+)$/) ?? [];
  const owner = scope === undefined || scope === "backbone" ? "" : `, of ${scope}`;
  if (name === "backbone.stem") return "stem";
  if (part === "expand") return `block ${block}${owner}, expansion`;
  if (part === "se.squeeze") return `block ${block}${owner}, squeeze`;
  if (part !== "project") return name;
  const blocks = producers.flatMap((producer) => producer.match(/\.block(\d+)\.project$/)?.[1] ?? []);
  const all = blocks.length > 1 ? `blocks ${block}–${blocks.at(-1)}` : `block ${block}`;
  return `${all}${owner}, bottleneck`;
}
