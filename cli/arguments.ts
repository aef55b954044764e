/**
 * Reads the command line as far as finding the command, before the parser does: so that every unknown command and
 * flag is reported in the same words, and a few common spellings that the parser does not know are understood.
 *
 * @module
 */
import type { Command, RouteMap } from "@stricli/core";
import { usageError } from "../core/errors.ts";
import { exists } from "../core/files/paths.ts";
import { didYouMean, nearestName } from "../core/files/nearest_name.ts";
import { COLOR_CHOICES, type ColorChoice } from "./console/colors.ts";
import type { Context } from "./context.ts";
import { commandMeant } from "./other_words.ts";
import { GLOBAL_ALIASES, GLOBAL_FLAGS } from "./flags/global.ts";

/** A command or a group of commands. */
export type Target = Command<Context> | RouteMap<Context>;

/** The flags that the application itself answers, and their short forms. */
export const APPLICATION_FLAGS = {
  help: { alias: "h", brief: "explain a command, or list the commands" },
  version: { alias: "V", brief: "print the version (with --json: and that of what it runs on)" },
} as const;

/** A command line as it was understood. */
export interface CommandLine {
  /** The words that lead to the target, without the program's name. */
  readonly path: readonly string[];
  readonly target: Target;
  /** The arguments as the parser should see them, the path included. */
  readonly inputs: readonly string[];
  /** What of the flags is from a file. */
  readonly configured?: ConfiguredFlags;
}

/** The flags that `bneck.json` gives and the command line does not. */
export interface ConfiguredFlags {
  /** As in the file: `skipExisting`. */
  readonly names: ReadonlySet<string>;
  /** The path of the file. */
  readonly path: string;
}

