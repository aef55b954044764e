/**
 * `--shard 1/4`: one of several parts of a job, so that several machines can share it.
 *
 * @module
 */
import { parseShard } from "../../core/files/shard.ts";

export type { Shard } from "../../core/files/shard.ts";

/** A `--shard` flag. `takeShard` of `core/files` picks the images. */
export const shardFlag = {
  kind: "parsed",
  parse: parseShard,
  optional: true,
  placeholder: "I/N",
  brief: "do only every Nth image, starting at the Ith (1/4 … 4/4 together do all)",
} as const;
