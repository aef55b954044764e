/**
 * What `--help` prints: usage, a paragraph, arguments, flags, examples. Made from the same declarations that the
 * parser uses.
 *
 * @module
 */
import type { Command, RouteMap } from "@stricli/core";
import type { BneckCommand, Documentation } from "./command.ts";
import type { Context } from "./context.ts";
import type { Colors } from "./console/colors.ts";
import { displayWidth, wrap } from "./console/output.ts";
import { APPLICATION_FLAGS, flagName, isGroup, type Target } from "./arguments.ts";
import { GLOBAL_FLAGS } from "./flags/global.ts";

/** How wide and how colourful. */
export interface HelpStyle {
  readonly columns: number;
  readonly colors: Colors;
}

/** The flags of a command as the parser holds them. */
export type Flag = NonNullable<Command<Context>["parameters"]["flags"]>[string];
/** A positional argument as the parser holds it. */
export type Argument = { readonly brief: string; readonly placeholder?: string; readonly optional?: boolean };

/** Text wider than this is hard to read. */
const WIDEST = 100;
/** Names longer than this put their explanation on the next line. */
const LONGEST_NAME = 30;

/** The help of a command or a group of commands; `path` leads to it from `bneck`. */
export function formatHelp(target: Target, path: readonly string[], style: HelpStyle): string {
  const { bold } = style.colors;
  const columns = Math.min(style.columns, WIDEST);
  const name = ["bneck", ...path].join(" ");
  const body = isGroup(target) ? groupSections(target, name) : commandSections(target);
  const usage = isGroup(target)
    ? `${name} COMMAND ...`
    : [name, ...argumentNames(target), "[FLAGS]"].join(" ");
  const lines = [`${bold("Usage:")} ${usage}`, "", ...wrap(target.fullDescription ?? target.brief, columns)];
  const indent = indentOf(body.flatMap(({ rows }) => rows));
  for (const { title, rows } of body) {
    if (rows.length > 0) {
      lines.push("", bold(`${title}:`), ...formatRows(rows, indent, columns, style.colors));
    }
  }
  if (isDocumented(target)) lines.push("", bold("Examples:"), ...exampleLines(target, style.colors));
  if (isGroup(target)) lines.push("", `"${name} COMMAND --help" explains a command.`);
  return lines.join("\n") + "\n";
}

/** The positional arguments of a command, and whether the last may repeat. */
function positionalArguments(
  target: Command<Context>,
): { arguments: readonly Argument[]; repeats: boolean } {
  const { positional } = target.parameters;
  if (!positional) return { arguments: [], repeats: false };
  if (positional.kind === "array") return { arguments: [positional.parameter], repeats: true };
  return { arguments: positional.parameters, repeats: false };
}

type Row = readonly [name: string, explanation: string];

function groupSections(group: RouteMap<Context>, name: string): { title: string; rows: Row[] }[] {
  const entries = group.getAllEntries().filter((entry) => !entry.hidden);
  const commands = entries.map((entry): Row => [entry.name["convert-camel-to-kebab"], entry.target.brief]);
  const flags = Object.entries(APPLICATION_FLAGS).filter(([flag]) => flag === "help" || name === "bneck");
  return [{ title: "Commands", rows: commands }, { title: "Flags", rows: flags.map(applicationFlagRow) }];
}

function commandSections(command: Command<Context>): { title: string; rows: Row[] }[] {
  const flags = Object.entries(command.parameters.flags ?? {}).filter(([, flag]) => !flag.hidden);
  const aliases = new Map(
    Object.entries(command.parameters.aliases ?? {}).map(([letter, name]) => [name, letter]),
  );
  const rows = (own: boolean) =>
    flags.filter(([name]) => own !== name in GLOBAL_FLAGS).map(([name, flag]) =>
      flagRow(name, flag, aliases.get(name))
    );
  const { arguments: positional } = positionalArguments(command);
  const names = argumentNames(command);
  return [
    { title: "Arguments", rows: positional.map((argument, index): Row => [names[index], argument.brief]) },
    { title: "Flags", rows: rows(true) },
    {
      title: "Flags of every command",
      rows: [...rows(false), applicationFlagRow(["help", APPLICATION_FLAGS.help])],
    },
  ];
}

function argumentNames(command: Command<Context>): string[] {
  const { arguments: positional, repeats } = positionalArguments(command);
  const { positional: declared } = command.parameters;
  const needed = declared?.kind === "array" ? (declared.minimum ?? 0) > 0 : true;
  return positional.map((argument) => {
    const name = `${argument.placeholder ?? "VALUE"}${repeats ? "..." : ""}`;
    return needed && !argument.optional ? name : `[${name}]`;
  });
}

function applicationFlagRow([name, { alias, brief }]: [string, { alias: string; brief: string }]): Row {
  return [`-${alias}, ${flagName(name)}`, brief];
}

function flagRow(name: string, flag: Flag, alias: string | undefined): Row {
  const negatable = flag.kind === "boolean" && flag.default && flag.withNegated !== false;
  const long = negatable ? `--[no-]${flagName(name).slice(2)}` : flagName(name);
  const value = flag.kind === "boolean" || flag.kind === "counter" ? "" : ` ${flag.placeholder ?? "VALUE"}`;
  const notes = [];
  if (flag.kind === "enum") notes.push(`${flag.variadic ? "any of " : ""}${flag.values.join(", ")}`);
  if (flag.kind !== "boolean" && "default" in flag && flag.default !== undefined) {
    notes.push(`default: ${[flag.default].flat().join(",")}`);
  } else if (flag.kind !== "boolean" && flag.kind !== "counter" && !flag.optional) {
    notes.push("required");
  }
  const note = notes.length > 0 ? ` (${notes.join("; ")})` : "";
  return [`${alias ? `-${alias}, ` : "    "}${long}${value}`, flag.brief + note];
}

/** Where explanations begin, the same in all sections. */
function indentOf(rows: readonly Row[]): number {
  const widths = rows.map(([name]) => displayWidth(name)).filter((width) => width <= LONGEST_NAME);
  return 2 + Math.max(0, ...widths) + 2;
}

function formatRows(rows: readonly Row[], indent: number, columns: number, { cyan }: Colors): string[] {
  return rows.flatMap(([name, explanation]) => {
    const lines = wrap(explanation, Math.max(20, columns - indent));
    const room = indent - 2 - displayWidth(name);
    const first = room >= 2 ? [`  ${cyan(name)}${" ".repeat(room)}${lines.shift()}`] : [`  ${cyan(name)}`];
    return [...first, ...lines.map((line) => " ".repeat(indent) + line)];
  });
}

function exampleLines({ examples }: Documentation, { dim }: Colors): string[] {
  return examples.flatMap(({ line, does }) => [`  ${line}`, `      ${dim(does)}`]);
}

function isDocumented(target: Target): target is BneckCommand {
  return "examples" in target;
}
