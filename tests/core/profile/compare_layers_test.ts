import assert from "node:assert/strict";
import { joinRounds } from "../../../core/profile/compare_layers.ts";
import type { Latency } from "../../../core/profile/latency.ts";
import type { LayerCost } from "../../../core/profile/layer_cost.ts";
import { matchLayers } from "../../../core/profile/match_layers.ts";
import { medianInterval } from "../../../core/profile/statistics.ts";
import type { Subject } from "../../../core/profile/subject.ts";
import { randomNumbers } from "../../../core/random.ts";

function row(name: string, operator = "Conv", size = 7): LayerCost {
  return {
    name,
    operator,
    outputShape: [1, 8, size, size],
    parameters: 0,
    parametersWithoutBatchNorm: 0,
    madds: 100,
    activationBytes: 0,
  };
}

function pairs(left: readonly LayerCost[], right: readonly LayerCost[]): unknown[] {
  return matchLayers(left, right).map((match) => [match.left.join(), match.right.join()]);
}

Deno.test("layers match by name, also by the one that a quantisation tool made of it", () => {
  assert.deepEqual(pairs([row("a"), row("b")], [row("b_quant", "QLinearConv"), row("a")]), [["0", "1"], [
    "1",
    "0",
  ]]);
});

Deno.test("layers of other names match by order, operator and shape", () => {
  const left = [row("a", "Conv", 14), row("b", "Relu", 14), row("c", "Conv", 7)];
  const right = [row("x", "Conv", 14), row("y", "Conv", 7), row("z", "Add", 7)];
  assert.deepEqual(pairs(left, right), [["0", "0"], ["1", ""], ["2", "1"], ["", "2"]]);
});

Deno.test("a network in int8 is matched with itself in float, its conversions with what they are for", () => {
  const right = [
    row("q0", "QuantizeLinear", 14),
    row("a_quant", "QLinearConv"),
    row("dq", "DequantizeLinear"),
    row("s", "Softmax"),
    row("q1", "QuantizeLinear"),
  ];
  assert.deepEqual(pairs([row("a"), row("s", "Softmax")], right), [["0", "0,1"], ["1", "2,3,4"]]);
});

/** Rounds in which each layer takes about so many milliseconds. */
function rounds(times: readonly (readonly [number, number])[], count: number): [Latency, Latency][] {
  const random = randomNumbers(3);
  const side = (at: 0 | 1) => {
    const rows = times.map((pair) => ({
      milliseconds: pair[at] * (0.95 + 0.1 * random()),
      layoutMilliseconds: 0,
    }));
    return { rows, milliseconds: rows.reduce((sum, one) => sum + one.milliseconds, 0), disturbance: 1 };
  };
  return Array.from({ length: count }, () => [side(0), side(1)] as unknown as [Latency, Latency]);
}

function subject(names: readonly string[]): Subject {
  return { name: "net", costs: { rows: names.map((name) => row(name)), madds: 1 } } as unknown as Subject;
}

Deno.test("a network does not differ from its copy, and what is slower does", () => {
  const names = Array.from({ length: 40 }, (_, k) => `net.block${k >> 1}.${k}`);
  const both = [subject(names), subject(names)] as const;
  const same = joinRounds(both, rounds(names.map(() => [1, 1]), 9), "layer");
  assert.equal(same.total.verdict, "no difference");
  assert.ok(same.rows.every(({ verdict }) => verdict === "no difference"));

  const slower = joinRounds(both, rounds(names.map((_, k) => [1, k < 2 ? 1.5 : 1]), 9), "block");
  assert.equal(slower.rows.length, 20);
  assert.deepEqual(slower.rows.map(({ verdict }) => verdict).slice(0, 3), [
    "slower",
    "no difference",
    "no difference",
  ]);
  assert.equal(slower.total.verdict, "slower");
  assert.ok(Math.abs(slower.total.ratio!.median - 1.025) < 0.01);
});

Deno.test("the interval of a median holds that of the population 99 times of 100", () => {
  const random = randomNumbers(5);
  for (const count of [8, 9, 30, 100]) {
    let missed = 0;
    for (let trial = 0; trial < 2000; trial++) {
      const { low, high } = medianInterval(Array.from({ length: count }, () => random() ** 3));
      if (low > 0.125 || high < 0.125) missed++;
    }
    assert.ok(missed <= 0.015 * 2000, `${count}: ${missed}`);
  }
});
