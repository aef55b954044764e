/** Finding the weights among what a training script saved with them. */
import { quote } from "../files/read_user_file.ts";
import { unreadable } from "./hostile_file.ts";
import { OpaqueObject, PickleTuple, type PickleValue } from "./pickle_values.ts";
import { ModuleBudget, moduleTensors } from "./torch_module.ts";
import { TorchTensor } from "./torch_tensor.ts";

/** The named tensors of one dictionary. */
export interface StateDict {
  /** Where they were found: dictionary keys joined by dots, empty for the checkpoint itself. */
  readonly path: string;
  /** Whether they lie under the usual keys. */
  readonly usual: boolean;
  readonly tensors: ReadonlyMap<string, TorchTensor>;
}

/** The keys under which training scripts keep the weights, the plain ones before averages of them. */
const WRAPPERS = [
  "state_dict",
  "model_state_dict",
  "model_state",
  "model",
  "network",
  "net",
  "params",
  "weights",
  "state_dict_ema",
  "model_ema",
  "ema_state_dict",
  "params_ema",
  "ema",
];

/** The maximum number of dictionaries around the weights. */
const MAX_DEPTH = 6;

/**
 * Finds the dictionaries of tensors in a checkpoint: first those under the usual keys (`state_dict`, `model`, `net`, ...),
 * possibly nested, or the checkpoint itself; then all others. A whole model counts as the dictionary of its parameters.
 *
 * @param name names the file in errors
 * @throws {BneckError} if there is none, saying what was found instead
 */
export function findStateDicts(checkpoint: PickleValue, name: string): StateDict[] {
  const budget = new ModuleBudget(name);
  const root = checkpoint instanceof OpaqueObject ? moduleTensors(checkpoint, budget) : undefined;
  if (root?.size) return [{ path: "", usual: true, tensors: root }];
  const dictionary = dictionaryOf(checkpoint);
  if (!dictionary) {
    throw unreadable(name, `it holds ${describe(checkpoint)}, not a dictionary of weights`);
  }
  const found = [...search(checkpoint, [], true, new Set(), budget)];
  if (found.length === 0) throw unreadable(name, `no weights in it; it holds ${contents(dictionary)}`);
  return [...found.filter(({ usual }) => usual), ...found.filter(({ usual }) => !usual)];
}

/**
 * Removes what wrappers add to the names of a state dict: `_orig_mod.` (torch.compile) anywhere, and the prefix `module.`
 * (DataParallel, AveragedModel) if every name has it, along with AveragedModel's counter `n_averaged`. Two tensors may get
 * the same name.
 */
export function stripWrappers<T>(tensors: ReadonlyMap<string, T>): (readonly [name: string, tensor: T])[] {
  let entries = [...tensors].map(([key, tensor]) => [key.replaceAll("_orig_mod.", ""), tensor] as const);
  for (;;) {
    const inner = entries.filter(([key]) => key !== "n_averaged");
    if (inner.length === 0 || !inner.every(([key]) => key.startsWith("module."))) return entries;
    entries = inner.map(([key, tensor]) => [key.slice("module.".length), tensor]);
  }
}

/** Depth-first, the usual keys before others; each dictionary is visited once, so cycles and sharing cost nothing. */
function* search(
  value: PickleValue | undefined,
  path: readonly string[],
  usual: boolean,
  seen: Set<PickleValue>,
  budget: ModuleBudget,
): Generator<StateDict> {
  if (value === undefined || seen.has(value) || path.length > MAX_DEPTH) return;
  const dictionary = dictionaryOf(value);
  if (!dictionary && !(value instanceof OpaqueObject)) return;
  seen.add(value);
  const place = { path: path.join("."), usual };
  const parameters = value instanceof OpaqueObject ? moduleTensors(value, budget) : undefined;
  if (parameters?.size) yield { ...place, tensors: parameters };
  if (!dictionary) return;
  for (const wrapper of WRAPPERS) {
    yield* search(dictionary.get(wrapper), [...path, wrapper], usual, seen, budget);
  }
  const tensors = new Map<string, TorchTensor>();
  for (const [key, item] of dictionary) {
    if (typeof key === "string" && item instanceof TorchTensor) tensors.set(key, item);
  }
  if (tensors.size > 0) yield { ...place, tensors };
  for (const [key, item] of dictionary) {
    if (typeof key === "string") yield* search(item, [...path, key], false, seen, budget);
  }
}

/** A dictionary, or what is a kind of dictionary. */
function dictionaryOf(value: PickleValue): ReadonlyMap<PickleValue, PickleValue> | undefined {
  if (value instanceof Map) return value;
  return value instanceof OpaqueObject && value.items.size > 0 ? value.items : undefined;
}

function contents(dictionary: ReadonlyMap<PickleValue, PickleValue>): string {
  if (dictionary.size === 0) return "nothing";
  const keys = [...dictionary].slice(0, 10).map(([key, value]) => `${quote(key)} (${describe(value)})`);
  return keys.join(", ") + (dictionary.size > 10 ? " and more" : "");
}

function describe(value: PickleValue | undefined): string {
  if (value instanceof TorchTensor) return "a tensor";
  if (value instanceof Map) return "a dictionary";
  if (Array.isArray(value)) return "a list";
  if (value instanceof PickleTuple) return "a tuple";
  if (typeof value === "number" || typeof value === "bigint") return "a number";
  if (typeof value === "string") return "text";
  if (value instanceof OpaqueObject) return `an object of ${quote(value.className)}`;
  return value === null ? "nothing" : "an object";
}
