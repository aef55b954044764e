/**
 * The parser's errors in bneck's words.
 *
 * @module
 */
import {
  type ApplicationText,
  ArgumentScannerError,
  formatMessageForArgumentScannerError,
  text_en,
} from "@stricli/core";
import { didYouMean } from "../core/files/nearest_name.ts";
import {
  asTyped,
  type CommandLine,
  flagName,
  isGroup,
  originOfFlags,
  seeHelp,
  type Target,
  unknownFlag,
} from "./arguments.ts";
import { explain } from "./failures.ts";

/** The texts for one command line: `line` is what its errors are about. */
export function messages({ target, path, inputs, configured }: CommandLine): ApplicationText {
  const message = (error: unknown) => explain(error).message;
  const flags = flagKinds(target);
  return {
    ...text_en,
    exceptionWhileParsingArguments: (error) =>
      withOrigin(error instanceof ArgumentScannerError ? describe(error) : message(error)),
    exceptionWhileLoadingCommandFunction: message,
    exceptionWhileLoadingCommandContext: message,
    exceptionWhileRunningCommand: message,
    commandErrorResult: message,
    exceptionWhileRunningIntegrationFlag: ({ exception }) => message(exception),
    exceptionWhileRunningIntegrationHook: ({ exception }) => message(exception),
  };

  function withOrigin(text: string): string {
    return configured === undefined ? text : text + originOfFlags(text, configured);
  }

  function describe(error: ArgumentScannerError): string {
    return formatMessageForArgumentScannerError(error, {
      FlagNotFoundError: ({ input }) => unknownFlag(`--${input}`, target, path).message,
      AliasNotFoundError: ({ input }) => unknownFlag(`-${input}`, target, path).message,
      ArgumentParseError: ({ externalFlagNameOrPlaceholder: name, input, exception }) => {
        if (flags[`--${name}`] === "boolean") return `--${name} takes no value`;
        const reason = exception instanceof Error ? exception.message : String(exception);
        // A parser that others use too may have named the flag itself.
        return reason.startsWith(`--${name} `) ? reason : `${nameOf(name)} ${asTyped(input)}: ${reason}`;
      },
      EnumValidationError: ({ externalFlagName, input, values }) =>
        `--${externalFlagName} ${asTyped(input)}: not one of ${values.join(", ")}${
          didYouMean(input, values)
        }`,
      UnsatisfiedFlagError: ({ externalFlagName, nextFlagName }) =>
        isGiven(externalFlagName)
          ? `--${externalFlagName} needs a value${nextFlagName ? `, not --${nextFlagName}` : ""}`
          : `--${externalFlagName} is required: ${seeHelp(path)} shows examples`,
      UnexpectedFlagError: ({ externalFlagName, previousInput, input }) =>
        `--${externalFlagName} is given twice${
          previousInput === input ? "" : `, as ${asTyped(previousInput)} and ${asTyped(input)}`
        }`,
      InvalidNegatedFlagSyntaxError: ({ externalFlagName }) => `--${externalFlagName} takes no value`,
      UnexpectedPositionalError: ({ input }) =>
        `unexpected argument ${asTyped(input)}: ${seeHelp(path)} says what it takes`,
      UnsatisfiedPositionalError: ({ placeholder, limit }) => {
        const needs = limit && limit[0] > 1 ? `at least ${limit[0]} of ${placeholder}` : placeholder;
        return `${["bneck", ...path].join(" ")} needs ${needs}: ${seeHelp(path)} shows examples`;
      },
    });
  }

  /** The parser calls a flag that is left out and one without its value the same. */
  function isGiven(name: string): boolean {
    const spellings = [`--${name}`, ...aliasesOf(target, name).map((alias) => `-${alias}`)];
    return inputs.some((word) => spellings.includes(word.split("=")[0]));
  }

  /** The parser gives a flag's name without dashes, or an argument's placeholder. */
  function nameOf(name: string): string {
    return `--${name}` in flags ? `--${name}` : name;
  }
}

function flagKinds(target: Target): Record<string, string> {
  const flags = isGroup(target) ? {} : target.parameters.flags ?? {};
  return Object.fromEntries(Object.entries(flags).map(([name, { kind }]) => [flagName(name), kind]));
}

function aliasesOf(target: Target, flag: string): string[] {
  const aliases = isGroup(target) ? {} : target.parameters.aliases ?? {};
  return Object.entries(aliases).filter(([, name]) => name !== undefined && flagName(name) === `--${flag}`)
    .map(([alias]) => alias);
}
