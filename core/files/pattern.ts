/**
 * Glob patterns, as in shells.
 *
 * @module
 */
import { usageError } from "../errors.ts";

/** What one folder or file name must match, or `**`: any number of folders, including none. */
export type Segment = RegExp | "**";

/** A parsed pattern. */
export interface Pattern {
  /** The folder that it starts with; empty for the current one. */
  readonly base: string;
  /** The segments below it; several alternatives if braces contain slashes. */
  readonly ways: readonly (readonly Segment[])[];
  /** Whether it ends in an extension, such as `.scan` or `.{jpg,png}`. */
  readonly namesExtension: boolean;
  /** Whether it ends in a slash. */
  readonly foldersOnly: boolean;
}

/** Whether the text contains `*`, `?`, `[a-z]` or `{a,b}`. */
export function isPattern(text: string): boolean {
  return /[*?]|\[[^\]]+\]|\{[^{}]*,[^{}]*\}/.test(text);
}

/**
 * Parses a pattern: `*` matches any part of a name, `?` any character, `[a-z]` and `[!a-z]` one character of a set,
 * `{a,b}` one of several texts, `**` any folders; `\` escapes the next character. Names that start with a dot are matched
 * only by patterns that do.
 *
 * @throws {BneckError} (usage) if a range of characters is reversed, as in `[z-a]`
 */
export function parsePattern(text: string): Pattern {
  const path = text.replace(/\/+$/, "");
  const parts = path.split("/");
  const first = parts.findIndex((part) => /[*?[{\\]/.test(part));
  const base = parts.slice(0, first).join("/");
  const rest = parts.slice(first).join("/");
  return {
    base: base === "" && first > 0 ? "/" : base,
    ways: withoutSlashedBraces(rest).map((way) => way.split("/").filter((part) => part !== "").map(compile)),
    namesExtension: /\.(\w+|\{[\w,]+\})$/.test(rest),
    foldersOnly: path !== text,
  };
}

/** The pattern once for each alternative of the braces that contain a slash. */
function withoutSlashedBraces(pattern: string): string[] {
  const match = /\{([^{}]*\/[^{}]*)\}/.exec(pattern);
  if (match === null) return [pattern];
  const before = pattern.slice(0, match.index);
  const after = pattern.slice(match.index + match[0].length);
  return match[1].split(",").flatMap((text) => withoutSlashedBraces(before + text + after));
}

function compile(part: string): Segment {
  if (part === "**") return "**";
  const visible = part.startsWith(".") ? "" : "(?!\\.)";
  try {
    return new RegExp(`^${visible}${translate(part)}$`, "su");
  } catch (error) {
    throw usageError(`invalid pattern ${part}: a range of characters is reversed; write it as [a-z]`, error);
  }
}

/** Braces that contain a comma, with braces inside them. */
const ALTERNATIVES = /^\{(?=[^}]*,)[^{}]*(?:\{[^{}]*\}[^{}]*)*\}/;

/** The source of the regular expression for a pattern of one name. */
function translate(part: string): string {
  let out = "";
  let depth = 0;
  for (let i = 0; i < part.length; i++) {
    const letter = part[i];
    const set = letter === "[" ? /^\[([!^]?)(\]?[^\]]*)\]/.exec(part.slice(i)) : null;
    if (set !== null && set[2] !== "") {
      out += `[${set[1] === "" ? "" : "^"}${set[2].replace(/[\\\][^]/g, "\\$&")}]`;
      i += set[0].length - 1;
    } else if (letter === "*") {
      out += ".*";
    } else if (letter === "?") {
      out += ".";
    } else if (letter === "{" && ALTERNATIVES.test(part.slice(i))) {
      out += "(?:";
      depth++;
    } else if (letter === "," && depth > 0) {
      out += "|";
    } else if (letter === "}" && depth > 0) {
      out += ")";
      depth--;
    } else {
      out += (letter === "\\" && i + 1 < part.length ? part[++i] : letter).replace(
        /[.*+?^${}()|[\]\\/]/,
        "\\$&",
      );
    }
  }
  return out;
}
