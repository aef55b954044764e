/** A model by name; completions propose all. */
export const MODEL_ARGUMENT = {
  parse: String,
  async proposeCompletions(): Promise<string[]> {
    const { MODELS } = await import("../../../models/registry.ts");
    return MODELS.flatMap(({ name, aliases }) => [name, ...aliases]);
  },
  placeholder: "MODEL",
  brief: "the name of a model",
};
