import assert from "node:assert/strict";
import { float32Tensor } from "../../../core/weights/tensor.ts";
import { defaultWeights, setsUnder, type WeightSet } from "../../../core/weights/weight_sets.ts";

function set(path: string, names: readonly string[], usual = false): WeightSet {
  const tensors = names.map((name) => [name, float32Tensor([1], new Float32Array(1))] as const);
  return { path, usual, names, read: () => new Map(tensors) };
}

/** The sets under a key, as their paths and names. */
const under = (sets: readonly WeightSet[], key: string) =>
  setsUnder(sets, key, "x.pth").map(({ path, names, usual, read }) => {
    assert.ok(usual);
    assert.deepEqual([...read().keys()], names);
    return [path, ...names];
  });

Deno.test("weights where they usually lie are taken, and the other usual ones named", () => {
  const sets = [set("model", ["w"], true), set("model_ema", ["w"], true), set("other", ["w"])];
  const { path, weights, otherPaths } = defaultWeights(sets, "x.pth");
  assert.deepEqual([path, [...weights.keys()], otherPaths], ["model", ["w"], ["model_ema"]]);
});

Deno.test("the only weights are taken under any key; of several one must be chosen", () => {
  assert.equal(defaultWeights([set("generator", ["w"])], "x.pth").path, "generator");
  assert.equal(defaultWeights([set("a.model", ["w"]), set("a.ema", ["w"])], "x.pth").path, "a.model");
  assert.throws(() => defaultWeights([set("generator", ["w"]), set("critic", ["w"])], "x.pth"), {
    name: "BneckError",
    exitStatus: 3,
    message: 'cannot read x.pth: it holds several sets of weights: "generator", "critic"',
    hint: { option: "weightsKey", advice: "choose one" },
  });
});

Deno.test("a key is that of the checkpoint, several joined, or the last of them", () => {
  const sets = [set("state.model.backbone", ["a"]), set("state.model.head", ["b"]), set("modelling", ["c"])];
  assert.deepEqual(under(sets, "state.model.backbone"), [["state.model.backbone", "a"]]);
  assert.deepEqual(under(sets, "state.model"), [["state.model.backbone", "a"], ["state.model.head", "b"]]);
  assert.deepEqual(under(sets, "model.head"), [["state.model.head", "b"]]);
  assert.deepEqual(under(sets, "modelling"), [["modelling", "c"]]);
});

Deno.test("a key is also how names start, with or without the dot, under a key or not", () => {
  const flat = [set("", ["model.a", "model_ema.module.a", "model_ema.n"], true)];
  assert.deepEqual(under(flat, "model_ema."), [["model_ema", "module.a", "n"]]);
  assert.deepEqual(under(flat, "model_ema.module"), [["model_ema.module", "a"]]);
  assert.deepEqual(under(flat, "model"), [["model", "a"]]);
  const nested = [set("state_dict", ["net.a", "loss.b"], true)];
  for (const key of ["net", "net.", "state_dict.net"]) {
    assert.deepEqual(under(nested, key), [["state_dict.net", "a"]]);
  }
});

Deno.test("a key that the file lacks is refused with those that it has", () => {
  const sets = [set("state_dict", ["net.a", "loss.b"], true), set("ema", ["a", "b"], true)];
  assert.throws(() => setsUnder(sets, "nett", "x.pth"), {
    name: "BneckError",
    exitStatus: 3,
    message: 'cannot read x.pth: no weights under "nett"; there are weights under "state_dict", ' +
      '"state_dict.net.", "state_dict.loss.", "ema"',
    hint: { option: "weightsKey", advice: "choose one of these" },
  });
});
