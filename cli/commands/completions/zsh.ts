/**
 * Completions for zsh.
 *
 * @module
 */
import type { CommandSpecification, FlagSpecification, Value } from "./specification.ts";

/** A script to be sourced, or to be put into a folder of `fpath` as `_bneck`. */
export function zshCompletions(commands: readonly CommandSpecification[]): string {
  return `#compdef bneck
# Completions of bneck for zsh, printed by "bneck completions zsh".

${
    commands.map((command) => command.commands.length > 0 ? groupFunction(command) : commandFunction(command))
      .join("\n")
  }
if [[ $funcstack[1] == _bneck ]]; then
  _bneck "$@"
else
  compdef _bneck bneck
fi
`;
}

function commandFunction({ path, flags, arguments: values, repeats }: CommandSpecification): string {
  const positional = values.map((value, index) =>
    quote(`${repeats && index === values.length - 1 ? "*" : index + 1}:argument:${action(value)}`)
  );
  const lines = [...flags.map(flagSpec), ...positional];
  return `${functionName(path)}() {
  _arguments -s -S : \\
    ${lines.join(" \\\n    ")}
}
`;
}

function groupFunction({ path, flags, commands }: CommandSpecification): string {
  const names = commands.map(({ name, brief }) => quote(`${name.replaceAll(":", "\\:")}:${brief}`));
  const cases = commands.map(({ name }) => `        ${quote(name)}) ${functionName([...path, name])} ;;`);
  return `${functionName(path)}() {
  local context state state_descr line
  local -a commands
  typeset -A opt_args
  _arguments -S -C : \\
    ${flags.map(flagSpec).join(" \\\n    ")} \\
    '1: :->command' '*:: :->rest'
  case $state in
    command)
      commands=(${names.join(" ")})
      _describe -t commands 'command' commands
      ;;
    rest)
      case $line[1] in
${cases.join("\n")}
      esac
      ;;
  esac
}
`;
}

function flagSpec({ long, short, brief, value }: FlagSpecification): string {
  const explanation = `[${brief.replace(/[[\]\\]/g, "\\$&")}]${value ? `:value:${action(value)}` : ""}`;
  // A list may be given in pieces: --save ids --save color.
  const star = value?.kind === "list" ? "*" : "";
  const equals = value ? "=" : "";
  if (!short) return quote(`${star}${long}${equals}${explanation}`);
  const exclusive = star ? "*" : `(${short} ${long})`;
  return `${quote(exclusive)}{${short}${value ? "+" : ""},${long}${equals}}${quote(explanation)}`;
}

function action(value: Value): string {
  switch (value.kind) {
    case "words": {
      const words = value.words.map(escaped).join(" ");
      return value.orFile ? `{compadd - ${words}; _files}` : `(${words})`;
    }
    case "list":
      return `_sequence compadd - ${value.words.map(escaped).join(" ")}`;
    case "file":
      return value.lists ? "{compset -P @; _files}" : "_files";
    case "folder":
      return "_files -/";
    case "anything":
      return " ";
  }
}

/** Colons separate the parts of a specification, spaces the words of an action. */
function escaped(word: string): string {
  return word.replace(/[: ]/g, "\\$&");
}

function functionName(path: readonly string[]): string {
  return ["_bneck", ...path].join("_").replaceAll("-", "_");
}

function quote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
