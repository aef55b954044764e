/**
 * Whether the embedded model's weights exist and fit.
 *
 * @module
 */
import { BneckError } from "../../../core/errors.ts";
import { findModel } from "../../../models/registry.ts";
import { DEFAULT_MODEL } from "../predict/flags.ts";

/** The state of the embedded model. */
export type ModelFinding =
  | {
    readonly ok: true;
    readonly name: string;
    readonly tasks: readonly string[];
    readonly milliseconds: number;
  }
  | { readonly ok: false; readonly name: string; readonly error: string };

/** Builds the network of each task and binds its weights. */
export async function checkModel(): Promise<ModelFinding> {
  const entry = findModel(DEFAULT_MODEL);
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
