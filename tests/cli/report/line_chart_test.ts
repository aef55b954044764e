import assert from "node:assert/strict";
import { lineChart, render } from "../../../cli/report/mod.ts";

const RED = [200, 0, 0] as const;

/** The points of the only path, in pixels. */
function pathOf(markup: string): [x: number, y: number][] {
  const [, steps] = /<path d="([^"]+)"/.exec(markup)!;
  return steps.slice(1).split("L").map((step) => step.split(" ").map(Number) as [number, number]);
}

Deno.test("a line goes from the lower left at (0, 0) to the upper right at (1, 1)", () => {
  const points = [{ x: 0, y: 0 }, { x: 0.5, y: 0.25 }, { x: 1, y: 1 }];
  const markup = render(lineChart([{ label: "cat", points, color: RED }], { title: "curve", side: 100 }));
  const [first, middle, last] = pathOf(markup);
  assert.deepEqual([last[0] - first[0], first[1] - last[1]], [100, 100]);
  assert.deepEqual([middle[0] - first[0], first[1] - middle[1]], [50, 25]);
  assert.match(markup, /aria-label="curve"/);
  assert.match(markup, /stroke="rgb\(200 0 0\)"/);
});

Deno.test("of points at one height only the ends are drawn", () => {
  const points = Array.from({ length: 101 }, (_, k) => ({ x: k / 100, y: k <= 60 ? 1 : 0 }));
  const markup = render(lineChart([{ label: "cat", points, color: RED }], { title: "curve", side: 100 }));
  const xs = pathOf(markup).map(([x]) => x);
  assert.deepEqual(xs.map((x) => x - xs[0]), [0, 60, 61, 100]);
});

Deno.test("a dot has words, and names are text", () => {
  const options = { title: `"a" <b>`, dot: { x: 1, y: 1, hint: "best & last" } };
  const markup = render(lineChart([], options));
  assert.match(markup, /<circle [^>]*>\s*<title>best &amp; last<\/title>/);
  assert.match(markup, /aria-label="&quot;a&quot; &lt;b&gt;"/);
  assert.doesNotMatch(markup, /<path/);
});
