/** Finding the weights among what a training script saved with them. */
import { PickleTuple, type PickleValue } from "./pickle_values.ts";
import { TorchTensor } from "./torch_tensor.ts";
import { quote } from "../files/read_user_file.ts";
import { unreadable } from "./hostile_file.ts";

/** The named tensors of one network. */
export interface StateDict {
  /** Where they were found: dictionary keys joined by dots, empty for the checkpoint itself. */
  readonly path: string;
  readonly tensors: ReadonlyMap<string, TorchTensor>;
  /** Usual keys of the checkpoint that hold weights as well, unless a key was asked for. */
  readonly otherKeys: readonly string[];
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
const MAX_DEPTH = 4;

/**
 * Finds the state dict in a checkpoint: the checkpoint itself, or the value of one of the usual keys (`state_dict`,
 * `model`, `net`, ...), possibly nested; without any of these, the only dictionary of tensors.
 *
 * @param name names the file in errors
 * @param key the only key of the checkpoint to look under, for example `model_ema`
 * @throws {BneckError} if there is none, saying what was found instead; if there are several, with the option
 * `weightsKey` as its hint
 */
export function findStateDict(checkpoint: PickleValue, name: string, key?: string): StateDict {
  if (!(checkpoint instanceof Map)) {
    throw unreadable(name, `it holds ${describe(checkpoint)}, not a dictionary of weights`);
  }
  const seen = new Set<PickleValue>();
  if (key !== undefined) {
    const found = search(checkpoint.get(key) ?? null, [key], seen);
    if (found === undefined) {
      throw unreadable(name, `no weights under ${quote(key)}; it holds ${contents(checkpoint)}`);
    }
    return { ...found, otherKeys: [] };
  }
  const found = search(checkpoint, [], seen) ?? onlyChild(checkpoint, name, seen);
  if (found === undefined) throw unreadable(name, `no weights in it; it holds ${contents(checkpoint)}`);
  // A dictionary seen before is the same one under another key.
  const otherKeys = WRAPPERS.filter((wrapper) => search(checkpoint.get(wrapper) ?? null, [wrapper], seen));
  return { ...found, otherKeys };
}

/**
 * Removes what wrappers add to the names of a state dict: `_orig_mod.` (torch.compile) anywhere, and the prefix `module.`
 * (DataParallel, AveragedModel) if every name has it, along with AveragedModel's counter `n_averaged`.
 *
 * @param name names the file in errors
 * @throws {BneckError} if two tensors would get the same name
 */
export function stripWrappers<T>(tensors: ReadonlyMap<string, T>, name: string): Map<string, T> {
  let entries = [...tensors].map(([key, tensor]) => [key.replaceAll("_orig_mod.", ""), tensor] as const);
  for (;;) {
    const inner = entries.filter(([key]) => key !== "n_averaged");
    if (inner.length === 0 || !inner.every(([key]) => key.startsWith("module."))) break;
    entries = inner.map(([key, tensor]) => [key.slice("module.".length), tensor]);
  }
  const stripped = new Map<string, T>();
  for (const [key, tensor] of entries) {
    if (stripped.has(key)) {
      throw unreadable(name, `two of its tensors are named ${quote(key)} without their prefix`);
    }
    stripped.set(key, tensor);
  }
  return stripped;
}

type Found = Omit<StateDict, "otherKeys">;

/** Depth-first under the usual keys; each dictionary is visited once, so cycles and sharing cost nothing. */
function search(value: PickleValue, path: readonly string[], seen: Set<PickleValue>): Found | undefined {
  if (!(value instanceof Map) || seen.has(value) || path.length > MAX_DEPTH) return undefined;
  seen.add(value);
  for (const wrapper of WRAPPERS) {
    const found = search(value.get(wrapper) ?? null, [...path, wrapper], seen);
    if (found !== undefined) return found;
  }
  const tensors = new Map<string, TorchTensor>();
  for (const [key, item] of value) {
    if (typeof key === "string" && item instanceof TorchTensor) tensors.set(key, item);
  }
  return tensors.size > 0 ? { path: path.join("."), tensors } : undefined;
}

function onlyChild(checkpoint: Map<PickleValue, PickleValue>, name: string, seen: Set<PickleValue>) {
  const found: Found[] = [];
  for (const [key, value] of checkpoint) {
    const child = typeof key === "string" ? search(value, [key], seen) : undefined;
    if (child !== undefined) found.push(child);
  }
  if (found.length > 1) {
    const paths = found.slice(0, 10).map(({ path }) => quote(path)).join(", ");
    throw unreadable(name, `it holds several sets of weights: ${paths}`, undefined, {
      option: "weightsKey",
      advice: "choose one",
    });
  }
  return found.at(0);
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
  return value === null ? "nothing" : "an object";
}
