/**
 * When to use colour, and the few colours in use.
 *
 * @module
 */

/** What `--color` takes. */
export const COLOR_CHOICES = ["auto", "always", "never"] as const;

/** One of {@linkcode COLOR_CHOICES}. */
export type ColorChoice = typeof COLOR_CHOICES[number];

/** Functions that wrap text in colour codes, or return it as it is. */
export interface Colors {
  readonly enabled: boolean;
  readonly bold: (text: string) => string;
  readonly dim: (text: string) => string;
  readonly red: (text: string) => string;
  readonly green: (text: string) => string;
  readonly yellow: (text: string) => string;
  readonly cyan: (text: string) => string;
}

/** The colours, or functions that change nothing when not `enabled`. */
export function colors(enabled: boolean): Colors {
  const paint = (open: number, close: number) =>
    enabled ? (text: string) => `\x1b[${open}m${text}\x1b[${close}m` : (text: string) => text;
  return {
    enabled,
    bold: paint(1, 22),
    dim: paint(2, 22),
    red: paint(31, 39),
    green: paint(32, 39),
    yellow: paint(33, 39),
    cyan: paint(36, 39),
  };
}

/**
 * Whether to colour a stream. The flag decides first, then `NO_COLOR` (https://no-color.org: set and not empty),
 * then `FORCE_COLOR` (`0` and `false` turn colour off), then whether the stream is a terminal that can.
 */
export function wantsColor(
  choice: ColorChoice,
  env: (name: string) => string | undefined,
  isTerminal: boolean,
): boolean {
  if (choice !== "auto") return choice === "always";
  if (env("NO_COLOR")) return false;
  const forced = env("FORCE_COLOR");
  if (forced) return forced !== "0" && forced !== "false";
  return isTerminal && env("TERM") !== "dumb";
}
