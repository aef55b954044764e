/** onnxruntime's errors about users' files, in plain words. */
const PLAIN: readonly (readonly [pattern: RegExp, words: string])[] = [
  [
    /Opset (\d+) is under development.*domain (\S+) is till opset (\d+)/,
    "it uses opset $1 of $2, but onnxruntime supports only up to $3",
  ],
  [
    /Unsupported model IR version: (\d+), max supported IR version: (\d+)/,
    "it uses version $1 of the file format, but onnxruntime supports only up to $2",
  ],
  [
    /No Op registered for (\S+) with domain_version of (\d+)/,
    "it uses the operator $1, which does not exist in opset $2",
  ],
  [/Fatal error: (\S+?)\(-?\d+\) is not a registered function\/op/, "it uses the unknown operator $1"],
];

/** The place in onnxruntime's source where an error was raised. */
const SOURCE_PLACE = /\S*onnxruntime_src\S*:\d+ .*?\) (?:const )?(?:\[with [^\]]*\] )?(?=\S)/g;

const FAILED_NODE = /^Non-zero status code returned while running (\S+) node\. Name:'(.*?)' Status Message: /;

/**
 * An error of onnxruntime as one line for users, without places in its source.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { runtimeMessage } from "./runtime_error.ts";
 * const error = new Error("Fatal error: com.acme:Bogus(-1) is not a registered function/op");
 * assert.equal(runtimeMessage(error), "it uses the unknown operator com.acme:Bogus");
 * ```
 */
export function runtimeMessage(error: unknown): string {
  const line = String(error instanceof Error ? error.message : error).split("\n")[0].trim();
  for (const [pattern, words] of PLAIN) {
    const match = line.match(pattern);
    if (match) return words.replace(/\$(\d)/g, (_, group) => match[Number(group)]);
  }
  return line.replaceAll(SOURCE_PLACE, "").replace(FAILED_NODE, "the node $2 ($1) failed: ");
}
