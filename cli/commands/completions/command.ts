import { importLater } from "../../../core/import_later.ts";
import { command } from "../../command.ts";
import { choiceArgument } from "../../flags/mod.ts";

/** The shells that completions are written for. */
export const SHELLS = ["bash", "zsh", "fish"] as const;

/** `bneck completions`. */
export const completions = command({
  brief: "print a script that completes bneck's commands in bash, zsh or fish",
  description:
    "Prints a script for a shell that completes commands, flags and the values of flags when Tab is " +
    "pressed. The script holds everything it needs, so that completing is immediate; print it again after an update.",
  examples: [
    {
      line: "source <(bneck completions bash)",
      does: "complete in this bash; the same line in ~/.bashrc keeps it",
    },
    {
      line: 'bneck completions zsh > "${fpath[1]}/_bneck"',
      does: "complete in every new zsh",
    },
    {
      line: "bneck completions fish > ~/.config/fish/completions/bneck.fish",
      does: "complete in every new fish",
    },
  ],
  parameters: {
    positional: {
      kind: "tuple",
      parameters: [choiceArgument("the shell: bash, zsh or fish", SHELLS, "SHELL")],
    },
  },
  load: () => importLater<typeof import("./run.ts")>(import.meta.resolve("./run.ts")),
});
