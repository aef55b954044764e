import assert from "node:assert/strict";
import { OpaqueObject, type PickleValue } from "../../../core/weights/pickle_values.ts";
import { findStateDicts, stripWrappers } from "../../../core/weights/state_dict.ts";
import { TorchStorage, TorchTensor } from "../../../core/weights/torch_tensor.ts";

const tensor = (): TorchTensor => {
  return new TorchTensor(new TorchStorage("uint8", 1, () => new Uint8Array(1)), "uint8", 0, [1], [1]);
};
const dict = (entries: Record<string, PickleValue>) =>
  new Map<PickleValue, PickleValue>(Object.entries(entries));
const find = (checkpoint: PickleValue) => findStateDicts(checkpoint, "x.pth");
const paths = (checkpoint: PickleValue) => find(checkpoint).map(({ path }) => path);
const strip = (...keys: string[]) => stripWrappers(new Map(keys.map((key) => [key, 0]))).map(([key]) => key);

Deno.test("a checkpoint of tensors is the state dict itself, whatever else lies in it", () => {
  const [{ path, tensors, usual }] = find(dict({ a: tensor(), note: "hello", b: tensor(), extra: [] }));
  assert.deepEqual([path, usual, ...tensors.keys()], ["", true, "a", "b"]);
});

Deno.test("weights under the usual keys come first, also nested and beside a stray tensor", () => {
  for (const key of ["state_dict", "model", "model_ema", "model_state", "net", "state_dict_ema"]) {
    const checkpoint = dict({
      loss: tensor(),
      optimizer: dict({ state: dict({}) }),
      [key]: dict({ w: tensor() }),
    });
    assert.equal(paths(checkpoint)[0], key);
  }
  assert.deepEqual(paths(dict({ state_dict: dict({ model: dict({ w: tensor() }) }) })), ["state_dict.model"]);
});

Deno.test("the plain weights go before their average, and both before what lies elsewhere", () => {
  const sets = find(dict({
    other: dict({ deep: dict({ w: tensor() }) }),
    model_ema: dict({ average: tensor() }),
    model: dict({ plain: tensor() }),
  }));
  assert.deepEqual(sets.map(({ path, usual }) => [path, usual]), [
    ["model", true],
    ["model_ema", true],
    ["other.deep", false],
  ]);
});

Deno.test("one dictionary under two keys is no other set of weights", () => {
  const weights = dict({ w: tensor() });
  assert.deepEqual(paths(dict({ model: weights, state_dict: weights })), ["state_dict"]);
});

Deno.test("a checkpoint without weights says what it holds", () => {
  assert.throws(() => find(dict({ epoch: 3, name: "tiny", list: [], args: new OpaqueObject("a.B") })), {
    name: "BneckError",
    exitStatus: 3,
    message: 'cannot read x.pth: no weights in it; it holds "epoch" (a number), "name" (text), ' +
      '"list" (a list), "args" (an object of "a.B")',
  });
  assert.throws(() => find(new Map()), /it holds nothing/);
  assert.throws(() => find([tensor()]), /it holds a list, not a dictionary of weights/);
});

Deno.test("dictionaries that contain themselves or each other end the search", () => {
  const a = dict({});
  const b = dict({ model: a });
  a.set("state_dict", b).set("net", a).set("other", b);
  assert.throws(() => find(a), { name: "BneckError" });
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