/** The name of a flag on the command line: `skipExisting` → `--skip-existing`. */
export function flagName(name: string): string {
  return `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

/** Where the flags that an error names come from, if the user did not type them: ` (bneck.json gives --workers)`. */
export function originOfFlags(message: string, { names, path }: ConfiguredFlags): string {
  const named = new Set(message.match(/--[a-z][a-z-]*/g)?.map((flag) => flag.replace(/^--no-/, "--")));
  const from = [...names].map(flagName).filter((flag) => named.has(flag));
  return from.length === 0 ? "" : ` (${path} gives ${from.join(" and ")})`;
}

/** Whether `target` is a group of commands. */
export function isGroup(target: Target): target is RouteMap<Context> {
  return "getAllEntries" in target;
}

/** The names in a group of commands, as typed. */
function commandNames(group: RouteMap<Context>): string[] {
  return group.getAllEntries().filter((entry) => !entry.hidden).flatMap((
    entry,
  ) => [entry.name["convert-camel-to-kebab"], ...entry.aliases]);
}

/** Every spelling of every flag that `target` takes. */
export function flagNames(target: Target): string[] {
  if (isGroup(target)) return [...Object.keys(APPLICATION_FLAGS), ...Object.keys(GLOBAL_FLAGS)].map(flagName);
  const names = ["--help"];
  for (const [name, flag] of Object.entries(target.parameters.flags ?? {})) {
    names.push(flagName(name));
    if (flag.kind === "boolean" && flag.default) names.push(`--no-${flagName(name).slice(2)}`);
  }
  return names;
}

/**
 * Finds the command that `args` name.
 *
 * @throws {BneckError} (usage) for an unknown command, or a flag that cannot be one.
 */
export function readCommandLine(root: RouteMap<Context>, args: readonly string[]): CommandLine {
  const end = args.indexOf("--");
  const words = (end < 0 ? args : args.slice(0, end)).map(spellOut);
  if (words[0] === "help") words.splice(0, words.length, ...words.slice(1), "--help");

  const path: string[] = [];
  const early: string[] = [];
  let target: Target = root;
  let next = 0;
  for (; next < words.length && isGroup(target); next++) {
    const word = words[next];
    if (word.startsWith("-") && word !== "-") {
      const [name, value] = splitFlag(word);
      if (!isGlobalFlag(name)) throw unknownFlag(name, target, path);
      early.push(word);
      if (name === "--color" && value === undefined && next + 1 < words.length) early.push(words[++next]);
      continue;
    }
    const found: Target | undefined = target.getRoutingTargetForInput(word);
    if (!found) throw unknownCommand(word, target, path);
    target = found;
    path.push(word);
  }
  const flags = isGroup(target) ? flagsForGroup(early, target, path) : early;
  const rest = words.slice(next);
  for (const word of rest) {
    if (isMissedPath(word, target)) throw unknownFlag(word, target, path);
    if (!looksLikeFlag(word) || isSpelling(word)) continue;
    if (word.endsWith("=")) throw usageError(`${word} needs a value`);
    throw unknownFlag(splitFlag(word)[0], target, path);
  }
  return { path, target, inputs: [...path, ...flags, ...rest, ...(end < 0 ? [] : args.slice(end))] };
}

/** A group only prints its help: flags about colour and detail have been applied already. */
function flagsForGroup(words: readonly string[], group: Target, path: readonly string[]): string[] {
  const flags = words.filter(isApplicationFlag);
  if (!words.includes("--json")) return flags;
  if (!flags.some((flag) => flag === "--version" || flag === "-V")) throw unknownFlag("--json", group, path);
  return [...flags, "--json"];
}

/** The error for a flag that `target` does not take. */
export function unknownFlag(name: string, target: Target, path: readonly string[]): Error {
  // Without the dashes, which would count as letters that are right.
  const bare = name.startsWith("--") ? name.slice(2) : "";
  const near = nearestName(bare, flagNames(target).map((flag) => flag.slice(2)));
  const model = ["-m", "--model"].includes(name) ? modelArgument(target) : undefined;
  const hint = model !== undefined
    ? `: the model is named without a flag, as in "${["bneck", ...path, model].join(" ")}"`
    : near
    ? `; did you mean --${near}?`
    : name.includes(".") || exists(name)
    ? `; a file or folder of that name is given as ${asTyped(`./${name}`)}`
    : `: ${seeHelp(path)} lists the flags`;
  return usageError(`unknown flag ${asTyped(name)}${hint}`);
}

/** What the argument that names a model is called, of commands that take it without a flag. */
function modelArgument(target: Target): string | undefined {
  const positional = isGroup(target) ? undefined : target.parameters.positional;
  const first = positional?.kind === "tuple" ? positional.parameters[0] : positional?.parameter;
  return first?.placeholder?.match(/MODEL|NETWORK/)?.[0];
}

/** A word of the command line within a sentence: quoted where it would not be seen as one word. */
export function asTyped(word: string): string {
  return word === "" || /\s/.test(word) ? `"${word}"` : word;
}

/** A word as it can be pasted into a shell: quoted where the shell would read it otherwise. */
export function shellWord(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

/** `"bneck eval coco --help"`, quoted. */
export function seeHelp(path: readonly string[]): string {
  return `"${["bneck", ...path, "--help"].join(" ")}"`;
}

/** What `--color` asks for; a wrong value is reported later, by the parser. */
export function colorChoice(args: readonly string[]): ColorChoice {
  for (const [index, word] of args.entries()) {
    if (word === "--") break;
    const value = word === "--color"
      ? args[index + 1]
      : word.startsWith("--color=")
      ? word.slice(8)
      : undefined;
    const choice = COLOR_CHOICES.find((choice) => choice === value);
    if (choice) return choice;
  }
  return "auto";
}

function unknownCommand(word: string, group: RouteMap<Context>, path: readonly string[]): Error {
  const hint = commandMeant([...path, word]) || didYouMean(word, commandNames(group));
  const name = path.length
    ? `${["bneck", ...path].join(" ")} has no command ${asTyped(word)}`
    : `unknown command ${asTyped(word)}`;
  return usageError(`${name}${hint || `: ${seeHelp(path)} lists the commands`}`);
}

/** `-j4` and `-o./out` are `-j=4` and `-o=./out`; the parser knows only the latter. */
function spellOut(word: string): string {
  return /^-[A-Za-z][^A-Za-z=]/.test(word) ? `${word.slice(0, 2)}=${word.slice(2)}` : word;
}

/** The spellings of flags that the parser recognises; it takes any other word for an argument. */
function isSpelling(word: string): boolean {
  return /^-[A-Za-z]+$|^-[A-Za-z]=.+$|^--[A-Za-z][A-Za-z-.\d_]+(=.+)?$/.test(word);
}

/** A path such as `-photos`, which would be read as letters of flags, some of which there are not. */
function isMissedPath(word: string, target: Target): boolean {
  if (!/^-[A-Za-z]{2,}$/.test(word) || !exists(word)) return false;
  const letters = ["h", ...Object.keys(isGroup(target) ? GLOBAL_ALIASES : target.parameters.aliases ?? {})];
  return [...word.slice(1)].some((letter) => !letters.includes(letter));
}

/** Not `-` (stdin), nor a negative number, which may be the value of a flag. */
function looksLikeFlag(word: string): boolean {
  return word.startsWith("-") && word !== "-" && !/^-\.?\d/.test(word);
}

function splitFlag(word: string): [name: string, value: string | undefined] {
  const equals = word.indexOf("=");
  return equals < 0 ? [word, undefined] : [word.slice(0, equals), word.slice(equals + 1)];
}

function isApplicationFlag(word: string): boolean {
  return Object.entries(APPLICATION_FLAGS).some(([name, { alias }]) =>
    word === `--${name}` || word === `-${alias}`
  );
}

function isGlobalFlag(name: string): boolean {
  return isApplicationFlag(name) || name === "--json" ||
    Object.keys(GLOBAL_FLAGS).some((flag) => name === `--${flag}`) ||
    Object.keys(GLOBAL_ALIASES).some((alias) => name === `-${alias}`);
}
