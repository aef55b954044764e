import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { type DType, toFloat32 } from "../../../core/weights/tensor.ts";
import { parseTorchCheckpoint } from "../../../core/weights/torch_checkpoint.ts";
import { readWeightFile } from "../../../core/weights/read_weights.ts";
import { defaultWeights } from "../../../core/weights/weight_sets.ts";
import {
  APPEND,
  BUILD,
  call,
  dictionary,
  get,
  global,
  integer,
  list,
  MARK,
  NONE,
  pickle,
  type Pickled,
  put,
  tensor,
  text,
  tuple,
} from "./pickle_writer.ts";
import { writeZip } from "./zip_writer.ts";

/** Files that PyTorch wrote and what it says they hold, see `tests/parity/make_checkpoints.py`. */
const FIXTURES = fileURLToPath(new URL("../../fixtures/weights/", import.meta.url));

interface ExpectedTensor {
  readonly dtype: DType;
  readonly shape: readonly number[];
  /** Row-major bytes, in hex. */
  readonly data: string;
  /** The same in float32; absent if it is float32 already. */
  readonly float32?: string;
}

interface ExpectedFile {
  readonly error?: string;
  readonly path: string;
  readonly facts: Readonly<Record<string, string | number | boolean>>;
  /** Or the name of the file that holds the same. */
  readonly tensors: Readonly<Record<string, ExpectedTensor>> | string;
}

const expectedFiles: Readonly<Record<string, ExpectedFile>> = JSON.parse(
  await Deno.readTextFile(`${FIXTURES}expected.json`),
);

function expectedTensors(file: string): Readonly<Record<string, ExpectedTensor>> {
  const { tensors } = expectedFiles[file];
  return typeof tensors === "string" ? expectedTensors(tensors) : tensors;
}

const weightsOf = (bytes: Uint8Array) => {
  return defaultWeights(parseTorchCheckpoint(bytes, "x.pth").sets, "x.pth").weights;
};

const hex = (array: ArrayBufferView) =>
  [...new Uint8Array(array.buffer, array.byteOffset, array.byteLength)]
    .map((byte) => byte.toString(16).padStart(2, "0")).join("");

for (const [file, { error, path, facts }] of Object.entries(expectedFiles)) {
  if (error === undefined) {
    Deno.test(`${file} gives the tensors that its writer put in, bit for bit`, async () => {
      const read = await readWeightFile(FIXTURES + file);
      assert.equal(read.path, path);
      assert.deepEqual(Object.fromEntries(read.facts), facts);
      const expected = expectedTensors(file);
      assert.deepEqual(new Set(read.weights.keys()), new Set(Object.keys(expected)));
      for (const [name, tensor] of read.weights) {
        const { dtype, shape, data, float32 = data } = expected[name];
        assert.deepEqual({ dtype: tensor.dtype, shape: tensor.shape, data: hex(tensor.data) }, {
          dtype,
          shape,
          data,
        });
        assert.equal(hex(toFloat32(tensor)), float32, name);
      }
    });
  } else {
    Deno.test(`${file} is refused: ${error}`, async () => {
      await assert.rejects(readWeightFile(FIXTURES + file), (thrown: Error) => {
        assert.equal(thrown.name, "BneckError");
        assert.ok(thrown.message.includes(error), thrown.message);
        return true;
      });
    });
  }
}

Deno.test("the averaged weights of a training checkpoint can be asked for", async () => {
  const { weights, path } = await readWeightFile(`${FIXTURES}training.pth`, { key: "model_ema" });
  assert.equal(path, "model_ema");
  assert.deepEqual(new Set(weights.keys()), new Set(Object.keys(expectedTensors("training.pth"))));
  assert.deepEqual([...toFloat32(weights.get("head.bias")!)], [0.75, 0.75]);
});

Deno.test("tensors of an uncompressed checkpoint are views of the file", async () => {
  const bytes = await Deno.readFile(`${FIXTURES}current.pth`);
  for (const { data } of weightsOf(bytes).values()) {
    assert.equal(data.buffer, bytes.buffer);
  }
});

const storage = new Uint8Array(Float32Array.of(1, 2, 3, 4).buffer);
const weight = tensor({ storage: ["FloatStorage", "0", 4], shape: [4], strides: [1] });
const stateDict = dictionary(["w", weight]);

