/**
 * How a command is declared: what it takes, how it is explained, and where its code is. The declaration is light;
 * the code is loaded when the command runs.
 *
 * @module
 */
import {
  type BaseArgs,
  type BaseFlags,
  buildCommand,
  buildRouteMap,
  type Command,
  type CommandFunction,
  type RouteMap,
  type TypedCommandParameters,
} from "@stricli/core";
import { usageError } from "../core/errors.ts";
import type { Context } from "./context.ts";
import { flagName } from "./arguments.ts";
import { joinQuoted } from "./flags/list.ts";
import { GLOBAL_ALIASES, GLOBAL_FLAGS, type GlobalFlags } from "./flags/global.ts";

/** A command line worth copying, and what it does. */
export interface Example {
  /** The whole line: `bneck doctor --json`. */
  readonly line: string;
  readonly does: string;
}

/** What help shows beyond flags and arguments. */
export interface Documentation {
  /** One line, without a full stop, for lists of commands. */
  readonly brief: string;
  /** One paragraph. */
  readonly description: string;
  /** Two or three. */
  readonly examples: readonly Example[];
}

/** Everything about a command. `FLAGS` and `ARGS` are those of the loaded function. */
export interface CommandDefinition<FLAGS extends AnyFlags<FLAGS>, ARGS extends BaseArgs>
  extends Documentation {
  readonly parameters: NoInfer<TypedCommandParameters<FLAGS, ARGS, Context>>;
  /** Sets of flags of which at most one may be given. They must have no defaults. */
  readonly exclusive?: readonly (readonly NoInfer<keyof FLAGS & string>[])[];
  /** What a run that is stopped says after how much was done: what is left, and how to continue. */
  readonly whenStopped?: string;
  /** Imports the code, by `importLater`. */
  readonly load: () => Promise<{ readonly default: CommandFunction<FLAGS, ARGS, Context> }>;
}

/** A command with its documentation. */
export interface BneckCommand extends Command<Context>, Documentation {
  /** Sets of flags of which at most one may be given. */
  readonly exclusive?: readonly (readonly string[])[];
}

/**
 * Declares a command. Besides its own flags it takes those of every command (`--color`, `--quiet`, `--verbose`),
 * which are settled in the context before its code runs; whatever the code throws is reported by the context.
 */
export function command<
  const FLAGS extends AnyFlags<FLAGS> = NoFlags,
  const ARGS extends BaseArgs = [],
>(
  definition: CommandDefinition<FLAGS, ARGS>,
): BneckCommand {
  const { brief, description, examples, load } = definition;
  const own: OwnParameters = definition.parameters;
  const parameters = {
    ...own,
    // Without a prototype, so that `--constructor` is an unknown flag and not Object's.
    flags: Object.assign(Object.create(null), own.flags, GLOBAL_FLAGS),
    aliases: { ...own.aliases, ...GLOBAL_ALIASES },
  } as TypedCommandParameters<BaseFlags, BaseArgs, Context>;

  const built = buildCommand<BaseFlags, BaseArgs, Context>({
    parameters,
    docs: { brief, fullDescription: description },
    async func(this: Context, given, ...args) {
      try {
        const { color, quiet, verbose, ...flags } = given as GlobalFlags & BaseFlags;
        this.configure(color, quiet ? "quiet" : verbose ? "verbose" : "normal");
        for (const names of [["quiet", "verbose"], ...definition.exclusive ?? []]) atMostOne(given, names);
        const run = (await load()).default as CommandFunction<BaseFlags, BaseArgs, Context>;
        const error = await run.call(this, withoutRepeats(flags), ...args);
        if (error) this.fail(error, definition.whenStopped);
      } catch (error) {
        this.fail(error, definition.whenStopped);
      }
    },
  });
  // The builder's getters read the object they were made on; copying them keeps their values.
  return {
    ...built,
    brief,
    fullDescription: description,
    description,
    examples,
    exclusive: definition.exclusive,
  };
}

/** A group of commands, such as `bneck eval`. */
export interface BneckRouteMap extends RouteMap<Context> {
  readonly description: string;
}

/** Declares a group of commands; the order of `routes` is the order of help. */
export function commandGroup(
  { brief, description, routes }: {
    readonly brief: string;
    readonly description: string;
    readonly routes: Readonly<Record<string, BneckCommand | BneckRouteMap>>;
  },
): BneckRouteMap {
  const built = buildRouteMap<string, Context>({
    routes: Object.assign(Object.create(null), routes),
    aliases: Object.create(null),
    docs: { brief, fullDescription: description },
  });
  return Object.assign(built, { description });
}

/** An object type, be it an interface. */
type AnyFlags<FLAGS> = Readonly<Partial<Record<keyof FLAGS, unknown>>>;

/** The flags of a command that has none of its own. */
export type NoFlags = Readonly<Record<never, never>>;

/** What of a command's parameters is read here; the rest is stricli's. */
interface OwnParameters {
  readonly flags?: object;
  readonly aliases?: object;
}

/** A list names each thing once: `--save ids,ids` is `--save ids`. Names with commas stand in quotes. */
function withoutRepeats(flags: BaseFlags): BaseFlags {
  return Object.fromEntries(
    Object.entries(flags).map(([name, value]) => [name, Array.isArray(value) ? unrepeated(value) : value]),
  );
}

function unrepeated(values: readonly unknown[]): unknown[] {
  // Numbers are not names: `--passes 2,2` is two of them.
  return values.every((value) => typeof value === "string") ? [...new Set(joinQuoted(values))] : [...values];
}

function atMostOne(flags: BaseFlags, names: readonly string[]): void {
  const given = names.filter((name) => flags[name] !== undefined && flags[name] !== false);
  if (given.length > 1) {
    throw usageError(`${given.map(flagName).join(" and ")} exclude each other: give only one`);
  }
}
