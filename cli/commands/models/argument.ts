import { proposeModels } from "../../flags/mod.ts";

/** A model's name; completions list all. */
export const MODEL_ARGUMENT = {
  parse: String,
  proposeCompletions: proposeModels,
  placeholder: "MODEL",
  brief: "the name of a model",
};
