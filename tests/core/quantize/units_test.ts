import assert from "node:assert/strict";
import { type Unit, unitsOf } from "../../../core/quantize/mod.ts";
import { networkOf } from "./quantized.ts";

const INPUT = { channels: 8, height: 8, width: 8 };

function unit(units: readonly Unit[], output: string): Unit {
  return units.find(({ outputs }) => outputs.includes(output))!;
}

Deno.test("a convolution and the activation that follows it are one unit", () => {
  const model = networkOf(INPUT, (g, x) => {
    const a = g.conv(x, { name: "a", channels: 8, kernel: 1, activation: "h-swish" });
    const b = g.conv(a, { name: "b", channels: 8, kernel: 1, activation: "relu6" });
    const c = g.conv(b, { name: "c", channels: 8, kernel: 1, activation: "h-sigmoid" });
    return g.conv(c, { name: "d", channels: 8, kernel: 1, activation: "sigmoid" });
  });
  const { units } = unitsOf(model.graph);
  assert.deepEqual(
    ["a", "b", "c", "d"].map((name) => unit(units, name)).map((
      { kind, activation, before },
    ) => [kind, activation, before]),
    [
      ["conv", "h-swish", "a.conv"],
      ["conv", "relu6", "b.conv"],
      ["conv", "h-sigmoid", "c.conv"],
      ["conv", "sigmoid", "d.conv"],
    ],
  );
});

Deno.test("an activation of what others read too is a unit of its own", () => {
  const model = networkOf(INPUT, (g, x) => {
    const a = g.conv(x, { name: "a", channels: 8, kernel: 1 });
    return g.add("sum", g.activation("b", a, "relu"), a);
  });
  const { units } = unitsOf(model.graph);
  assert.equal(unit(units, "a").activation, undefined);
  assert.deepEqual([unit(units, "b").kind, unit(units, "b").activation], ["activation", "relu"]);
});

Deno.test("every node is in one unit, and units come after what they read", () => {
  const model = networkOf(INPUT, (g, x) => {
    const a = g.conv(x, { name: "a", channels: 8, kernel: 1, activation: "h-swish" });
    const b = g.conv(x, { name: "b", channels: 8, kernel: 1 });
    return g.concat("joined", [g.multiply("product", a, b), g.activation("c", b, "h-swish")]);
  });
  const { units } = unitsOf(model.graph);
  assert.equal(units.flatMap(({ nodes }) => nodes).length, model.graph.nodes.length);
  const known = new Set(["x"]);
  for (const { inputs, outputs } of units) {
    for (const name of inputs) assert.ok(known.has(name), name);
    for (const name of outputs) known.add(name);
  }
});

Deno.test("names that several nodes have are told apart", () => {
  const { graph } = networkOf(INPUT, (g, x) => {
    const a = g.conv(x, { name: "a", channels: 8, kernel: 1 });
    return g.conv(a, { name: "b", channels: 8, kernel: 1 });
  });
  const { units } = unitsOf({ ...graph, nodes: graph.nodes.map((node) => ({ ...node, name: "same" })) });
  assert.equal(new Set(units.map(({ name }) => name)).size, units.length);
});
