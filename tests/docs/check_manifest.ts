/**
 * Checks docs/scale/job.yaml against the schemas of Kubernetes itself, which allow no unknown field. By hand, because
 * it installs a Python package of 22 MB:
 *
 *     deno run --allow-run=python3 --allow-read --allow-write --allow-env tests/docs/check_manifest.ts [FOLDER]
 *
 * The package goes to FOLDER, by default one that is removed afterwards.
 */
import { ROOT } from "../support/shared.ts";

const PACKAGE = "kubernetes-validate==1.37.0";
/** From the first in which all that the job uses is stable. */
const VERSIONS = ["1.33", "1.34", "1.35", "1.36", "1.37"];

async function run(program: string, args: readonly string[], env?: Record<string, string>): Promise<void> {
  const { success } = await new Deno.Command(program, { args: [...args], env }).spawn().status;
  if (!success) Deno.exit(1);
}

const folder = Deno.args[0] ?? await Deno.makeTempDir({ prefix: "bneck-kubernetes-" });
try {
  await run("python3", ["-m", "pip", "install", "--quiet", "--target", folder, PACKAGE]);
  for (const version of VERSIONS) {
    const args = ["-m", "kubernetes_validate", "--strict", "-k", version, `${ROOT}docs/scale/job.yaml`];
    await run("python3", args, { PYTHONPATH: folder });
  }
} finally {
  if (Deno.args[0] === undefined) await Deno.remove(folder, { recursive: true });
}
