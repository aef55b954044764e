/**
 * Where a command writes, and how text that others wrote (file names, class names) is made safe to show.
 *
 * @module
 */

/** One of the two streams a command writes to. */
export interface Output {
  /** Writes all of `text` before it returns. */
  write(text: string): void;
  /** Whether a person is looking: decides on colour and progress bars. */
  readonly isTerminal: boolean;
  /** The width to fill, in columns; asked for at each use, because a window can be resized. */
  columns(): number;
}

/** Control characters (other than newline and tab) and the characters that reverse the direction of text. */
// deno-lint-ignore no-control-regex
const UNPRINTABLE = /[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]/g;

const COLOR_OR_UNPRINTABLE = new RegExp(`\\x1b\\[[0-9;]*m|${UNPRINTABLE.source}`, "g");

/**
 * Text with its control characters spelt out, so that a file name cannot recolour, erase or reorder what the
 * terminal shows. Newlines and tabs stay.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { printable } from "./output.ts";
 * assert.equal(printable("a\x1b[31m.jpg"), "a\\x1b[31m.jpg");
 * ```
 */
export function printable(text: string): string {
  return text.replace(UNPRINTABLE, spelledOut);
}

function spelledOut(character: string): string {
  const code = character.charCodeAt(0);
  return code < 256 ? `\\x${code.toString(16).padStart(2, "0")}` : `\\u${code.toString(16)}`;
}

/** {@linkcode printable} text that keeps its colours: the last guard before a terminal, for text that is composed. */
export function printableColored(text: string): string {
  return text.replace(COLOR_OR_UNPRINTABLE, (match) => match.length > 1 ? match : spelledOut(match));
}

/**
 * JSON on one line, or indented, that is as safe to show: `JSON.stringify` leaves some control characters as they are.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { printableJson } from "./output.ts";
 * assert.equal(printableJson("\u009b31m"), '"\\u009b31m"');
 * ```
 */
export function printableJson(value: unknown, indent?: number): string {
  return JSON.stringify(value, null, indent).replace(
    UNPRINTABLE,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

/** {@linkcode printable} text whose newlines and tabs are spelt out too, so that what names a file stays one line. */
export function oneLine(text: string): string {
  return printable(text).replace(/[\n\t]/g, (character) => character === "\n" ? "\\n" : "\\t");
}

/** Characters that terminals draw two columns wide: East Asian scripts, full-width forms, emoji. */
const WIDE =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{20000}-\u{3fffd}]|\p{Emoji_Presentation}/u;

/** Characters drawn over the one before them. */
const ZERO_WIDTH = /[\p{Mn}\p{Me}\p{Cf}]/u;

// deno-lint-ignore no-control-regex
const COLOR_CODES = /\x1b\[[0-9;]*m/g;

/** How many terminal columns `text` takes; colour codes take none. */
export function displayWidth(text: string): number {
  const plain = text.includes("\x1b") ? text.replace(COLOR_CODES, "") : text;
  let width = 0;
  for (const character of plain) {
    if (character <= "~") width += 1;
    else if (!ZERO_WIDTH.test(character)) width += WIDE.test(character) ? 2 : 1;
  }
  return width;
}

/** `text` cut to at most `columns` columns, with an ellipsis where something was left out; no colour codes. */
export function truncate(text: string, columns: number): string {
  if (displayWidth(text) <= columns) return text;
  let kept = "";
  let width = 0;
  for (const character of text) {
    width += displayWidth(character);
    if (width > columns - 1) break;
    kept += character;
  }
  return columns > 0 ? `${kept}…` : "";
}

/** A text without its middle, an ellipsis in its place: both ends tell names apart, and the end tells more. */
export function shortenMiddle(text: string, columns: number): string {
  if (displayWidth(text) <= columns) return text;
  const characters = [...text];
  const room = Math.max(0, columns - 1);
  const head = upTo(characters, Math.floor(room / 3));
  const tail = upTo(characters.toReversed(), room - displayWidth(head));
  return `${head}…${[...tail].reverse().join("")}`;
}

/** As many characters as fit. */
function upTo(characters: readonly string[], columns: number): string {
  let text = "";
  let width = 0;
  for (const character of characters) {
    width += displayWidth(character);
    if (width > columns) break;
    text += character;
  }
  return text;
}

/** Breaks `text` at spaces into lines of at most `columns`; a longer word gets its own line. */
export function wrap(text: string, columns: number): string[] {
  const lines: string[] = [];
  for (const paragraph of text.split("\n")) {
    let line = "";
    for (const word of paragraph.split(" ")) {
      if (line && displayWidth(line) + 1 + displayWidth(word) > columns) {
        lines.push(line);
        line = word;
      } else {
        line = line ? `${line} ${word}` : word;
      }
    }
    lines.push(line);
  }
  return lines;
}
