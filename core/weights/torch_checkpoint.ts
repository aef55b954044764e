/**
 * PyTorch checkpoints as `torch.save` writes them, both the zip archive (since 1.6) and the older file of consecutive
 * pickles (`torch/serialization.py`). Nothing in the file is run, see `torch_globals.ts`.
 */
import { ByteReader } from "./byte_reader.ts";
import { MemoryBudget } from "./hostile_file.ts";
import { unpickle } from "./pickle.ts";
import { type PickleHost, PickleTuple, type PickleValue } from "./pickle_values.ts";
import { findStateDicts, stripWrappers } from "./state_dict.ts";
import { DTYPE_BYTES, type WeightTensor } from "./tensor.ts";
import { findTorchGlobal, StorageClass } from "./torch_globals.ts";
import { readTorchTensor, TorchStorage } from "./torch_tensor.ts";
import { quote } from "../files/read_user_file.ts";
import { unreadable } from "./hostile_file.ts";
import type { WeightSet } from "./weight_sets.ts";
import { openZip } from "./zip_archive.ts";

/** The contents of a checkpoint. */
export interface TorchCheckpoint {
  /** Every dictionary of tensors in it, those under the usual keys first; at least one. */
  readonly sets: readonly WeightSet[];
  /** The plain values beside the weights, for example `arch`, `epoch`, `num_classes`. */
  readonly facts: ReadonlyMap<string, string | number | boolean>;
}

/** A storage as a persistent id names it. */
interface StorageId {
  readonly storage: StorageClass;
  readonly key: string;
  readonly length: number;
  /** Where this storage starts in the stored one, in elements; only old files have such views. */
  readonly viewOffset: number;
  /** The length of the stored one, in elements. */
  readonly storedLength: number;
}

/** The first pickle of a file in the layout before PyTorch 1.6. */
const LEGACY_MAGIC = 0x1950a86a20f9469cfc6cn;
const LEGACY_PROTOCOL = 1001;
const ZIP_MAGIC = 0x04034b50;

/**
 * Reads a PyTorch checkpoint. Contiguous tensors are views of `bytes`, others are made contiguous. Prefixes that wrappers
 * leave (`module.`, `_orig_mod.`) are removed.
 *
 * @param name names the file in errors
 * @throws {BneckError} if the file is damaged, holds tensors that are not plain arrays of numbers, names what runs code, or
 * contains no weights; and when a set is read, if a tensor in it is damaged
 */
export function parseTorchCheckpoint(bytes: Uint8Array, name: string): TorchCheckpoint {
  const budget = new MemoryBudget(bytes.length, name);
  const checkpoint = isZip(bytes) ? readZipLayout(bytes, name, budget) : readLegacyLayout(bytes, name);
  const sets = findStateDicts(checkpoint, name).map(({ path, usual, tensors }) => {
    const stripped = stripWrappers(tensors);
    const read = () => {
      const weights = new Map<string, WeightTensor>();
      for (const [key, tensor] of stripped) {
        if (weights.has(key)) {
          throw unreadable(name, `two of its tensors are named ${quote(key)} without their prefix`);
        }
        weights.set(key, readTorchTensor(tensor, `${name}: tensor ${quote(key)}`, budget));
      }
      return weights;
    };
    return { path, usual, names: stripped.map(([key]) => key), read };
  });
  return { sets, facts: plainValues(checkpoint) };
}

function isZip(bytes: Uint8Array): boolean {
  return bytes.length >= 4 && new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true) === ZIP_MAGIC;
}

function readZipLayout(bytes: Uint8Array, name: string, budget: MemoryBudget): PickleValue {
  const archive = openZip(bytes, name, budget);
  const pickles = [...archive.names].filter((entry) => entry === "data.pkl" || entry.endsWith("/data.pkl"));
  if (pickles.length !== 1) {
    throw unreadable(
      name,
      `it is a zip archive but not a PyTorch checkpoint (it has ${pickles.length} data.pkl)`,
    );
  }
  const root = pickles[0].slice(0, -"data.pkl".length);
  if (archive.has(`${root}constants.pkl`)) {
    throw unreadable(
      name,
      "it is a TorchScript program (torch.jit.save), not a file of weights. Save the weights in Python: " +
        'torch.save(torch.jit.load(FILE).state_dict(), "weights.pth")',
    );
  }
  if (archive.has(`${root}byteorder`)) {
    const order = new TextDecoder().decode(archive.read(`${root}byteorder`));
    if (order !== "little") {
      throw unreadable(name, `unsupported byte order ${quote(order)}: only "little" is supported`);
    }
  }
  const loaded = new Map<string, Uint8Array>();
  const load = (key: string) => {
    let data = loaded.get(key);
    if (data === undefined) loaded.set(key, data = archive.read(`${root}data/${key}`));
    return data;
  };
  return unpickle(new ByteReader(archive.read(pickles[0]), name), storageHost(name, load));
}

