/**
 * The flags of every command.
 *
 * @module
 */
import { COLOR_CHOICES, type ColorChoice } from "../console/colors.ts";

/** Flags of every command; see {@linkcode Context.configure}. */
export interface GlobalFlags {
  readonly color: ColorChoice;
  readonly quiet: boolean;
  readonly verbose: boolean;
}

/** Their definitions for the parser. */
export const GLOBAL_FLAGS = {
  color: {
    kind: "enum",
    values: COLOR_CHOICES,
    default: "auto",
    placeholder: "WHEN",
    brief: "colour the output",
  },
  quiet: { kind: "boolean", withNegated: false, brief: "print results and errors only" },
  verbose: { kind: "boolean", withNegated: false, brief: "also print details" },
} as const;

/** Their short forms. */
export const GLOBAL_ALIASES = { q: "quiet", v: "verbose" } as const;
