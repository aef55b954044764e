/**
 * `bneck.json`, in the current folder or the nearest above it: defaults of flags. What the command line says goes first.
 *
 * ```json
 * {
 *   "flags": { "workers": 2 },
 *   "commands": { "segment": { "model": "street", "opacity": 0.6 }, "eval coco": { "perClass": true } }
 * }
 * ```
 *
 * @module
 */
import { dirname, join } from "node:path";
import { type BneckError, usageError } from "../core/errors.ts";
import { didYouMean } from "../core/files/nearest_name.ts";
import { exists } from "../core/files/paths.ts";
import { isJsonObject, readUserJson } from "../core/files/read_user_file.ts";
import { type CommandLine, flagName, isGroup, type Target } from "./arguments.ts";

/** The name of the file. */
const NAME = "bneck.json";
const MAX_BYTES = 2 ** 20;

/** Flags that stand on the command line or nowhere: a forgotten file must not replace results. */
const NEVER = ["overwrite"];

/** Values of flags by name, such as `skipExisting`. */
type FlagValues = Readonly<Record<string, unknown>>;

/** The file as it was read. */
export interface Configuration {
  readonly path: string;
  /** For every command that has the flag. */
  readonly flags: FlagValues;
  /** By the words of a command, such as `eval coco`. */
  readonly commands: Readonly<Record<string, FlagValues>>;
}

/** The path of the file that holds for a folder. */
function findConfiguration(folder: string): string | undefined {
  for (let at = folder;;) {
    const path = join(at, NAME);
    if (exists(path)) return path;
    const above = dirname(at);
    if (above === at) return undefined;
    at = above;
  }
}

/**
 * The configuration of a folder; `undefined` where there is none.
 *
 * @throws {BneckError} (usage) when the file cannot be read or says something else.
 */
export async function readConfiguration(folder: string): Promise<Configuration | undefined> {
  const path = findConfiguration(folder);
  if (path === undefined) return undefined;
  const json = await readUserJson(path, { what: "the configuration", maxBytes: MAX_BYTES });
  if (!isJsonObject(json)) throw invalid(path, 'expected an object with "flags" and "commands"');
  const other = Object.keys(json).find((key) => key !== "flags" && key !== "commands");
  if (other !== undefined) {
    throw invalid(path, `unknown field ${JSON.stringify(other)} (known: flags, commands)`);
  }
  const { flags = {}, commands = {} } = json;
  if (!isJsonObject(flags) || !isJsonObject(commands)) {
    throw invalid(path, '"flags" and "commands" must be objects');
  }
  for (const [command, values] of Object.entries(commands)) {
    if (!isJsonObject(values)) throw invalid(path, `${JSON.stringify(command)} must be an object of flags`);
  }
  return { path, flags, commands: commands as Record<string, FlagValues> };
}

/**
 * The command line with the flags that the configuration gives and the user does not.
 *
 * @param commands all commands
 * @throws {BneckError} (usage) when there is no such command, no command has such a flag, or a value is none that a flag
 * can have.
 */
export function withConfiguration(
  line: CommandLine,
  configuration: Configuration | undefined,
  commands: Target,
): CommandLine {
  const { path, target, inputs } = line;
  if (configuration === undefined || isGroup(target)) return line;
  refuseUnknown(configuration, commands);
  const own = configuration.commands[path.join(" ")] ?? {};
  const known = target.parameters.flags ?? {};
  for (const name of Object.keys(own)) {
    if (Object.hasOwn(known, name) && !NEVER.includes(name)) continue;
    const reason = NEVER.includes(name)
      ? `${name} is for the command line alone`
      : `${path.join(" ")} has no flag ${JSON.stringify(name)}${didYouMean(name, Object.keys(known))}`;
    throw invalid(configuration.path, reason);
  }
  const rest = inputs.slice(path.length);
  const values = Object.entries({ ...configuration.flags, ...own })
    .filter(([name]) => Object.hasOwn(known, name) && !NEVER.includes(name) && !isGiven(name, target, rest));
  const words = values.flatMap(([name, value]) => {
    const flag = known[name];
    // Off is how flags are, but for those that are on unless they are negated.
    if (value === false) {
      return "default" in flag && flag.default === true ? [`--no-${flagName(name).slice(2)}`] : [];
    }
    return flagWords(name, value, configuration.path);
  });
  const configured = { names: new Set(values.map(([name]) => name)), path: configuration.path };
  return { path, target, inputs: [...path, ...words, ...rest], configured };
}

/** Refuses names that no command has, which would be passed over in every run. */
function refuseUnknown({ path, flags, commands }: Configuration, root: Target): void {
  const known = new Map(commandsOf(root));
  const all = new Set([...known.values()].flat());
  for (const name of Object.keys(flags)) {
    if (NEVER.includes(name)) throw invalid(path, `${name} is for the command line alone`);
    if (all.has(name)) continue;
    throw invalid(path, `no command has a flag ${JSON.stringify(name)}${didYouMean(name, [...all])}`);
  }
  for (const name of Object.keys(commands)) {
    if (known.has(name)) continue;
    const inGroup = [...known.keys()].filter((other) => other.startsWith(`${name} `));
    throw invalid(
      path,
      inGroup.length > 0
        ? `${JSON.stringify(name)} is a group of commands: name one of them, such as ${
          JSON.stringify(inGroup[0])
        }`
        : `there is no command ${JSON.stringify(name)}${didYouMean(name, [...known.keys()])}`,
    );
  }
}

/** The commands by their words, with the names of their flags. */
function* commandsOf(
  target: Target,
  path: readonly string[] = [],
): Generator<[name: string, flags: string[]]> {
  if (!isGroup(target)) return yield [path.join(" "), Object.keys(target.parameters.flags ?? {})];
  for (const { name, target: inner } of target.getAllEntries()) {
    yield* commandsOf(inner, [...path, name["convert-camel-to-kebab"]]);
  }
}

/** Whether the user gives a flag, or one that excludes it. */
function isGiven(
  name: string,
  target: Exclude<Target, { getAllEntries: unknown }>,
  words: readonly string[],
): boolean {
  const { exclusive = [] } = target as { exclusive?: readonly (readonly string[])[] };
  const names = [name, ...exclusive.filter((set) => set.includes(name)).flat()];
  const aliases = Object.entries(target.parameters.aliases ?? {});
  const spellings = names.flatMap((each) => [
    flagName(each),
    `--no-${flagName(each).slice(2)}`,
    ...aliases.filter(([, flag]) => flag === each).map(([letter]) => `-${letter}`),
  ]);
  const end = words.indexOf("--");
  return (end < 0 ? words : words.slice(0, end)).some((word) => spellings.includes(word.split("=")[0]));
}

function flagWords(name: string, value: unknown, path: string): string[] {
  const flag = flagName(name);
  if (value === true) return [flag];
  const values = Array.isArray(value) ? value : [value];
  const isText = values.every((each) => typeof each === "string" || typeof each === "number");
  if (!isText || values.length === 0) {
    throw invalid(path, `${JSON.stringify(name)} must be true, false, a number, a text or a list of texts`);
  }
  return [`${flag}=${values.map((each) => fromFile(String(each), path)).join(",")}`];
}

/** A path that begins with a dot starts from the folder of the file. */
function fromFile(text: string, path: string): string {
  return /^\.\.?\//.test(text) ? join(dirname(path), text) : text;
}

function invalid(path: string, reason: string): BneckError {
  return usageError(`cannot use ${path}: ${reason}`);
}
