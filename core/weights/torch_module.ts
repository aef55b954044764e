/** A whole model that was saved instead of its weights: the tensors that its `state_dict()` would hold. */
import { unreadable } from "./hostile_file.ts";
import { OpaqueObject, type PickleValue } from "./pickle_values.ts";
import { TorchTensor } from "./torch_tensor.ts";

/** Modules may contain each other, and share others. */
const MAX_DEPTH = 32;

/** How many modules and tensors of a file are visited, wherever they lie and however often they are shared. */
export class ModuleBudget {
  #left = 2 ** 18;

  constructor(readonly file: string) {}

  /** @throws {BneckError} when there are too many */
  spend(): void {
    if (--this.#left < 0) throw unreadable(this.file, "its modules are too many");
  }
}

/**
 * The parameters and buffers of an `nn.Module` by name, as `torch/nn/modules/module.py` `state_dict` collects them from the
 * module's attributes; `undefined` if the object is not a module.
 *
 * @throws {BneckError} if its modules are nested too deeply, or are too many
 */
export function moduleTensors(
  object: OpaqueObject,
  budget: ModuleBudget,
): Map<string, TorchTensor> | undefined {
  if (!attributesOf(object)) return undefined;
  const tensors = new Map<string, TorchTensor>();
  const collect = (module: PickleValue, prefix: string, depth: number) => {
    const attributes = attributesOf(module);
    if (!attributes) return;
    if (depth > MAX_DEPTH) {
      throw unreadable(budget.file, `its modules are nested more than ${MAX_DEPTH} deep`);
    }
    budget.spend();
    const { parameters, buffers, passing, children } = attributes;
    for (const [key, value] of [...parameters, ...buffers]) {
      if (typeof key === "string" && value instanceof TorchTensor && !passing.has(key)) {
        budget.spend();
        tensors.set(prefix + key, value);
      }
    }
    for (const [key, child] of children) {
      if (typeof key === "string") collect(child, `${prefix}${key}.`, depth + 1);
    }
  };
  collect(object, "", 0);
  return tensors;
}

type Attribute = ReadonlyMap<PickleValue, PickleValue>;

function attributesOf(value: PickleValue):
  | {
    readonly parameters: Attribute;
    readonly buffers: Attribute;
    /** The names of buffers that are not saved. */
    readonly passing: ReadonlySet<PickleValue>;
    readonly children: Attribute;
  }
  | undefined {
  if (!(value instanceof OpaqueObject && value.state instanceof Map)) return undefined;
  const parameters = value.state.get("_parameters");
  const buffers = value.state.get("_buffers");
  const children = value.state.get("_modules");
  const passing = value.state.get("_non_persistent_buffers_set");
  if (!(parameters instanceof Map && buffers instanceof Map && children instanceof Map)) return undefined;
  return { parameters, buffers, children, passing: passing instanceof Set ? passing : new Set() };
}
