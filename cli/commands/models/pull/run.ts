/** The code of `bneck models pull`. */
import { cachedPath, downloadOf } from "../../../../models/cache.ts";
import { type Download, download, type Downloaded } from "../../../../models/download.ts";
import { findModel } from "../../../../models/registry.ts";
import { formatBytes } from "../../../console/format.ts";
import type { Context } from "../../../context.ts";

const MEBIBYTE = 2 ** 20;

export default async function pull(
  this: Context,
  { json }: { readonly json: boolean },
  ...names: string[]
): Promise<void> {
  const models = [...new Set(names.map((name) => findModel(name)))];
  const results: (Downloaded & { readonly model: string })[] = [];
  for (const model of models) {
    const file = downloadOf(model);
    if (!file) {
      this.log.info(`${model.name} comes with bneck: nothing to fetch`);
      continue;
    }
    const result = await fetchFile(this, file);
    results.push({ model: model.name, ...result });
    if (!json) {
      this.print(`${model.name}: ${result.path} (${formatBytes(result.bytes)}, SHA-256 ${result.sha256})`);
    }
  }
  if (json) this.printJson(results);
}

async function fetchFile(context: Context, file: Download): Promise<Downloaded> {
  const path = cachedPath(file.fileName, (variable) => context.env(variable));
  const total = file.mebibytes === undefined ? undefined : Math.ceil(file.mebibytes);
  const progress = context.progress({ total, unit: "MiB", label: file.fileName });
  try {
    return await download(file, path, {
      signal: context.signal,
      onProgress: (received) => progress.add(Math.floor(received / MEBIBYTE) - progress.done),
    });
  } finally {
    progress.stop();
  }
}
