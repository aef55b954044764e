import assert from "node:assert/strict";
import { pairedBarChart, render } from "../../../cli/report/mod.ts";

const OPTIONS = {
  title: "shares",
  series: [{ name: "time", color: [1, 2, 3] }, { name: "MAdds", color: [4, 5, 6] }],
  format: (value: number) => value.toFixed(2),
} as const;

/** Widths in percent of the room, and colours. */
function bars(markup: string): { width: number; fill: string }[] {
  return [...markup.matchAll(/<b style="width:([\d.]+)%">(.*?)<\/b>/gs)].flatMap(([, longest, inside]) =>
    [...inside.matchAll(/<i style="width:([\d.]+)%;background:([^"]+)"/g)]
      .map(([, width, fill]) => ({ width: Number(longest) * Number(width) / 100, fill }))
  );
}

Deno.test("both values of a pair are on one scale, one bar above the other", () => {
  const markup = render(
    pairedBarChart([{ label: "conv", values: [0.4, 0.1], text: "4 ms", hint: "a <hint>" }], OPTIONS),
  );
  const [time, madds] = bars(markup);
  assert.equal(time.width / madds.width, 4);
  assert.deepEqual([time.fill, madds.fill], ["rgb(1 2 3)", "rgb(4 5 6)"]);
  assert.match(markup, />4 ms</);
  assert.match(markup, /a &lt;hint&gt;/);
});

Deno.test("what is missing has no bar, a zero has none to see, and the least has one", () => {
  const pairs = [
    { label: "a", values: [null, 1], text: "" },
    { label: "b", values: [0, 1e-9], text: "" },
  ] as const;
  assert.deepEqual(bars(render(pairedBarChart(pairs, OPTIONS))).map(({ width }) => width), [0, 100, 0, 0.2]);
});

Deno.test("the axis ends at a round number that no bar exceeds", () => {
  for (const most of [0.003, 0.07, 0.31, 0.99, 1, 42, 17_000]) {
    const markup = render(pairedBarChart([{ label: "a", values: [most, 0], text: "" }], OPTIONS));
    assert.ok(bars(markup)[0].width <= 100);
    assert.ok(bars(markup)[0].width > 50, String(most));
    const ticks = [...markup.matchAll(/%"><span>([\d.]+)</g)].map(([, tick]) => Number(tick));
    assert.equal(ticks[0], 0);
    assert.ok(ticks.length >= 3 && ticks.length <= 7, `${ticks}`);
  }
});

Deno.test("a chart of nothing but zeros is drawn", () => {
  assert.deepEqual(bars(render(pairedBarChart([], OPTIONS))), []);
  assert.equal(bars(render(pairedBarChart([{ label: "a", values: [0, 0], text: "" }], OPTIONS))).length, 2);
});
