/**
 * The code of `bneck completions`.
 *
 * @module
 */
import { COMMANDS } from "../../app.ts";
import type { NoFlags } from "../../command.ts";
import type { Context } from "../../context.ts";
import { bashCompletions } from "./bash.ts";
import { fishCompletions } from "./fish.ts";
import type { SHELLS } from "./command.ts";
import { specify } from "./specification.ts";
import { zshCompletions } from "./zsh.ts";

const WRITERS = { bash: bashCompletions, zsh: zshCompletions, fish: fishCompletions };

export default async function completions(
  this: Context,
  _flags: NoFlags,
  shell: typeof SHELLS[number],
): Promise<void> {
  this.stdout.write(WRITERS[shell](await specify(COMMANDS, this)));
}
