/**
 * HTML as data: everything that is put into a piece of it is escaped, unless it is a piece itself.
 *
 * @module
 */
import type { Color } from "../../core/images/mod.ts";
import { printable } from "../console/output.ts";

/** A finished piece of HTML or SVG. */
export interface Html {
  readonly html: string;
}

/** What can be put into a piece: text, pieces, and lists of them; nothing for `null` and `undefined`. */
export type Content = Html | string | number | null | undefined | readonly Content[];

/**
 * A piece of HTML from a template. Values are escaped for text and for attributes in quotes. The formatter of the
 * source may break and indent templates as it likes: a line break with the space around it is one line break,
 * and none at either end.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { html } from "./html.ts";
 * const piece = html`<p title="${'"b"'}">${[1, "<a>", html`<br>`]}</p>`;
 * assert.equal(piece.html, '<p title="&quot;b&quot;">1&lt;a&gt;<br></p>');
 * ```
 */
export function html(template: TemplateStringsArray, ...values: readonly Content[]): Html {
  const parts = template.map((part) => part.replace(/\s*\n\s*/g, "\n"));
  parts[0] = parts[0].replace(/^\n/, "");
  parts[parts.length - 1] = parts.at(-1)!.replace(/\n$/, "");
  return { html: parts.map((part, k) => k === 0 ? part : render(values[k - 1]) + part).join("") };
}

/** The markup of any content. */
export function render(content: Content): string {
  if (content === null || content === undefined) return "";
  if (typeof content === "string") return escapeHtml(content);
  if (typeof content === "number") return String(content);
  return "html" in content ? content.html : content.map(render).join("");
}

/** Text in which nothing is markup, with control characters spelt out. */
export function escapeHtml(text: string): string {
  return printable(text).replace(/[&<>"']/g, (character) => ENTITIES[character]);
}

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** `rgb(128 64 128)`. */
export function cssColor([red, green, blue]: Color): string {
  return `rgb(${red} ${green} ${blue})`;
}
