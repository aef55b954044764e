/** What holds for every report: where it comes from is written below it, and it fits its window. */
import assert from "node:assert/strict";
import { CHROMIUM } from "./browser.ts";
import { ChromiumSession, OVERFLOWING } from "./chromium_session.ts";

/** The facts at the end of a page, a line each. */
function factsOf(page: string): string[] {
  const footer = page.slice(page.indexOf("<footer>"), page.indexOf("</footer>"));
  return [...footer.matchAll(/<dt>(.*?)<\/dt>\s*<dd>(.*?)<\/dd>/g)].map(([, name, value]) =>
    `${name} ${value}`
  );
}

/** Asserts that a page says when it was made and with which versions, and `patterns`, each a line. */
export async function assertFacts(path: string, patterns: readonly RegExp[]): Promise<void> {
  const facts = factsOf(await Deno.readTextFile(path));
  const always = [
    /^made 20\d\d-\d\d-\d\d \d\d:\d\d:\d\d UTC$/,
    /^versions bneck \d.*, Deno \d.*, onnxruntime-node \d.*, sharp \d/,
  ];
  for (const pattern of [...always, ...patterns]) {
    assert.ok(facts.some((fact) => pattern.test(fact)), `${pattern}:\n${facts.join("\n")}`);
  }
}

/** Opens pages, by name, in narrow and wide windows, light and dark. Without a browser nothing is looked at. */
export async function assertFit(pages: Readonly<Record<string, string>>): Promise<void> {
  if (CHROMIUM === undefined) return;
  await using chromium = await ChromiumSession.start();
  for (const [name, path] of Object.entries(pages)) {
    for (const [width, dark] of [[500, false], [500, true], [1400, false], [1400, true]] as const) {
      await chromium.open(path, { width, dark });
      const overflowing = await chromium.evaluate(OVERFLOWING);
      assert.deepEqual(overflowing, { page: 0, elements: [] }, `${name} at ${width} pixels`);
      const paper = await chromium.evaluate("getComputedStyle(document.body).backgroundColor");
      assert.equal(paper, dark ? "rgb(18, 22, 28)" : "rgb(255, 255, 255)");
    }
  }
}
