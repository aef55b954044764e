import assert from "node:assert/strict";
import fc from "fast-check";
import { render, scatterChart, type ScatterPoint } from "../../../cli/report/mod.ts";
import { evenTicks } from "../../../cli/report/scatter_chart.ts";

const OPTIONS = {
  title: "accuracy against time",
  xTitle: "ms",
  yTitle: "%",
  xFormat: String,
  yFormat: String,
  series: [
    { name: "all", color: [1, 2, 3], faint: true },
    { name: "front", color: [4, 5, 6], joined: true },
  ],
} as const;

function point(x: number, y: number, series = 0, label?: string): ScatterPoint {
  return { x, y, series, label, hint: `${x} ${y}` };
}

function dots(markup: string): { x: number; y: number }[] {
  return [...markup.matchAll(/<circle cx="([\d.]+)" cy="([\d.]+)"/g)]
    .map(([, x, y]) => ({ x: Number(x), y: Number(y) }));
}

Deno.test("equal differences are equal distances along both axes", () => {
  const [a, b, c] = dots(render(scatterChart([point(1, 60), point(2, 65), point(3, 70)], OPTIONS)));
  assert.ok(Math.abs((b.x - a.x) - (c.x - b.x)) < 0.2);
  assert.ok(Math.abs((a.y - b.y) - (b.y - c.y)) < 0.2);
  assert.ok(a.x < c.x && a.y > c.y);
});

Deno.test("ticks are round, even, few, and around all values", () => {
  const number = fc.double({ min: -1e6, max: 1e6, noNaN: true });
  fc.assert(fc.property(fc.array(number, { minLength: 1, maxLength: 20 }), (values) => {
    const ticks = evenTicks(values);
    assert.ok(ticks.length >= 2 && ticks.length <= 10, `${ticks}`);
    const slack = 1e-9 * Math.max(...ticks.map(Math.abs));
    assert.ok(ticks[0] <= Math.min(...values) + slack && ticks.at(-1)! >= Math.max(...values) - slack);
    const steps = ticks.slice(1).map((tick, k) => tick - ticks[k]);
    assert.ok(steps.every((step) => Math.abs(step / steps[0] - 1) < 1e-3));
  }));
  assert.deepEqual(evenTicks([60.8, 76.6]), [60, 65, 70, 75, 80]);
  assert.deepEqual(evenTicks([]), [0, 0.2, 0.4, 0.6, 0.8, 1]);
});

Deno.test("every point is inside of the plot, and a series may be joined", () => {
  const coordinate = fc.double({ min: 0, max: 100, noNaN: true });
  const points = fc.array(fc.tuple(coordinate, coordinate), { minLength: 2, maxLength: 30 });
  fc.assert(fc.property(points, (pairs) => {
    const markup = render(scatterChart(pairs.map(([x, y], k) => point(x, y, 1, `n${k}`)), OPTIONS));
    assert.ok(dots(markup).every(({ x, y }) => x >= 64 && x <= 810 && y >= 12 && y <= 434));
    assert.match(markup, /<path d="M[\d. L-]+" fill="none"/);
    assert.doesNotMatch(markup, /NaN|Infinity/);
  }));
});

Deno.test("the mark is drawn and explained, also where it lies beside all points", () => {
  const markup = render(
    scatterChart([point(1, 1), point(2, 2)], { ...OPTIONS, mark: { x: 9, text: "<target>" } }),
  );
  assert.match(markup, /stroke-dasharray/);
  assert.match(markup, /dashed: &lt;target&gt;/);
});
