import assert from "node:assert/strict";
import fc from "fast-check";
import { logScatterChart, render, type ScatterPoint } from "../../../cli/report/mod.ts";

const OPTIONS = {
  title: "work against time",
  xTitle: "work",
  yTitle: "time",
  xFormat: String,
  yFormat: String,
  series: [{ name: "all", color: [1, 2, 3] }],
} as const;

interface Box {
  readonly x: number;
  readonly y: number;
  readonly text: string;
}

function dots(markup: string): { x: number; y: number }[] {
  return [...markup.matchAll(/<circle cx="([\d.]+)" cy="([\d.]+)"/g)]
    .map(([, x, y]) => ({ x: Number(x), y: Number(y) }));
}

function names(markup: string): Box[] {
  return [...markup.matchAll(/<text class="small halo" x="([-\d.]+)" y="([-\d.]+)">([^<]*)</g)]
    .map(([, x, y, text]) => ({ x: Number(x), y: Number(y), text }));
}

function point(x: number, y: number, label?: string): ScatterPoint {
  return { x, y, series: 0, label, hint: `${x} ${y}` };
}

Deno.test("equal factors are equal distances along both axes", () => {
  const [a, b, c] = dots(render(logScatterChart([point(1, 10), point(10, 100), point(100, 1000)], OPTIONS)));
  assert.ok(Math.abs((b.x - a.x) - (c.x - b.x)) < 0.2);
  assert.ok(Math.abs((a.y - b.y) - (b.y - c.y)) < 0.2);
  assert.ok(a.x < c.x && a.y > c.y);
});

Deno.test("the line goes through points of its slope", () => {
  const markup = render(
    logScatterChart([point(1, 2), point(100, 200), point(10, 500)], {
      ...OPTIONS,
      line: { slope: 2, text: "twice" },
    }),
  );
  const [, x1, y1, x2, y2] = markup.match(
    /<line x1="([\d.]+)" y1="([\d.]+)" x2="([\d.]+)" y2="([\d.]+)"[^>]*dash/,
  )!
    .map(Number);
  for (const { x, y } of dots(markup).slice(0, 2)) {
    assert.ok(Math.abs(y1 + (x - x1) / (x2 - x1) * (y2 - y1) - y) < 0.3);
  }
  assert.match(markup, /dashed: twice/);
});

Deno.test("names lie neither on each other nor on dots, however crowded", () => {
  const value = fc.double({ min: 0.01, max: 1000, noNaN: true });
  fc.assert(
    fc.property(fc.array(fc.tuple(value, value), { minLength: 1, maxLength: 40 }), (pairs) => {
      const points = pairs.map(([x, y], index) => point(x, y, `block${index}.depthwise`));
      const markup = render(logScatterChart(points, OPTIONS));
      const boxes = names(markup).map(({ x, y, text }) => ({
        left: x,
        right: x + 6.4 * text.length,
        bottom: y + 2.5,
      }));
      for (const [index, box] of boxes.entries()) {
        for (const other of boxes.slice(index + 1)) {
          const apart = box.right <= other.left + 0.2 || other.right <= box.left + 0.2 ||
            Math.abs(box.bottom - other.bottom) >= 11.8;
          assert.ok(apart, "two names");
        }
        for (const { x, y } of dots(markup)) {
          const apart = x + 4 <= box.left + 0.2 || x - 4 >= box.right - 0.2 || y - 4 >= box.bottom - 0.2 ||
            y + 4 <= box.bottom - 11.8;
          assert.ok(apart, "a name and a dot");
        }
      }
      assert.equal(dots(markup).length, points.length);
    }),
  );
});

Deno.test("a chart without points is empty, and names are escaped", () => {
  assert.equal(dots(render(logScatterChart([], OPTIONS))).length, 0);
  const markup = render(logScatterChart([point(1, 1, "<a>")], OPTIONS));
  assert.match(markup, />&lt;a&gt;</);
  assert.equal(dots(markup).length, 1);
});
