import assert from "node:assert/strict";
import { render, timeRows } from "../../../cli/report/mod.ts";

Deno.test("rows over time are steps, and what is not known goes on as it was", () => {
  const rows = [{ label: "<car>", values: [0.5, 0.5, NaN, 1, 0], text: "up to 4" }];
  const markup = render(timeRows(rows, { title: "objects", ticks: ["0:00", "0:05"] }));
  assert.match(markup, /<path d="M0 1H0V0\.5H3V0H4V1H5V1Z" fill="var\(--accent\)">/);
  assert.match(markup, /viewBox="0 0 5 1"/);
  assert.match(markup, /&lt;car&gt;/);
  assert.match(markup, /<span>0:00<\/span><span>0:05<\/span>/);
});
