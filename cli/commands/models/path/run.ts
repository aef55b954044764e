import { usageError } from "../../../../core/errors.ts";
import { cacheFolder, weightsPath } from "../../../../models/cache.ts";
import { findModel } from "../../../../models/registry.ts";
import { printable } from "../../../console/output.ts";
import type { Context } from "../../../context.ts";

/** The code of `bneck models path`. */
export default function path(this: Context, { json }: { readonly json: boolean }, name?: string): void {
  const path = pathOf(this, name);
  if (json) this.printJson({ path });
  else this.print(printable(path));
}

function pathOf(context: Context, name: string | undefined): string {
  if (name === undefined) {
    const folder = cacheFolder((variable) => context.env(variable));
    if (folder === null) {
      throw usageError("the folder for downloaded weights is unknown: set BNECK_CACHE to one");
    }
    return folder.path;
  }
  const model = findModel(name);
  const found = weightsPath(model, (variable) => context.env(variable));
  if (found === undefined) throw usageError(`${model.name} comes with bneck: it has no file of its own`);
  return found;
}
