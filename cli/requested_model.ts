/** The model that a command is asked for, and what is said of it before it runs. */
import { importLater } from "../core/import_later.ts";
import type { RunnableModel } from "../models/entry.ts";
import { licenceNotice } from "../models/licence.ts";
import type { Task } from "../models/network.ts";
import type { ModelRequest } from "../models/open.ts";
import type { Context } from "./context.ts";
import { checkNames } from "./flags/list.ts";

/**
 * Finds a model and says what is to be known of it.
 *
 * @param heads the tasks that `--heads` names, all of the model's if it is left out
 * @throws {BneckError} There is no such model, it cannot be used, or it lacks one of the heads.
 */
export async function requestedModel(
  context: Context,
  request: ModelRequest,
  heads?: readonly string[],
): Promise<{ readonly model: RunnableModel; readonly tasks: readonly Task[] }> {
  // Evaluations of files import this and need none of it.
  const { resolveModel } = await importLater<typeof import("../models/open.ts")>(
    import.meta.resolve("../models/open.ts"),
  );
  const model = await resolveModel(request);
  if (heads) checkNames("--heads", heads, model.tasks);
  const tasks = (heads as readonly Task[] | undefined) ?? model.tasks;
  announceModel(context, model, tasks);
  return { model, tasks };
}

/** Says what is wrong with the weights of a model, and whom the licence of those that the tasks need excludes. */
export function announceModel({ log }: Context, model: RunnableModel, tasks: readonly Task[]): void {
  for (const warning of model.warnings ?? []) log.warn(warning);
  const notice = licenceNotice(model, tasks);
  if (notice) log.info(notice);
}
