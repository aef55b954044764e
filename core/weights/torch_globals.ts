/**
 * The classes and functions that make tensors, and their replacements here. Objects of any other class, such as the
 * settings of the training script, are kept as plain data; nothing is ever imported or run.
 */
import { type DType, MAX_RANK } from "./tensor.ts";
import { OpaqueObject, PickleGlobal, PickleTuple, type PickleValue } from "./pickle_values.ts";
import { TorchStorage, TorchTensor } from "./torch_tensor.ts";
import { quote } from "../files/read_user_file.ts";
import { unreadable } from "./hostile_file.ts";

/** A class of storages, `torch.FloatStorage` and so on. */
export class StorageClass extends PickleGlobal {
  constructor(name: string, readonly dtype: DType) {
    super(name);
  }
}

/** An element type, `torch.float32` and so on. */
class TorchDType extends PickleGlobal {
  constructor(name: string, readonly dtype: DType) {
    super(name);
  }
}

const STORAGES: Readonly<Record<string, DType>> = {
  DoubleStorage: "float64",
  FloatStorage: "float32",
  HalfStorage: "float16",
  BFloat16Storage: "bfloat16",
  LongStorage: "int64",
  IntStorage: "int32",
  ShortStorage: "int16",
  CharStorage: "int8",
  ByteStorage: "uint8",
  BoolStorage: "bool",
};

const DTYPES: readonly DType[] = [
  "float64",
  "float32",
  "float16",
  "bfloat16",
  "int64",
  "int32",
  "int16",
  "int8",
  "uint64",
  "uint32",
  "uint16",
  "uint8",
  "bool",
];

/**
 * What runs commands or code when Python loads the pickle. Nothing is run here, but nobody should trust the rest of a file
 * that names one of these.
 */
const ATTACKS =
  /^(os|posix|nt|sys|subprocess|pty|runpy|importlib|socket|shutil|ctypes|webbrowser|commands)\.|^(builtins|__builtin__)\.(eval|exec|execfile|compile|open|input|__import__|breakpoint)$|^torch\.(load|hub\.|jit\.load)|^(pickle|_pickle|marshal)\.loads?$/;

/** What only tensors of a quantized network need. */
const QUANTISED = /^torch\.(_utils\._rebuild_qtensor|quint\w+|qint\w+|per_(tensor|channel)_\w+)$/;

/** What only tensors need that are not plain arrays of numbers, or whose element type is not supported. */
const UNSUPPORTED =
  /^torch\.(_utils\._rebuild_(sparse|meta|nested|device)\w+|float[48]_\w+|Complex\w+Storage|complex\d+)$/;

const GLOBALS = new Map<string, PickleGlobal>();

function allow(name: string, call?: (args: readonly PickleValue[]) => PickleValue): void {
  GLOBALS.set(name, new PickleGlobal(name, call));
}

allow("collections.OrderedDict", orderedDict);
allow("torch.Size", ([sizes]) => sizes instanceof PickleTuple ? sizes : new OpaqueObject("torch.Tensor"));
allow("builtins.set", toSet);
allow("__builtin__.set", toSet);
allow("torch.Tensor");
allow("torch.nn.parameter.Parameter");
allow("torch.nn.parameter.Buffer");
allow("torch._utils._rebuild_tensor", rebuildTensor);
allow("torch._utils._rebuild_tensor_v2", rebuildTensor);
allow("torch._utils._rebuild_tensor_v3", rebuildTensorOfType);
allow("torch._utils._rebuild_parameter", ([data]) => data ?? new OpaqueObject("torch.Tensor"));
allow("torch._utils._rebuild_parameter_with_state", ([data]) => data ?? new OpaqueObject("torch.Tensor"));
allow("torch._tensor._rebuild_from_type_v2", rebuildFromType);
for (const [name, dtype] of Object.entries(STORAGES)) {
  for (const module of ["torch", "torch.cuda"]) {
    GLOBALS.set(`${module}.${name}`, new StorageClass(`${module}.${name}`, dtype));
  }
}
GLOBALS.set("torch.storage.UntypedStorage", new StorageClass("torch.storage.UntypedStorage", "uint8"));
for (const dtype of DTYPES) GLOBALS.set(`torch.${dtype}`, new TorchDType(`torch.${dtype}`, dtype));

