import assert from "node:assert/strict";
import fc from "fast-check";
import { html, render } from "../../../cli/report/mod.ts";

Deno.test("values are escaped in text and in attributes, pieces and lists of them are not", () => {
  const piece = html`<b>${"<i>"}</b>`;
  assert.equal(
    render(html`<p title="${`"&'`}">${[piece, null, undefined, 7, ["a", "<"]]}</p>`),
    `<p title="&quot;&amp;&#39;"><b>&lt;i&gt;</b>7a&lt;</p>`,
  );
});

Deno.test("text of any kind leaves no markup and no control characters behind", () => {
  fc.assert(fc.property(fc.string({ unit: "binary" }), (text) => {
    const { html: markup } = html`${text}`;
    // deno-lint-ignore no-control-regex
    assert.doesNotMatch(markup, /[<>"'\x00-\x08\x0b-\x1f]/);
    assert.doesNotMatch(markup, /&(?!amp;|lt;|gt;|quot;|#39;)/);
  }));
});
