/**
 * Completions for fish (3.0 or newer).
 *
 * @module
 */
import type { CommandSpecification, FlagSpecification, Value } from "./specification.ts";

/** A script for `~/.config/fish/completions/bneck.fish`. */
export function fishCompletions(commands: readonly CommandSpecification[]): string {
  const steps = commands.slice(1).map(({ path }) => quote(`${path.slice(0, -1).join(" ")}/${path.at(-1)}`));
  return `# Completions of bneck for fish, printed by "bneck completions fish".

# Whether the words so far lead to the command in the arguments.
function __bneck_at
    set -l path ''
    set -l words (commandline -opc)
    for word in $words[2..-1]
        switch "$path/$word"
            case ${steps.join(" ")}
                set path (string trim -- "$path $word")
        end
    end
    test "$path" = "$argv"
end

# The words in the arguments, after those that the list under the cursor has already.
function __bneck_list
    set -l head (commandline -ct | string replace -r -- '^-[^=]*=' '' | string match -r -- '^.*,')
    for word in $argv
        echo "$head$word"
    end
end

# Files behind the "@" of a list.
function __bneck_lists
    set -l token (commandline -ct)
    string match -q -- '@*' $token; or return
    for path in (__fish_complete_path (string sub -s 2 -- $token))
        echo "@$path"
    end
end

complete -c bneck -e
complete -c bneck -f
${commands.flatMap(lines).join("\n")}
`;
}

function lines({ path, flags, commands, arguments: values }: CommandSpecification): string[] {
  const at = `complete -c bneck -n ${quote(["__bneck_at", ...path].join(" "))}`;
  return [
    ...commands.map(({ name, brief }) => `${at} -a ${quote(name)} -d ${quote(brief)}`),
    ...flags.map((flag) => `${at} ${flagOptions(flag)}`),
    ...values.flatMap((value) => argumentOptions(value).map((options) => `${at} ${options}`)),
  ];
}

function flagOptions({ long, short, brief, value }: FlagSpecification): string {
  const names = `${short ? `-s ${short.slice(1)} ` : ""}-l ${long.slice(2)}`;
  return `${names}${value ? ` ${valueOptions(value)}` : ""} -d ${quote(brief)}`;
}

function valueOptions(value: Value): string {
  switch (value.kind) {
    case "words":
      return `${value.orFile ? "-r -F" : "-x"} -a ${quote(value.words.map(asWord).join(" "))}`;
    case "list":
      return `-x -a ${quote(`(__bneck_list ${value.words.map(asWord).join(" ")})`)}`;
    case "file":
      return "-r -F";
    case "folder":
      return "-x -a '(__fish_complete_directories)'";
    case "anything":
      return "-x";
  }
}

function argumentOptions(value: Value): string[] {
  if ("words" in value) return [`${value.orFile ? "-F " : ""}-a ${quote(value.words.map(asWord).join(" "))}`];
  if (value.kind === "anything") return [];
  return value.kind === "file" && value.lists ? ["-F", "-a '(__bneck_lists)'"] : ["-F"];
}

/** A word with spaces in quotation marks. */
function asWord(word: string): string {
  return word.includes(" ") ? `"${word}"` : word;
}

function quote(text: string): string {
  return `'${text.replace(/[\\']/g, "\\$&")}'`;
}
