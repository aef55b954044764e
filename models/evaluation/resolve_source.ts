import { usageError } from "../../core/errors.ts";
import type { RunnableModel } from "../entry.ts";
import { type ModelRequest, resolveModel } from "../open.ts";
import { MODELS } from "../registry.ts";

/**
 * A model, and the request by which workers find it again.
 *
 * @throws {BneckError} There is no such model, or it is not in the registry.
 */
export async function resolveSource(
  source: RunnableModel | ModelRequest,
): Promise<{ readonly entry: RunnableModel; readonly request: ModelRequest }> {
  if (!("build" in source)) return { entry: await resolveModel(source), request: source };
  if (MODELS.some(({ name }) => name === source.name)) {
    return { entry: source, request: { model: source.name } };
  }
  throw usageError(
    `${source.name} is not in the registry, so workers cannot find it: pass the request that it was resolved from`,
  );
}
