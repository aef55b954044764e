/**
 * What can be completed, read from the declarations of the commands.
 *
 * @module
 */
import { APPLICATION_FLAGS, flagName, isGroup, type Target } from "../../arguments.ts";
import type { Context } from "../../context.ts";
import { GLOBAL_ALIASES, GLOBAL_FLAGS } from "../../flags/global.ts";
import type { Flag } from "../../help.ts";

/** What a value can be: one of some words, one or several of them with commas between, a path, or anything. */
export type Value =
  | {
    readonly kind: "words" | "list";
    readonly words: readonly string[];
    /** Whether a path is as good as one of the words. */
    readonly orFile: boolean;
  }
  | {
    readonly kind: "file";
    /** Whether `@` before it makes a list of it. */
    readonly lists: boolean;
  }
  | { readonly kind: "folder" | "anything" };

/** A flag as it is typed. */
export interface FlagSpecification {
  /** `--skip-existing`. */
  readonly long: string;
  /** `-j`. */
  readonly short?: string;
  readonly brief: string;
  /** What follows it; absent for switches. */
  readonly value?: Value;
}

/** What can follow the words of `path`. */
export interface CommandSpecification {
  readonly path: readonly string[];
  readonly brief: string;
  readonly flags: readonly FlagSpecification[];
  readonly commands: readonly { readonly name: string; readonly brief: string }[];
  /** What each argument can be; the last one repeats when `repeats`. */
  readonly arguments: readonly Value[];
  readonly repeats: boolean;
}

/** Every command and group of commands below `target`, the outermost first. */
export async function specify(
  target: Target,
  context: Context,
  path: readonly string[] = [],
): Promise<CommandSpecification[]> {
  if (!isGroup(target)) {
    const { flags = {}, aliases = {}, positional } = target.parameters;
    const letters = new Map(Object.entries(aliases).map(([letter, name]) => [name, letter]));
    const visible = Object.entries(flags).filter(([, flag]) => !flag.hidden);
    const own = await Promise.all(
      visible.map(([name, flag]) => specifyFlag(name, flag, letters.get(name), context)),
    );
    const parameters = positional?.kind === "array" ? [positional.parameter] : positional?.parameters ?? [];
    return [{
      path,
      brief: target.brief,
      flags: [...own.flat(), applicationFlag("help")],
      commands: [],
      arguments: await Promise.all(parameters.map((parameter) => valueOf(parameter, context))),
      repeats: positional?.kind === "array",
    }];
  }
  const entries = target.getAllEntries().filter((entry) => !entry.hidden);
  const commands = entries.map((entry) => ({
    name: entry.name["convert-camel-to-kebab"],
    brief: entry.target.brief,
  }));
  const globalLetters = new Map<string, string>(
    Object.entries(GLOBAL_ALIASES).map(([letter, name]) => [name, letter]),
  );
  const globals = Object.entries(GLOBAL_FLAGS).map(([name, flag]) =>
    specifyFlag(name, flag, globalLetters.get(name), context)
  );
  const below = await Promise.all(
    entries.map((entry, index) => specify(entry.target, context, [...path, commands[index].name])),
  );
  const application = path.length === 0
    ? [applicationFlag("help"), applicationFlag("version")]
    : [applicationFlag("help")];
  return [
    {
      path,
      brief: target.brief,
      flags: [...application, ...(await Promise.all(globals)).flat()],
      commands,
      arguments: [],
      repeats: false,
    },
    ...below.flat(),
  ];
}

function applicationFlag(name: keyof typeof APPLICATION_FLAGS): FlagSpecification {
  const { alias, brief } = APPLICATION_FLAGS[name];
  return { long: flagName(name), short: `-${alias}`, brief };
}

async function specifyFlag(
  name: string,
  flag: Flag,
  letter: string | undefined,
  context: Context,
): Promise<FlagSpecification[]> {
  const long = flagName(name);
  const short = letter && `-${letter}`;
  const { brief } = flag;
  if (flag.kind === "counter") return [{ long, short, brief }];
  if (flag.kind !== "boolean") return [{ long, short, brief, value: await valueOf(flag, context) }];
  const switches: FlagSpecification[] = [{ long, short, brief }];
  if (flag.default && flag.withNegated !== false) {
    switches.push({ long: `--no-${long.slice(2)}`, brief: `not: ${brief}` });
  }
  return switches;
}

/** The parts of a flag or an argument that say what its value can be. */
interface Completable {
  readonly values?: readonly string[];
  readonly variadic?: boolean | string;
  readonly placeholder?: string;
  readonly proposeCompletions?: (
    this: Context,
    partial: string,
  ) => readonly string[] | Promise<readonly string[]>;
}

async function valueOf(parameter: Completable, context: Context): Promise<Value> {
  const placeholder = parameter.placeholder ?? "";
  const isFile = /FILE|INPUT|PATH/.test(placeholder);
  const words = parameter.values ?? await parameter.proposeCompletions?.call(context, "");
  if (words) {
    // The scripts hold the words as they are, so none may mean more to a shell than a space does.
    const plain = words.filter((word) => /^[\w.+:@%/-]+( [\w.+:@%/-]+)*$/.test(word));
    return { kind: typeof parameter.variadic === "string" ? "list" : "words", words: plain, orFile: isFile };
  }
  if (isFile) return { kind: "file", lists: placeholder.startsWith("INPUT") };
  return { kind: placeholder.includes("DIR") ? "folder" : "anything" };
}