/**
 * The replacement of the Python object `module.name`.
 *
 * @param file names the checkpoint in the error
 * @throws {BneckError} naming the object, if it makes tensors that cannot be read, or runs code
 */
export function findTorchGlobal(module: string, name: string, file: string): PickleGlobal {
  const fullName = `${module}.${name}`;
  const found = GLOBALS.get(fullName);
  if (found !== undefined) return found;
  if (QUANTISED.test(fullName)) {
    throw unreadable(
      file,
      "it contains a quantized network: use the floating-point weights that it was made from",
    );
  }
  if (UNSUPPORTED.test(fullName)) {
    throw unreadable(
      file,
      `it contains tensors that are not plain arrays of numbers (${quote(fullName)}). Convert them in ` +
        'Python: torch.save({k: v.to_dense().float() for k, v in weights.items()}, "weights.pth")',
    );
  }
  if (ATTACKS.test(fullName)) {
    throw unreadable(
      file,
      `it would run ${quote(fullName)} when Python loads it, as malicious files do (nothing was run here)`,
    );
  }
  return new PickleGlobal(fullName, () => new OpaqueObject(fullName));
}

/** Empty (the items follow), or from a list of `[key, value]`, as Python 2 wrote it. */
function orderedDict([items]: readonly PickleValue[]): PickleValue {
  const dictionary = new Map<PickleValue, PickleValue>();
  if (!Array.isArray(items)) return dictionary;
  for (const item of items) {
    const [key, value] = item instanceof PickleTuple ? item.items : Array.isArray(item) ? item : [];
    if (key !== undefined && value !== undefined) dictionary.set(key, value);
  }
  return dictionary;
}

function toSet([items]: readonly PickleValue[]): PickleValue {
  return new Set(Array.isArray(items) ? items : []);
}

/** `torch/_utils.py` `_rebuild_tensor_v2(storage, storage_offset, size, stride, requires_grad, hooks)`. */
function rebuildTensor([storage, offset, shape, strides]: readonly PickleValue[]): PickleValue {
  if (!(storage instanceof TorchStorage)) return new OpaqueObject("torch.Tensor");
  return new TorchTensor(storage, storage.dtype, toNumber(offset), toNumbers(shape), toNumbers(strides));
}

/** `torch/_utils.py` `_rebuild_tensor_v3`: as v2 with the element type as seventh argument. */
function rebuildTensorOfType(args: readonly PickleValue[]): PickleValue {
  const [storage, offset, shape, strides, , , type] = args;
  if (!(storage instanceof TorchStorage) || !(type instanceof TorchDType)) {
    return new OpaqueObject("torch.Tensor");
  }
  return new TorchTensor(storage, type.dtype, toNumber(offset), toNumbers(shape), toNumbers(strides));
}

/** `torch/_tensor.py` `_rebuild_from_type_v2(function, type, args, state)`: a tensor of a subclass or with attributes. */
function rebuildFromType([build, , args]: readonly PickleValue[]): PickleValue {
  const callable = build instanceof PickleGlobal && build.call !== rebuildFromType ? build.call : undefined;
  if (callable === undefined || !(args instanceof PickleTuple)) return new OpaqueObject("torch.Tensor");
  return callable(args.items);
}

function toNumber(value: PickleValue): number {
  return typeof value === "number" ? value : NaN;
}

/** Sizes or strides; invalid ones (or far too many to copy) become `[NaN]`, which no tensor accepts. */
function toNumbers(value: PickleValue): number[] {
  return value instanceof PickleTuple && value.items.length <= MAX_RANK ? value.items.map(toNumber) : [NaN];
}
