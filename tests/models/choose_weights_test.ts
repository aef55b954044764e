import assert from "node:assert/strict";
import { BneckError } from "../../core/errors.ts";
import { float32Tensor, toFloat32, type WeightMap, type WeightSet } from "../../core/weights/mod.ts";
import { bindCheckpoint, checkpointGraph, openCheckpoint } from "../../models/checkpoint.ts";
import { chooseWeights } from "../../models/choose_weights.ts";
import { findArchitecture } from "../../models/zoo/mod.ts";
import { fakeTensors, withCheckpoint } from "./fake_checkpoint.ts";

const NET = fakeTensors("mobilenet_v3_small", 4);

/** The same network with other weights: every one is `value`. */
const filled = (value: number): WeightMap =>
  new Map(
    [...NET].map(([name, { shape }]) => {
      const size = shape.reduce((product, side) => product * side, 1);
      return [name, float32Tensor(shape, new Float32Array(size).fill(value))];
    }),
  );

/** Tensors under a prefix. */
const under = (prefix: string, tensors: WeightMap): WeightMap =>
  new Map([...tensors].map(([name, tensor]) => [prefix + name, tensor]));

const merged = (...maps: WeightMap[]): WeightMap => new Map(maps.flatMap((map) => [...map]));

/** Tensors of a few numbers. */
const some = (...names: string[]): WeightMap =>
  new Map(names.map((name) => [name, float32Tensor([2], Float32Array.of(1, 2))]));

const set = (path: string, tensors: WeightMap, usual = true): WeightSet => {
  return { path, usual, names: [...tensors.keys()], read: () => tensors };
};

/** The first weight of what is chosen, where that was found, and what is said of the rest. */
function choose(sets: readonly WeightSet[], architecture?: string) {
  const chosen = chooseWeights(sets, "x.pth", {
    architecture: architecture === undefined ? undefined : findArchitecture(architecture),
  })!;
  assert.deepEqual(new Set(chosen.weights.keys()), new Set(NET.keys()));
  const [value] = toFloat32(chosen.weights.get("classifier.3.bias")!);
  return { value, path: chosen.path, others: chosen.otherPaths, unused: chosen.unused };
}

const PLAIN = { value: 1, path: "", others: [], unused: [] };

Deno.test("tensors of losses and metrics beside the network are left out, under a prefix or not", () => {
  const training = some(
    "criterion.weight",
    "loss_fn.pos_weight",
    "seg_loss.weight",
    "loss",
    "metrics.confmat",
    "val_iou.confmat",
    "train_acc.tp",
    "test_metrics.total",
    "data_preprocessor.mean",
  );
  assert.deepEqual(choose([set("", merged(filled(1), training))]), PLAIN);
  for (const prefix of ["model.", "net.", "module.model.", "a.b.c.d.e.", "_model."]) {
    const path = prefix.slice(0, -1);
    assert.deepEqual(choose([set("", merged(training, under(prefix, filled(1))))]), { ...PLAIN, path });
    const found = choose([set("state_dict", merged(under(prefix, filled(1)), training))]);
    assert.deepEqual(found, { ...PLAIN, path: `state_dict.${path}` });
  }
});

Deno.test("of a network and its average the network is taken, in whichever order, and the other named", () => {
  for (
    const [plain, average] of [
      ["model.", "model_ema."],
      ["model.", "ema_model.module."],
      ["net.", "swa_model.module."],
      ["student.", "teacher."],
      ["online_network.", "target_network."],
      ["encoder_q.", "encoder_k."],
      ["module.", "ema."],
      ["", "ema.module."],
      ["", "averaged."],
    ]
  ) {
    const both = [
      under(plain, filled(1)),
      under(average, filled(2)),
      some(`${average.split(".")[0]}.n_averaged`),
    ];
    const expected = { ...PLAIN, path: plain.slice(0, -1), others: [average.slice(0, -1)] };
    assert.deepEqual(choose([set("", merged(...both))]), expected, average);
    assert.deepEqual(choose([set("", merged(...both.reverse()))]), expected, average);
  }
  const alone = merged(under("ema_model.", filled(2)), some("other.weight"));
  assert.deepEqual(choose([set("", alone)]), {
    ...PLAIN,
    value: 2,
    path: "ema_model",
    unused: ["other.weight"],
  });
});