/** A checkpoint in the zip layout around a pickle. */
function checkpoint(
  value: Pickled,
  files: Record<string, Uint8Array> = { "data/0": storage },
  root = "x/",
): Uint8Array {
  const entries = Object.entries(files).map(([name, content]) => ({ name: root + name, content }));
  return writeZip([{ name: `${root}data.pkl`, content: pickle(value) }, ...entries]);
}

/** A checkpoint in the layout before PyTorch 1.6. */
function legacyCheckpoint(
  value: Pickled,
  options: { littleEndian?: boolean; protocol?: number; length?: number } = {},
) {
  const { littleEndian = true, protocol = 1001, length = 4 } = options;
  return Uint8Array.from([
    ...pickle([0x8a, 10, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19]),
    ...pickle(integer(protocol)),
    ...pickle(dictionary(["little_endian", littleEndian ? [0x88] : [0x89]])),
    ...pickle(value),
    ...pickle(list(text("0"))),
    ...new Uint8Array(BigUint64Array.of(BigInt(length)).buffer),
    ...storage,
  ]);
}

const values = (bytes: Uint8Array) => {
  return [...weightsOf(bytes)].map(([name, tensor]) => [name, ...toFloat32(tensor)]);
};
const refused = (bytes: Uint8Array, message: RegExp) =>
  assert.throws(() => weightsOf(bytes), { name: "BneckError", exitStatus: 3, message });

Deno.test("the folder inside the archive may have any name or none", () => {
  for (const root of ["", "archive/", "a/b/"]) {
    assert.deepEqual(values(checkpoint(stateDict, { "data/0": storage }, root)), [["w", 1, 2, 3, 4]]);
  }
});

Deno.test("ordered dictionaries as Python 2 wrote them are read", () => {
  const pairs = list(list(text("w"), weight));
  assert.deepEqual(values(checkpoint(call(global("collections", "OrderedDict"), pairs))), [[
    "w",
    1,
    2,
    3,
    4,
  ]]);
});

Deno.test("views of storages, which old files have, are read", () => {
  const view = (offset: number, length: number) => {
    const id = [text("storage"), global("torch", "FloatStorage"), text("0"), text("cpu"), integer(4)];
    const window = tuple(text("v"), integer(offset), integer(length));
    const rebuilt = [[...tuple(...id, window), 0x51], integer(0), tuple(integer(2)), tuple(integer(1))];
    return dictionary(["w", call(global("torch._utils", "_rebuild_tensor"), ...rebuilt)]);
  };
  assert.deepEqual(values(legacyCheckpoint(view(1, 3))), [["w", 2, 3]]);
  refused(legacyCheckpoint(view(1, 4)), /reaches outside it/);
  refused(legacyCheckpoint(view(3, 1)), /reaches element 1 of a storage of 1/);
});

Deno.test("what runs code when Python loads it is refused by name, even if nothing uses it", () => {
  for (
    const name of [
      "os.system",
      "posix.system",
      "nt.system",
      "subprocess.Popen",
      "builtins.eval",
      "__builtin__.exec",
      "builtins.__import__",
      "torch.load",
      "pickle.loads",
      "importlib.import_module",
    ]
  ) {
    const [, module, member] = name.match(/^(.+)\.(.+)$/)!;
    const extra = dictionary(["w", weight], ["extra", global(module, member)]);
    for (const make of [checkpoint, legacyCheckpoint]) {
      refused(make(extra), new RegExp(`it would run "${name}" when Python loads it`));
    }
  }
});

const settings = global("omegaconf.dictconfig", "DictConfig");

const UNKNOWN_OBJECTS: Readonly<Record<string, Pickled>> = {
  "a class": settings,
  "a call": call(settings, text("x"), list(integer(1))),
  "a call of what a call made": call(call(settings), integer(1)),
  "a new object": [...settings, ...tuple(), 0x81],
  "a new object with keywords": [...settings, ...tuple(), ...dictionary(["a", integer(1)]), 0x92],
  "attributes": [...call(settings), ...dictionary(["_content", integer(1)]), ...BUILD],
  "a kind of list": [...call(settings), ...integer(1), ...APPEND],
  "a kind of dictionary": [...call(settings), ...text("a"), ...integer(1), 0x73],
  "a kind of set": [...call(settings), ...MARK, ...integer(1), 0x90],
  "a property of every object": global("__proto__", "constructor"),
  "an enumeration": call(global("builtins", "getattr"), settings, text("RED")),
};