function readLegacyLayout(bytes: Uint8Array, name: string): PickleValue {
  const reader = new ByteReader(bytes, name);
  const storages = new Map<string, Uint8Array>();
  const ids = new Map<string, StorageId>();
  const plain = storageHost(name, () => {
    throw unreadable(name, "its header contains a tensor");
  });
  if (bytes[0] !== 0x80 || unpickle(reader, plain) !== LEGACY_MAGIC) {
    throw unreadable(name, "it is not a PyTorch checkpoint (a pickle not written by torch.save?)");
  }
  const protocol = unpickle(reader, plain);
  if (protocol !== LEGACY_PROTOCOL) throw unreadable(name, "unknown version of PyTorch's file layout");
  const system = unpickle(reader, plain);
  if (!(system instanceof Map) || system.get("little_endian") !== true) {
    throw unreadable(name, "unsupported byte order: only little-endian is supported");
  }
  const checkpoint = unpickle(
    reader,
    storageHost(name, (key) => {
      const data = storages.get(key);
      if (data === undefined) throw unreadable(name, `storage ${quote(key)} is missing`);
      return data;
    }, (id) => ids.set(id.key, id)),
  );
  const keys = unpickle(reader, plain);
  if (!Array.isArray(keys)) throw unreadable(name, "the list of storages is missing");
  for (const key of keys) {
    const id = typeof key === "string" ? ids.get(key) : undefined;
    if (id === undefined || typeof key !== "string") {
      throw unreadable(name, "it contains a storage that no tensor uses");
    }
    const length = reader.u64();
    storages.set(key, reader.take(length * DTYPE_BYTES[id.storage.dtype]));
  }
  return checkpoint;
}

/** Resolves what a pickle names, and persistent ids to storages whose bytes are loaded when a tensor is read. */
function storageHost(
  name: string,
  load: (key: string) => Uint8Array,
  onStorage: (id: StorageId) => void = () => {},
): PickleHost {
  return {
    findGlobal: (module, global) => findTorchGlobal(module, global, name),
    findPersistent(value) {
      const id = readStorageId(value, name);
      onStorage(id);
      const { dtype } = id.storage;
      const width = DTYPE_BYTES[dtype];
      return new TorchStorage(dtype, id.length, () => {
        const bytes = load(id.key);
        if (bytes.length !== id.storedLength * width) {
          throw unreadable(
            name,
            `storage ${
              quote(id.key)
            } should have ${id.storedLength} elements of ${dtype} but has ${bytes.length} bytes`,
          );
        }
        return bytes.subarray(id.viewOffset * width, (id.viewOffset + id.length) * width);
      });
    },
  };
}

/** `("storage", class, key, location, length)`, in old files followed by `None` or a view `(key, offset, length)`. */
function readStorageId(value: PickleValue, name: string): StorageId {
  const [kind, storage, key, , storedLength, view = null] = value instanceof PickleTuple ? value.items : [];
  if (
    kind !== "storage" || !(storage instanceof StorageClass) || typeof key !== "string" ||
    !isSize(storedLength)
  ) {
    throw unreadable(name, "invalid reference to a tensor storage");
  }
  if (view === null) return { storage, key, storedLength, viewOffset: 0, length: storedLength };
  const [, viewOffset, length] = view instanceof PickleTuple ? view.items : [];
  if (!isSize(viewOffset) || !isSize(length) || viewOffset + length > storedLength) {
    throw unreadable(name, `a view of storage ${quote(key)} reaches outside it`);
  }
  return { storage, key, storedLength, viewOffset, length };
}

function plainValues(checkpoint: PickleValue): Map<string, string | number | boolean> {
  const values = new Map<string, string | number | boolean>();
  if (!(checkpoint instanceof Map)) return values;
  for (const [key, value] of checkpoint) {
    if (typeof key !== "string") continue;
    if (typeof value === "string" || typeof value === "number" || typeof value === "boolean") {
      values.set(key, value);
    }
  }
  return values;
}

function isSize(value: PickleValue | undefined): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0;
}
