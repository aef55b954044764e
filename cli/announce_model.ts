/** What every command says of a model before it runs it. */
import type { RunnableModel } from "../models/entry.ts";
import { licenceNotice } from "../models/licence.ts";
import type { Task } from "../models/network.ts";
import type { Context } from "./context.ts";

/** Says what a user should know before tasks of a model run: what is wrong with its weights, and whom their licence excludes. */
export function announceModel(
  { log }: Context,
  model: RunnableModel,
  tasks: readonly Task[] = model.tasks,
): void {
  for (const warning of model.warnings ?? []) log.warn(warning);
  const notice = licenceNotice(model, tasks);
  if (notice) log.info(notice);
}