Deno.test("several networks of which none is more likely are refused by name", () => {
  const twins = set("", merged(under("left.", filled(1)), under("right.", filled(2))));
  const expected = {
    name: "BneckError",
    exitStatus: 3,
    message: 'cannot read x.pth: it holds several sets of weights: "left", "right"',
    hint: { option: "weightsKey", advice: "choose one" },
  };
  assert.throws(() => chooseWeights([twins], "x.pth"), expected);
  const apart = [set("left", filled(1), false), set("right", filled(2), false)];
  assert.throws(() => chooseWeights(apart, "x.pth"), expected);
});

Deno.test("what fits is taken from wherever it lies; what lies where weights usually do goes first", () => {
  const other = some("w", "b");
  assert.deepEqual(choose([set("model", other), set("best", filled(1), false)]), {
    ...PLAIN,
    path: "best",
    others: ["model"],
  });
  assert.deepEqual(choose([set("critic", other, false), set("generator", filled(1), false)]), {
    ...PLAIN,
    path: "generator",
  });
  assert.deepEqual(
    choose([set("state_dict", filled(1)), set("state_dict_ema", filled(2)), set("best", filled(3), false)]),
    { ...PLAIN, path: "state_dict", others: ["state_dict_ema"] },
  );
});

Deno.test("a set that is damaged is passed over where another fits", () => {
  const damaged: WeightSet = {
    ...set("model", filled(2)),
    read() {
      throw new BneckError("damaged", 3);
    },
  };
  assert.equal(choose([damaged, set("net", filled(1))]).path, "net");
  assert.equal(chooseWeights([damaged], "x.pth"), undefined);
});

Deno.test("an architecture that is named is looked for as well", () => {
  const sets = [set("", merged(some("criterion.weight"), under("model.", filled(1))))];
  assert.deepEqual(choose(sets, "mobilenet_v3_small"), { ...PLAIN, path: "model" });
});

Deno.test("what does not fit is compared without what lies beside it", async () => {
  const net = new Map(under("model.", NET));
  net.delete("model.features.0.1.bias");
  const tensors = merged(net, some("criterion.weight", "head.weight"));
  await withCheckpoint(tensors, async (path) => {
    for (const architecture of [undefined, "mobilenet_v3_small"]) {
      await assert.rejects(openAndBind(path, { architecture }), (error: Error) => {
        assert.match(error.message, /1 missing: features\.0\.1\.bias/);
        assert.doesNotMatch(error.message, /criterion|head/);
        return true;
      });
    }
  });
});

async function openAndBind(path: string, options: { key?: string; architecture?: string }) {
  const checkpoint = await openCheckpoint(path, options);
  return bindCheckpoint(checkpoint, checkpointGraph(checkpoint)).warnings;
}

Deno.test("a file of one flat set says what of it is used, and a key takes the other", async () => {
  const tensors = merged(
    under("model.", filled(1)),
    under("ema.module.", filled(2)),
    some("queue", "projector.0.weight", "projector.0.bias"),
  );
  await withCheckpoint(tensors, async (path) => {
    assert.deepEqual(await openAndBind(path, {}), [
      `${path} also has weights under the key ema.module; those under model are used`,
      `${path}: 3 tensors beside the network's are not used: projector, queue`,
    ]);
    for (const key of ["ema", "ema.", "ema.module"]) {
      const { file } = await openCheckpoint(path, { key });
      assert.deepEqual([file.path, toFloat32(file.weights.get("classifier.3.bias")!)[0]], ["ema.module", 2]);
      assert.deepEqual(await openAndBind(path, { key }), []);
    }
    await assert.rejects(openCheckpoint(path, { key: "emma" }), {
      name: "BneckError",
      message:
        `cannot read ${path}: no weights under "emma"; there are weights under "ema.", "model.", "projector."`,
    });
  });
});
