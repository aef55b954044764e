/** Shards as the tasks of a Slurm array: all together are one run. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { digests } from "../../soak/pictures.ts";
import { facts, SCALE, script, sh, WINDOWS, withWhole } from "./support.ts";
import { inFolder } from "../../support/folders.ts";

Deno.test({
  name: "Slurm: the tasks of an array leave what one run leaves, also when some are repeated",
  ignore: WINDOWS,
  fn: () =>
    withWhole(["--save", "ids"], async (cwd, printed) => {
      await script(join(cwd, "bin/srun"), 'exec "$@"');
      const task = (shard: number, env: Readonly<Record<string, string>>) =>
        sh(
          [
            ...[`${SCALE}/array.sbatch`, "run", `${cwd}/photos`, "-o", `${cwd}/out`],
            ...["--save", "ids", "--skip-existing", "--size", "64", "--jsonl"],
          ],
          {
            cwd,
            first: [`${cwd}/bin`],
            env: { SLURM_ARRAY_TASK_ID: String(shard), SLURM_CPUS_PER_TASK: "2", ...env },
          },
        );
      let lines = "";
      for (let shard = 1; shard <= 3; shard++) {
        const { code, stdout, stderr } = await task(shard, { SLURM_ARRAY_TASK_COUNT: "3" });
        assert.equal(code, 0, stderr);
        lines += stdout;
      }
      assert.deepEqual(digests(join(cwd, "out")), digests(join(cwd, "whole")));
      assert.deepEqual(facts(lines), facts(printed));
      // sbatch --array=2: one task, and still the second of three shards.
      await Deno.remove(join(cwd, "out/0/1.ids.png"));
      const again = await task(2, { SLURM_ARRAY_TASK_COUNT: "1", SHARDS: "3" });
      assert.equal(again.stdout.trimEnd().split("\n").length, 1);
      assert.deepEqual(digests(join(cwd, "out")), digests(join(cwd, "whole")));
    }),
});

Deno.test({
  name: "Slurm: {} in the command is the number of the shard",
  ignore: WINDOWS,
  fn: () =>
    inFolder(async (cwd) => {
      await script(join(cwd, "bin/srun"), 'printf "%s\\n" "$@"');
      const { stdout } = await sh(
        [`${SCALE}/array.sbatch`, "eval", "coco", "--images", "a b", "--save-state", "state/{}.json"],
        {
          cwd,
          first: [`${cwd}/bin`],
          env: { SLURM_ARRAY_TASK_ID: "5", SLURM_ARRAY_TASK_COUNT: "8", SLURM_CPUS_PER_TASK: "4" },
        },
      );
      assert.deepEqual(stdout.trimEnd().split("\n"), [
        ...["bneck", "eval", "coco", "--images", "a b", "--save-state", "state/5.json"],
        ...["--shard", "5/8", "-j", "4"],
      ]);
    }),
});
