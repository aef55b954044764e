/** An image as bneck's own graphs take it. */
import type { Extent } from "../core/graph/mod.ts";
import type { NamedTensor } from "../core/session/mod.ts";

/** Pixels `[height, width, 3]`; not an image, since noise will do where only times are measured. */
interface Pixels {
  readonly height: number;
  readonly width: number;
  readonly data: Uint8Array;
}

/**
 * The inputs of a graph: `image` `[1, H, W, 3]` and, where the graph resizes, `size`.
 *
 * @param seenAt `[height, width]` at which the network sees the image
 * @param takesSize whether the graph has the input `size`
 */
export function imageFeeds(
  { height, width, data }: Pixels,
  seenAt: Extent,
  takesSize = true,
): Record<string, NamedTensor> {
  const image = { shape: [1, height, width, 3], data };
  if (!takesSize) return { image };
  return { image, size: { shape: [2], data: BigInt64Array.from(seenAt, BigInt) } };
}
