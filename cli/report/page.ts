/**
 * A report as one file: no network, nothing beside it, and no script but the one that the page is given.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { type Content, html, render } from "./html.ts";
import { type Fact, type Provenance, provenanceFacts } from "./provenance.ts";
import { VERSION } from "../version.ts";
import { STYLE } from "./style.ts";

/** A number worth a large print. */
export interface Figure {
  readonly name: string;
  readonly value: string;
  readonly note?: string;
}

/** A part of a page with a heading. */
export interface Section {
  readonly title: string;
  /** One or two sentences under the heading. */
  readonly note?: Content;
  readonly body: Content;
}

/** What a report consists of. */
export interface Page {
  readonly title: string;
  /** What was measured on what: name and value. */
  readonly facts: readonly (readonly [name: string, value: string])[];
  readonly figures: readonly Figure[];
  /** What a reader must not overlook. */
  readonly warnings?: readonly string[];
  readonly sections: readonly Section[];
  /** How it came about, besides the date, the command and the versions. */
  readonly provenance: Provenance;
  /** What runs when the page is open. It must be a constant of ours: it is not escaped. */
  readonly script?: string;
}

/** The browser may load nothing, whatever a page contains. */
const POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'";

/** The page as the text of an HTML file. */
export function formatPage(
  { title, facts, figures, warnings = [], sections, provenance, script }: Page,
): string {
  return render(html`
    <!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8">
        <meta http-equiv="Content-Security-Policy" content="${POLICY + scriptPolicy(script)}">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <link rel="icon" href="data:,">
        <title>${title}</title>
        <style>${STYLE}</style>
      </head>
      <body>
        <header>
          <h1>${title}</h1>
          ${factList(facts)}
        </header>
        <main>
    <div class="figures">${figures.map(formatFigure)}</div>
    ${warnings.map((warning) => html`<p class="warning">${warning}</p>`)}
    ${sections.map(formatSection)}
        </main>
        <footer>
    <p>bneck ${VERSION}</p>
    ${factList(provenanceFacts(provenance))}
        </footer>
        ${script === undefined ? null : html`<script>${{ html: script }}</script>`}
      </body>
    </html>
  `) + "\n";
}

function factList(facts: readonly Fact[]): Content {
  return html`<dl class="facts">${
    facts.map(([name, value]) =>
      html`
        <div>
          <dt>${name}</dt>
          <dd>${value}</dd>
        </div>
      `
    )
  }</dl>`;
}

/** Allows the one script, known by its hash. */
function scriptPolicy(script: string | undefined): string {
  if (script === undefined) return "";
  return `; script-src 'sha256-${createHash("sha256").update(script).digest("base64")}'`;
}

function formatFigure({ name, value, note }: Figure): Content {
  return html`
    <div
      class="figure"><span class="value">${value}</span><span class="name">${name}</span>${note === undefined
        ? null
        : html`<span class="note">${note}</span>`}</div>
  `;
}

function formatSection({ title, note, body }: Section): Content {
  return html`
    <section>
    <h2>${title}</h2>
    ${note === undefined ? null : html`<p class="note">${note}</p>`}
    ${body}
    </section>
  `;
}
