/**
 * Splitting the work over several machines.
 *
 * @module
 */
import { usageError } from "../errors.ts";

/** Part `number` (from 1) of `count`. */
export interface Shard {
  readonly number: number;
  readonly count: number;
}

/**
 * Reads `2/8`, the second of eight parts. Parts count from 1, as GNU parallel's `{#}` and a Slurm array `1-8` do.
 *
 * @throws {BneckError} (usage) if the text is not of that form or there is no such part
 */
export function parseShard(text: string): Shard {
  const match = /^(\d{1,9})\/(\d{1,9})$/.exec(text);
  if (match === null) {
    throw usageError(`invalid shard "${text}": give the part and the number of parts, as in 2/8`);
  }
  const shard = { number: Number(match[1]), count: Number(match[2]) };
  if (shard.number < 1 || shard.number > shard.count) {
    throw usageError(
      `invalid shard "${text}": parts count from 1, so from 1/${shard.count} to ${shard.count}/${shard.count}`,
    );
  }
  return shard;
}

/**
 * The items of one shard: every `count`-th, so that slow stretches of the list are shared out. Together the shards of a
 * list contain each of its items exactly once.
 */
export function takeShard<T>(items: readonly T[], { number, count }: Shard): T[] {
  const taken: T[] = [];
  for (let i = number - 1; i < items.length; i += count) taken.push(items[i]);
  return taken;
}
