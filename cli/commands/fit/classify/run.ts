/** The code of `bneck fit classify`. */
import { inspectFolders, readClassFolders, type ValidationSource } from "../../../../models/fit/mod.ts";
import { readNetworkFile } from "../../../../models/networks/network_file.ts";
import type { Context } from "../../../context.ts";
import type { FitFlags } from "../flags.ts";
import { checkOutputs, inspecting, runFitCommand, validationOf } from "../run_fit.ts";

interface Flags extends FitFlags {
  readonly images: string;
  readonly network?: string;
}

export default async function fitClassify(this: Context, flags: Flags): Promise<void> {
  await checkOutputs(flags);
  const network = flags.network === undefined ? undefined : (await readNetworkFile(flags.network)).table;
  const { names, images } = await readClassFolders(flags.images);
  const val = validationOf(flags.val);
  const validation: ValidationSource = "share" in val
    ? val
    : { images: (await readClassFolders(val.folder, names)).images };
  const data = await inspecting(this, flags, (options) => inspectFolders(images, validation, names, options));
  const sources = [flags.images, ..."folder" in val ? [val.folder] : []];
  await runFitCommand(this, flags, { task: "classify", data, sources, network });
}
