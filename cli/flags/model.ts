/**
 * `--model`, `--weights`, `--arch`, `--labels`: which model a command runs.
 *
 * @module
 */
import { importLater } from "../../core/import_later.ts";
import type { Task } from "../../models/network.ts";
import type { ModelRequest } from "../../models/open.ts";
import { fileFlag, textFlag } from "./common.ts";

/** The flags that choose a model. */
export interface ModelFlags {
  readonly model?: string;
  readonly weights?: string;
  readonly arch?: string;
  readonly weightsKey?: string;
  readonly labels?: string;
}

const CLASS_NAMES = fileFlag("the names of the classes that the weights were trained for, one per line");

const WEIGHTS_AND_ARCHITECTURE = {
  weights: fileFlag("a file of weights to run instead: PyTorch, safetensors or ONNX"),
  arch: textFlag("the architecture of the weights, where it cannot be recognised", "NAME"),
  weightsKey: textFlag(
    "where in the file the weights are: a key such as state.model, or how names start, such as model_ema",
    "KEY",
  ),
} as const;

/** The flags that say what a file of weights is for. */
export const WEIGHTS_FLAGS = { ...WEIGHTS_AND_ARCHITECTURE, labels: CLASS_NAMES } as const;

/** The same for commands whose `--labels` are the images' ground truth. */
export const SCORED_WEIGHTS_FLAGS = { ...WEIGHTS_AND_ARCHITECTURE, modelLabels: CLASS_NAMES } as const;

/** The names of the models that can do one of `tasks`; without tasks, of all. */
async function modelNames(tasks?: readonly Task[]): Promise<string[]> {
  const { MODELS } = await importLater<typeof import("../../models/registry.ts")>(
    import.meta.resolve("../../models/registry.ts"),
  );
  const able = MODELS.filter((model) =>
    tasks === undefined || tasks.some((task) => model.tasks.includes(task))
  );
  return able.flatMap(({ name, aliases }) => [name, ...aliases]);
}

/** `--model`: a name, or a file. Completions are models that can do one of `tasks`; without tasks, all. */
export function modelFlag(brief: string, tasks?: readonly Task[]) {
  return { ...textFlag(brief, "MODEL|FILE"), proposeCompletions: () => modelNames(tasks) } as const;
}

/** The names of the classes that embedded models have for `tasks`, for completions. */
export async function proposeClasses(tasks: readonly Task[]): Promise<string[]> {
  const { MODELS } = await importLater<typeof import("../../models/registry.ts")>(
    import.meta.resolve("../../models/registry.ts"),
  );
  const embedded = MODELS.filter(({ weights }) => weights.every(({ download }) => download === undefined));
  const names = embedded.flatMap(({ labels }) =>
    tasks.flatMap((task) => labels[task]?.map(({ name }) => name) ?? [])
  );
  return [...new Set(names)];
}

/** `--model` and {@linkcode WEIGHTS_FLAGS}. */
export const MODEL_FLAGS = {
  model: modelFlag("the model to run: its name, or a file that bneck export or bneck adopt wrote"),
  ...WEIGHTS_FLAGS,
} as const;

/** `-m` for {@linkcode MODEL_FLAGS}. */
export const MODEL_ALIASES = { m: "model" } as const;

/** The model that the flags ask for; `standard` when they name none. */
export function modelRequest(
  { model, weights, arch, weightsKey, labels }: ModelFlags,
  standard?: string,
): ModelRequest {
  return {
    model: model ?? (weights === undefined ? standard : undefined),
    weights,
    architecture: arch,
    weightsKey,
    labels,
  };
}

/** The name of a model as an argument; completions list all. */
export const MODEL_ARGUMENT = {
  parse: String,
  proposeCompletions: () => modelNames(),
  placeholder: "MODEL",
  brief: "the name of a model",
};

/** The same of commands that take files of models, too. */
export const MODEL_OR_FILE_ARGUMENT = {
  ...MODEL_ARGUMENT,
  placeholder: "MODEL|FILE",
  brief: "the model: its name, or a file that bneck export, fit, adapt or adopt wrote",
};
