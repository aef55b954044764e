/** Pickles that are well formed and mean something odd. */
import fc from "fast-check";
import * as write from "./pickle_writer.ts";

const anyNumber = fc.oneof(
  { weight: 6, arbitrary: fc.nat(6) },
  fc.integer(),
  fc.bigInt({ min: -(2n ** 80n), max: 2n ** 80n }),
);

/** A tensor in a storage of 4 float32, or one that claims to be. */
const anyPickledTensor = fc.record({
  storage: fc.tuple(
    fc.constantFrom(
      "FloatStorage",
      "FloatStorage",
      "FloatStorage",
      "LongStorage",
      "BoolStorage",
      "OsStorage",
    ),
    fc.constantFrom("0", "0", "0", "1"),
    fc.oneof({ weight: 4, arbitrary: fc.constant(4) }, anyNumber),
  ),
  offset: fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, anyNumber),
  axes: fc.array(fc.tuple(anyNumber, anyNumber), { maxLength: 4 }),
}).map(({ storage, offset, axes }) =>
  write.tensor({
    storage,
    offset,
    shape: axes.map(([size]) => size),
    strides: axes.map(([, stride]) => stride),
  })
);

const WELL_KNOWN: readonly (readonly [string, string])[] = [
  ["collections", "OrderedDict"],
  ["collections", "defaultdict"],
  ["argparse", "Namespace"],
  ["torch", "Size"],
  ["torch", "FloatStorage"],
  ["torch", "float16"],
  ["torch._utils", "_rebuild_tensor_v2"],
  ["torch._utils", "_rebuild_tensor_v3"],
  ["torch._utils", "_rebuild_parameter"],
  ["torch._tensor", "_rebuild_from_type_v2"],
  ["builtins", "list"],
  ["os", "system"],
];

/** An instruction that makes sense somewhere, though perhaps not here. */
const anyInstruction: fc.Arbitrary<write.Pickled> = fc.oneof(
  { weight: 6, arbitrary: anyPickledTensor },
  anyNumber.map(write.integer),
  fc.constantFrom("w", "state_dict", "model", "module.w", "storage", "0").map(write.text),
  fc.constantFrom(...WELL_KNOWN).map(([module, name]) => write.global(module, name)),
  fc.nat(3).map(write.put),
  fc.nat(3).map(write.get),
  {
    weight: 12,
    arbitrary: fc.constantFrom(..."(0125)te]ad}suRQbN\x81\x85\x86\x87\x88\x8f\x90\x91\x93\x94").map((
      op,
    ) => [op.charCodeAt(0)]),
  },
  fc.uint8Array({ maxLength: 6 }).map((bytes) => [...bytes]),
);

const anyDeepPickle = fc.tuple(
  fc.integer({ min: 1, max: 5000 }),
  fc.constantFrom(0x28, 0x5d, 0x7d, 0x29, 0x8f),
).chain(
  ([depth, opener]) =>
    fc.constantFrom(0x61, 0x65, 0x74, 0x75, 0x73, 0x85, 0x52).map((closer) => [
      ...new Array<number>(depth).fill(opener),
      ...new Array<number>(depth).fill(closer),
    ]),
);

/** A dictionary that contains itself under the keys where weights are looked for. */
const anyCycle = fc.array(fc.constantFrom("model", "state_dict", "net", "other"), {
  minLength: 1,
  maxLength: 4,
}).map(
  (
    keys,
  ) => [
    ...write.EMPTY_DICT,
    ...write.put(0),
    ...keys.flatMap((key) => [...write.text(key), ...write.get(0), 0x73]),
  ],
);

export const anyProgram = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.array(fc.tuple(fc.constantFrom("a", "b", "module.a"), anyPickledTensor), { maxLength: 3 })
      .map((entries) => write.dictionary(...entries)),
  },
  { weight: 4, arbitrary: fc.array(anyInstruction, { maxLength: 30 }).map((parts) => parts.flat()) },
  anyDeepPickle,
  anyCycle,
).map((program) => write.pickle(program));
