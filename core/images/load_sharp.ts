/** The image codecs of npm `sharp`, loaded when the first image is read or written. */
import { usageError } from "../errors.ts";

type Sharp = typeof import("sharp").default;

let loading: Promise<Sharp> | undefined;

/**
 * `sharp` with its cache off and one thread: every image is decoded once, and the workers already use all cores.
 *
 * @throws {BneckError} if the native library cannot be loaded, or Deno's permissions do not allow it
 */
export function loadSharp(): Promise<Sharp> {
  return loading ??= load();
}

async function load(): Promise<Sharp> {
  try {
    const { default: sharp } = await import("sharp");
    sharp.cache(false);
    sharp.concurrency(1);
    return sharp;
  } catch (error) {
    const reason = String(error instanceof Error ? error.message : error).trim().split("\n")[0];
    throw usageError(
      `cannot load the image codecs (npm sharp): ${reason}; run \`deno install\`, and allow ffi, env and sys`,
      error,
    );
  }
}
