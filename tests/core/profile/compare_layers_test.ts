import assert from "node:assert/strict";
import { joinRounds } from "../../../core/profile/compare_layers.ts";
import { countOnnx } from "../../../core/profile/counting/onnx_costs.ts";
import type { Latency } from "../../../core/profile/measuring/latency.ts";
import type { LayerCost } from "../../../core/profile/counting/layer_cost.ts";
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

Deno.test("layers match by name, also by the one that a quantization tool made of it", () => {
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

const PAIR = new URL("../../fixtures/profile/", import.meta.url);

Deno.test("each layer of a network that onnxruntime quantized is found again, and its conversions with it", async () => {
  const rowsOf = async (file: string) =>
    (await countOnnx(await Deno.readFile(new URL(file, PAIR)), file)).rows;
  const [left, right] = [await rowsOf("pair_float.onnx"), await rowsOf("pair_int8.onnx")];
  const matches = matchLayers(left, right);
  const names = (places: readonly number[]) => places.map((place) => right[place].name);
  for (const { name, left: [own], right: found } of matches.filter((match) => match.left.length > 0)) {
    // The quantizer leaves these out.
    if (["Relu", "Identity"].includes(left[own].operator)) continue;
    const operators = found.map((place) => right[place].operator);
    const wanted = left[own].operator === "HardSwish" ? ["HardSigmoid", "Mul"] : [left[own].operator];
    for (const operator of wanted) {
      assert.ok(operators.includes(operator), `${name}: ${names(found)}`);
    }
  }
  const alone = matches.filter((match) => match.left.length === 0).flatMap((match) => names(match.right));
  assert.ok(
    alone.every((name) => /(weight|bias\d*|onnx::Conv_\d+)_DequantizeLinear$/.test(name)),
    `only the weights' conversions, which are done while the model is loaded, but ${alone}`,
  );
  const swish = matches.find(({ name }) =>
    name === "/features/features.2/block/block.1/block.1.2/HardSwish"
  )!;
  assert.deepEqual(names(swish.right).slice(0, 2), [
    "_inlfunc_HardSwish_token_1_HS_X",
    "_inlfunc_HardSwish_token_1_HS_X_QuantizeLinear",
  ]);
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
