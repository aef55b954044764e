import { MODELS } from "../../../models/registry.ts";

/** A model by name; completions propose all. */
export const MODEL_ARGUMENT = {
  parse: String,
  proposeCompletions: () => MODELS.flatMap(({ name, aliases }) => [name, ...aliases]),
  placeholder: "MODEL",
  brief: "the name of a model",
};
