/** The command line that makes a model again, for its card. */
import { flagName, shellWord } from "../../arguments.ts";

/** What does not change the model. */
const LEFT_OUT = [
  "out",
  "report",
  "cache",
  "maxCache",
  "keepCache",
  "workers",
  "overwrite",
  "json",
  "dryRun",
];

/** The command with the flags that were given. */
export function commandLineOf(task: string, flags: Readonly<Record<string, unknown>>): string {
  const parts = Object.entries(flags).flatMap(([name, value]) => {
    if (LEFT_OUT.includes(name) || value === undefined || value === false) return [];
    if (value === true) return [flagName(name)];
    const text = typeof value === "object"
      ? Object.values(value as object).join(name === "crop" ? "x" : ",")
      : String(value);
    return [flagName(name), shellWord(text)];
  });
  return ["bneck fit", task, ...parts].join(" ");
}
