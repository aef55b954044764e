/** How a report came about: when, by which command, with which versions. */
import { VERSION } from "../version.ts";

/** A fact: name and value. */
export type Fact = readonly [name: string, value: string];

/** What is true of every report that this process makes. */
export function processFacts(args: readonly string[] = Deno.args, now: Date = new Date()): Fact[] {
  const { os, arch } = Deno.build;
  return [
    ["made", `${now.toISOString().slice(0, 19).replace("T", " ")} UTC`],
    ["command", commandLine(args)],
    ["versions", `bneck ${VERSION}, Deno ${Deno.version.deno}, V8 ${Deno.version.v8}, ${os} ${arch}`],
  ];
}

/**
 * The words of a command as they can be pasted into a shell.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { commandLine } from "./provenance.ts";
 * assert.equal(commandLine(["detect", "my photos", "-j4"]), "bneck detect 'my photos' -j4");
 * ```
 */
export function commandLine(args: readonly string[]): string {
  return ["bneck", ...args.map(quoted)].join(" ");
}

function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
