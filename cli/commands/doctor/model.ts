/**
 * Whether the embedded models' weights exist and fit.
 *
 * @module
 */
import { BneckError } from "../../../core/errors.ts";
import { findModel } from "../../../models/registry.ts";
import { DEFAULT_MODEL, STREET_MODEL } from "../predict/flags.ts";

/** The state of an embedded model. */
export type ModelFinding =
  | {
    readonly ok: true;
    readonly name: string;
    readonly tasks: readonly string[];
    readonly milliseconds: number;
  }
  | { readonly ok: false; readonly name: string; readonly error: string };

/** Checks the embedded models, the default first. */
export async function checkModels(): Promise<ModelFinding[]> {
  return [await checkModel(DEFAULT_MODEL), await checkModel(STREET_MODEL)];
}

/** Builds the network of each task and binds its weights. */
async function checkModel(name: string): Promise<ModelFinding> {
  const entry = findModel(name);
  try {
    const start = performance.now();
    for (const task of entry.tasks) await entry.build([task]);
    const milliseconds = performance.now() - start;
    return { ok: true, name: entry.name, tasks: entry.tasks, milliseconds };
  } catch (error) {
    const { message } = error as Error;
    return {
      ok: false,
      name: entry.name,
      error: error instanceof BneckError ? message : message.split("\n")[0],
    };
  }
}
