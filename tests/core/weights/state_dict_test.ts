import assert from "node:assert/strict";
import { findStateDict, stripWrappers } from "../../../core/weights/state_dict.ts";
import type { PickleValue } from "../../../core/weights/pickle_values.ts";
import { TorchStorage, TorchTensor } from "../../../core/weights/torch_tensor.ts";

const tensor = (): TorchTensor => {
  return new TorchTensor(new TorchStorage("uint8", 1, () => new Uint8Array(1)), "uint8", 0, [1], [1]);
};
const dict = (entries: Record<string, PickleValue>) =>
  new Map<PickleValue, PickleValue>(Object.entries(entries));
const names = (tensors: ReadonlyMap<string, unknown>) => [...tensors.keys()];
const strip = (...keys: string[]) => names(stripWrappers(new Map(keys.map((key) => [key, 0])), "x.pth"));

Deno.test("a checkpoint of tensors is the state dict itself, whatever else lies in it", () => {
  const { path, tensors } = findStateDict(
    dict({ a: tensor(), note: "hello", b: tensor(), extra: [] }),
    "x.pth",
  );
  assert.equal(path, "");
  assert.deepEqual(names(tensors), ["a", "b"]);
});

Deno.test("weights under the usual keys are found, also nested and beside a stray tensor", () => {
  for (const key of ["state_dict", "model", "model_ema", "model_state", "net", "state_dict_ema"]) {
    const checkpoint = dict({
      loss: tensor(),
      optimizer: dict({ state: dict({}) }),
      [key]: dict({ w: tensor() }),
    });
    assert.deepEqual(findStateDict(checkpoint, "x.pth").path, key);
  }
  const nested = dict({ state_dict: dict({ model: dict({ w: tensor() }) }) });
  assert.equal(findStateDict(nested, "x.pth").path, "state_dict.model");
});

Deno.test("the plain weights go before their average, which can be asked for", () => {
  const checkpoint = dict({ model_ema: dict({ average: tensor() }), model: dict({ plain: tensor() }) });
  const found = findStateDict(checkpoint, "x.pth");
  assert.deepEqual([names(found.tensors), found.otherKeys], [["plain"], ["model_ema"]]);
  assert.deepEqual(findStateDict(checkpoint, "x.pth", "model_ema").otherKeys, []);
  assert.deepEqual(names(findStateDict(checkpoint, "x.pth", "model_ema").tensors), ["average"]);
  assert.throws(() => findStateDict(checkpoint, "x.pth", "ema"), {
    name: "BneckError",
    message:
      'cannot read x.pth: no weights under "ema"; it holds "model_ema" (a dictionary), "model" (a dictionary)',
  });
});

Deno.test("one dictionary under two keys is no other set of weights", () => {
  const weights = dict({ w: tensor() });
  assert.deepEqual(findStateDict(dict({ model: weights, state_dict: weights }), "x.pth").otherKeys, []);
});

Deno.test("the only dictionary of tensors is taken under any key; of several one must be chosen", () => {
  assert.equal(
    findStateDict(dict({ generator: dict({ w: tensor() }), epoch: 3 }), "x.pth").path,
    "generator",
  );
  const two = dict({ generator: dict({ w: tensor() }), critic: dict({ w: tensor() }) });
  assert.throws(() => findStateDict(two, "x.pth"), /several sets of weights: "generator", "critic"/);
});

Deno.test("a checkpoint without weights says what it holds", () => {
  assert.throws(() => findStateDict(dict({ epoch: 3, name: "tiny", list: [] }), "x.pth"), {
    name: "BneckError",
    exitStatus: 3,
    message:
      'cannot read x.pth: no weights in it; it holds "epoch" (a number), "name" (text), "list" (a list)',
  });
  assert.throws(() => findStateDict(new Map(), "x.pth"), /it holds nothing/);
  assert.throws(() => findStateDict([tensor()], "x.pth"), /it holds a list, not a dictionary of weights/);
});

Deno.test("dictionaries that contain themselves or each other end the search", () => {
  const a = dict({});
  const b = dict({ model: a });
  a.set("state_dict", b).set("net", a).set("other", b);
  assert.throws(() => findStateDict(a, "x.pth"), { name: "BneckError" });
});

Deno.test("prefixes of wrappers are removed", () => {
  assert.deepEqual(strip("module.a", "module.b"), ["a", "b"]);
  assert.deepEqual(strip("module.module.a"), ["a"]);
  assert.deepEqual(strip("_orig_mod.module.a", "_orig_mod.module.b"), ["a", "b"]);
  assert.deepEqual(strip("module._orig_mod.a"), ["a"]);
  assert.deepEqual(strip("backbone._orig_mod.conv.weight", "head.bias"), [
    "backbone.conv.weight",
    "head.bias",
  ]);
  assert.deepEqual(strip("n_averaged", "module.a"), ["a"]);
});

Deno.test("names that merely look like wrappers stay", () => {
  assert.deepEqual(strip("module.a", "b"), ["module.a", "b"]);
  assert.deepEqual(strip("modules.a"), ["modules.a"]);
  assert.deepEqual(strip("n_averaged", "a"), ["n_averaged", "a"]);
  assert.deepEqual(strip("n_averaged"), ["n_averaged"]);
});

Deno.test("two tensors that would get one name are refused", () => {
  assert.throws(() => strip("_orig_mod.a", "a"), {
    name: "BneckError",
    message: /two of its tensors are named "a"/,
  });
});
