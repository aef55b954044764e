import { usageError } from "../../../../core/errors.ts";
import { cacheFolder } from "../../../../models/cache.ts";
import { findModel } from "../../../../models/registry.ts";
import type { Context } from "../../../context.ts";
import { weightsPath } from "../weights_path.ts";

/** The code of `bneck models path`. */
export default function path(this: Context, _flags: Record<never, never>, name?: string): void {
  if (name === undefined) {
    const folder = cacheFolder((variable) => this.env(variable));
    if (folder === null) {
      throw usageError("no folder for downloaded weights is known: set BNECK_CACHE to one");
    }
    return this.print(folder.path);
  }
  const model = findModel(name);
  const found = weightsPath(model, (variable) => this.env(variable));
  if (found === undefined) throw usageError(`${model.name} comes with bneck: it has no file of its own`);
  this.print(found);
}