for (const [what, object] of Object.entries(UNKNOWN_OBJECTS)) {
  Deno.test(`an object of an unknown class is skipped: ${what}`, () => {
    const rebuild = global("torch._utils", "_rebuild_tensor_v2");
    const notTensor = call(rebuild, object, integer(0), tuple(integer(1)), tuple(integer(1)));
    for (const make of [checkpoint, legacyCheckpoint]) {
      const settled = dictionary(["hyper_parameters", object], ["state_dict", stateDict]);
      assert.deepEqual(values(make(settled)), [["w", 1, 2, 3, 4]]);
      for (const other of [object, notTensor]) {
        assert.deepEqual(values(make(dictionary(["w", weight], ["x", other]))), [["w", 1, 2, 3, 4]]);
      }
    }
    refused(checkpoint(dictionary(["x", notTensor])), /no weights in it; it holds "x" \(an object of "torch/);
  });
}

Deno.test("two tensors that would get one name are refused", () => {
  refused(
    checkpoint(dictionary(["_orig_mod.w", weight], ["w", weight])),
    /two of its tensors are named "w" without their prefix/,
  );
});

Deno.test("a kind of dictionary holds weights as a dictionary does", () => {
  const items = [...call(global("easydict", "EasyDict")), ...MARK, ...text("w"), ...weight, 0x75];
  assert.deepEqual(values(checkpoint(items)), [["w", 1, 2, 3, 4]]);
  assert.deepEqual(values(checkpoint(dictionary(["model", items]))), [["w", 1, 2, 3, 4]]);
});

type Entries = readonly (readonly [string, Pickled])[];

/** An `nn.Module` as it is pickled. */
function module(parts: {
  readonly parameters?: Entries;
  readonly buffers?: Entries;
  readonly passing?: readonly Pickled[];
  readonly children?: Entries;
}): Pickled {
  const state = dictionary(
    ["training", [0x88]],
    ["_parameters", dictionary(...parts.parameters ?? [])],
    ["_buffers", dictionary(...parts.buffers ?? [])],
    ["_non_persistent_buffers_set", call(global("__builtin__", "set"), list(...parts.passing ?? []))],
    ["_modules", dictionary(...parts.children ?? [])],
  );
  return [...call(global("my.models", "Net")), ...state, ...BUILD];
}

Deno.test("a whole model gives the tensors of its state dict", () => {
  const inner = module({
    parameters: [["weight", weight], ["bias", NONE]],
    buffers: [["mean", weight], ["grid", weight]],
    passing: [text("grid")],
  });
  const net = module({ children: [["stem", inner], ["none", NONE]], parameters: [["scale", weight]] });
  const expected = ["scale", "stem.weight", "stem.mean"];
  assert.deepEqual([...weightsOf(checkpoint(net)).keys()], expected);
  const { sets } = parseTorchCheckpoint(checkpoint(dictionary(["ema", net], ["model", net])), "x.pth");
  assert.deepEqual(sets.map(({ path, names }) => [path, ...names]), [
    ["model", ...expected],
    ["ema", ...expected],
  ]);
  refused(checkpoint(module({})), /it holds an object of "my\.models\.Net"/);
});

Deno.test("modules that share others a million times over, or lie too deep, are refused at once", () => {
  let shared: Pickled = [...module({ parameters: [["w", weight]] }), ...put(0)];
  for (let level = 0; level < 25; level++) {
    shared = [...module({ children: [["a", shared], ["b", get(level)]] }), ...put(level + 1)];
  }
  refused(checkpoint(shared), /its modules are too many/);
  let deep = module({ parameters: [["w", weight]] });
  for (let level = 0; level < 40; level++) deep = module({ children: [["a", deep]] });
  refused(checkpoint(deep), /its modules are nested more than 32 deep/);
});

Deno.test("tensors of a kind that is not read are refused as such", () => {
  for (const name of ["_utils._rebuild_sparse_tensor", "float8_e4m3fn", "ComplexFloatStorage"]) {
    const [, module, global_] = `torch.${name}`.match(/^(.+)\.(.+)$/)!;
    refused(
      checkpoint(dictionary(["w", weight], ["extra", global(module, global_)])),
      new RegExp(`tensors that are not plain arrays of numbers \\("torch\\.${name}"\\)`),
    );
  }
});

Deno.test("things that training scripts leave are dropped without a trace", () => {
  const namespace = call(global("argparse", "Namespace"));
  const extra = dictionary(["args", namespace], ["state_dict", stateDict], ["epoch", integer(3)], [
    "none",
    NONE,
  ]);
  const { sets, facts } = parseTorchCheckpoint(checkpoint(extra), "x.pth");
  assert.deepEqual(sets.map(({ path, names }) => [path, ...names]), [["state_dict", "w"]]);
  assert.deepEqual([...facts], [["epoch", 3]]);
});

Deno.test("a zip archive that is no checkpoint, or not one that can be read here, is refused", () => {
  refused(writeZip([{ name: "a.npy", content: storage }]), /not a PyTorch checkpoint \(it has 0 data.pkl\)/);
  refused(
    writeZip(["a/data.pkl", "b/data.pkl"].map((name) => ({ name, content: storage }))),
    /it has 2 data.pkl/,
  );
  const big = { "data/0": storage, byteorder: new TextEncoder().encode("big") };
  refused(checkpoint(stateDict, big), /unsupported byte order "big"/);
  refused(checkpoint(stateDict, {}), /no entry "x\/data\/0"/);
});

Deno.test("storages that are not what the pickle says are refused", () => {
  const lie = (type: string, length: number | bigint) =>
    dictionary(["w", tensor({ storage: [type, "0", length], shape: [1], strides: [1] })]);
  for (const length of [3, 5, 2 ** 40]) {
    refused(checkpoint(lie("FloatStorage", length)), /should have \d+ elements of float32 but has 16/);
  }
  refused(checkpoint(lie("DoubleStorage", 4)), /should have 4 elements of float64 but has 16/);
  refused(checkpoint(lie("FloatStorage", -1)), /invalid reference to a tensor storage/);
  refused(checkpoint(lie("FloatStorage", 2n ** 80n)), /invalid reference to a tensor storage/);
  refused(
    checkpoint(dictionary(["w", [...tuple(text("module")), 0x51]])),
    /invalid reference to a tensor storage/,
  );
});

Deno.test("tensors whose description makes no sense are refused", () => {
  const odd = (
    parts: { offset?: number | bigint; shape: (number | bigint)[]; strides: (number | bigint)[] },
  ) => checkpoint(dictionary(["w", tensor({ storage: ["FloatStorage", "0", 4], ...parts })]));
  refused(odd({ shape: [5], strides: [1] }), /tensor "w": it reaches element 4 of a storage of 4/);
  refused(odd({ shape: [2n ** 70n], strides: [1] }), /sizes or strides are invalid/);
  refused(
    odd({ shape: new Array(100).fill(1), strides: new Array(100).fill(1) }),
    /sizes or strides are invalid/,
  );
  refused(odd({ offset: 2n ** 70n, shape: [1], strides: [1] }), /do not match/);
});

Deno.test("a file in the old layout that is not what it says is refused", () => {
  assert.deepEqual(values(legacyCheckpoint(stateDict)), [["w", 1, 2, 3, 4]]);
  refused(legacyCheckpoint(stateDict, { littleEndian: false }), /only little-endian is supported/);
  refused(legacyCheckpoint(stateDict, { protocol: 1002 }), /unknown/);
  refused(legacyCheckpoint(stateDict, { length: 5 }), /truncated/);
  refused(legacyCheckpoint(stateDict, { length: 3 }), /should have 4 elements/);
  refused(legacyCheckpoint(dictionary(["a", integer(1)])), /a storage that no tensor uses/);
  refused(pickle(dictionary(["w", integer(1)])), /not a PyTorch checkpoint/);
});

Deno.test("a checkpoint cut anywhere is refused", async () => {
  for (const file of ["current.pth", "legacy.pth", "deflated.pth"]) {
    const bytes = await Deno.readFile(FIXTURES + file);
    for (let length = 0; length < bytes.length; length++) {
      assert.throws(() => weightsOf(bytes.subarray(0, length)), { name: "BneckError" });
    }
  }
});

Deno.test("a checkpoint with any bit of its tensors flipped is refused", async () => {
  const bytes = await Deno.readFile(`${FIXTURES}current.pth`);
  for (const { data } of weightsOf(bytes).values()) {
    data[0] ^= 16;
    assert.throws(() => weightsOf(bytes), { name: "BneckError", message: /checksum/ });
    data[0] ^= 16;
  }
});
