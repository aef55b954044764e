/**
 * Completions for bash (4 or newer; version 3 completes files where it should complete nothing).
 *
 * @module
 */
import type { CommandSpecification, FlagSpecification, Value } from "./specification.ts";

/** A script that defines and registers the completion function. */
export function bashCompletions(commands: readonly CommandSpecification[]): string {
  const steps = commands.slice(1).map(({ path }) => quote(`${path.slice(0, -1).join(" ")}/${path.at(-1)}`));
  return `# Completions of bneck for bash, printed by "bneck completions bash".

# The last of several words with commas between. Words are a line each; spaces in them are escaped, unless the user
# has begun with a quotation mark.
_bneck_list() {
  local typed=\${current//[\\\\\\"\\']/} head= word
  [[ $typed == *,* ]] && head="\${typed%,*},"
  COMPREPLY=()
  while IFS= read -r word; do
    word="$head$word"
    [[ $word == "$typed"* ]] || continue
    [[ $current == [\\"\\']* ]] || word="\${word// /\\\\ }"
    COMPREPLY+=("$word")
  done <<< "$1"
  compopt -o nospace 2>/dev/null
}

_bneck() {
  COMPREPLY=()
  local current="\${COMP_WORDS[COMP_CWORD]}" previous="\${COMP_WORDS[COMP_CWORD-1]}"
  # Bash takes the "=" of --flag=value for a word.
  if [[ $current == = ]]; then current=
  elif [[ $previous == = ]]; then previous="\${COMP_WORDS[COMP_CWORD-2]}"
  fi

  # So it does the "@" of a list, which it replaces all the same.
  if [[ $current == @ ]]; then current= previous=@; fi
  if [[ $previous == @ ]]; then
    local file
    while IFS= read -r file; do
      if [[ -d $file ]]; then file+=/; fi
      COMPREPLY+=("@$(printf '%q' "$file")")
    done < <(compgen -f -- "$current")
    compopt -o nospace 2>/dev/null
    return
  fi

  local path= word i
  for ((i = 1; i < COMP_CWORD; i++)); do
    word="\${COMP_WORDS[i]}"
    case "$path/$word" in
      ${steps.join(" | ")}) path="\${path:+$path }$word" ;;
    esac
  done

  case "$path $previous" in
${commands.flatMap(valueCases).join("\n")}
  esac

  local flags= words=
  case "$path" in
${commands.map(wordCase).join("\n")}
  esac
  if [[ $current == -* ]]; then words="$flags"; fi
  if [[ $words ]]; then COMPREPLY=($(compgen -W "$words" -- "$current")); fi
}

complete -o default -F _bneck bneck
`;
}

function valueCases({ path, flags }: CommandSpecification): string[] {
  return flags.flatMap((flag) =>
    flag.value ? [`    ${spellings(path, flag)}) ${completeValue(flag.value)}; return ;;`] : []
  );
}

function spellings(path: readonly string[], { long, short }: FlagSpecification): string {
  return [long, short].filter((name) => name !== undefined).map((name) => quote(`${path.join(" ")} ${name}`))
    .join(" | ");
}

function completeValue(value: Value): string {
  switch (value.kind) {
    case "words":
      return `COMPREPLY=($(compgen -W ${quote(value.words.join(" "))} -- "$current"))`;
    case "list":
      return `_bneck_list ${quote(value.words.join("\n"))}`;
    case "file":
      return ":";
    case "folder":
      return "compopt -o dirnames +o default 2>/dev/null";
    case "anything":
      return "compopt +o default 2>/dev/null";
  }
}

function wordCase({ path, flags, commands, arguments: values }: CommandSpecification): string {
  const words = [
    ...commands.map(({ name }) => name),
    ...values.flatMap((value) => "words" in value ? value.words : []),
  ];
  const all = flags.flatMap(({ long, short }) => short ? [long, short] : [long]);
  const files = values.some((value) =>
    value.kind === "file" || value.kind === "folder" || ("words" in value && value.orFile)
  );
  const parts = [`flags=${quote(all.join(" "))}`, `words=${quote(words.join(" "))}`];
  if (!files) parts.push("compopt +o default 2>/dev/null");
  return `    ${quote(path.join(" "))}) ${parts.join("; ")} ;;`;
}

function quote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
