import { cachedPath, type Environment } from "../../../models/cache.ts";
import type { RunnableModel } from "../../../models/entry.ts";
import type { Download } from "../../../models/download.ts";

/** What a model's weights are downloaded as; `undefined` for one that comes with bneck. */
export function downloadOf({ weights }: RunnableModel): Download | undefined {
  return weights.find(({ download }) => download)?.download;
}

/** Where a model's weights are, or would be; `undefined` for one that comes with bneck. */
export function weightsPath(model: RunnableModel, env: Environment): string | undefined {
  const download = downloadOf(model);
  return download && cachedPath(download.fileName, env);
}

/** The size of a file in bytes; `null` when there is none. */
export async function fileSize(path: string): Promise<number | null> {
  const info = await Deno.stat(path).catch(() => null);
  return info?.isFile ? info.size : null;
}
