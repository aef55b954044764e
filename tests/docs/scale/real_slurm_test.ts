/** `array.sbatch` on a real Slurm: munged, slurmctld and slurmd of the test's own, on this one machine. */
import assert from "node:assert/strict";
import { basename, join } from "node:path";
import { encodeRgbImage } from "../../../core/images/mod.ts";
import { smallSet, writeSmallSet } from "../../cli/commands/eval/coco_set.ts";
import { digests } from "../../soak/pictures.ts";
import { testIf } from "../../support/shared.ts";
import { testImage } from "../../support/test_image.ts";
import { freePort, missingOf, Servers, until } from "./servers.ts";
import { facts, SCALE, sh, WINDOWS, withWhole } from "./support.ts";
import { write } from "../../support/folders.ts";

const MISSING = missingOf(["munged", "slurmctld", "slurmd", "sbatch", "srun", "scancel", "sinfo"]);

/** Starts a cluster of one node; returns the environment of its users. */
async function startSlurm(cwd: string, servers: Servers): Promise<Record<string, string>> {
  const folder = (name: string) => join(cwd, name);
  for (const name of ["state", "spool", "munge", "cgroup"]) await Deno.mkdir(folder(name), { mode: 0o700 });
  await Deno.writeFile(folder("munge/key"), crypto.getRandomValues(new Uint8Array(64)), { mode: 0o600 });
  const socket = folder("munge/socket");
  servers.start("munged", [
    ...["--foreground", "--force", `--key-file=${folder("munge/key")}`, `--socket=${socket}`],
    ...[`--pid-file=${folder("munge/pid")}`, `--log-file=${folder("munge/log")}`],
    `--seed-file=${folder("munge/seed")}`,
  ]);
  const user = (await sh(["id", "-un"], { cwd })).stdout.trim();
  const settings = [
    "ClusterName=test",
    "SlurmctldHost=localhost",
    `SlurmUser=${user}`,
    `SlurmdUser=${user}`,
    "AuthType=auth/munge",
    `AuthInfo=socket=${socket}`,
    "CredType=cred/munge",
    `SlurmctldPort=${freePort()}`,
    `SlurmdPort=${freePort()}`,
    `StateSaveLocation=${folder("state")}`,
    `SlurmdSpoolDir=${folder("spool")}`,
    `SlurmctldPidFile=${folder("slurmctld.pid")}`,
    `SlurmdPidFile=${folder("slurmd.pid")}`,
    `SlurmctldLogFile=${folder("slurmctld.log")}`,
    `SlurmdLogFile=${folder("slurmd.log")}`,
    "ProctrackType=proctrack/pgid",
    "TaskPlugin=task/none",
    "SwitchType=switch/none",
    "MpiDefault=none",
    "JobAcctGatherType=jobacct_gather/none",
    "AccountingStorageType=accounting_storage/none",
    "ReturnToService=2",
    "SchedulerParameters=sched_interval=2,bf_interval=2,batch_sched_delay=1",
    "SelectType=select/cons_tres",
    "SelectTypeParameters=CR_CPU_Memory",
    // The node says that it has what two tasks of the script ask for.
    "SlurmdParameters=config_overrides",
    "NodeName=localhost CPUs=8 RealMemory=4096 State=UNKNOWN",
    "PartitionName=all Nodes=ALL Default=YES MaxTime=INFINITE State=UP",
  ];
  await Deno.writeTextFile(folder("slurm.conf"), settings.join("\n") + "\n");
  const groups = ["CgroupPlugin=cgroup/v1", "CgroupAutomount=no", `CgroupMountpoint=${folder("cgroup")}`];
  await Deno.writeTextFile(folder("cgroup.conf"), groups.join("\n") + "\n");
  const env = { SLURM_CONF: folder("slurm.conf") };
  const exists = (path: string) => () => Deno.stat(path).then(() => true);
  await until(exists(socket));
  servers.start("slurmctld", ["-D", "-f", env.SLURM_CONF], env);
  servers.start("slurmd", ["-D", "-f", env.SLURM_CONF, "-N", "localhost"], env);
  const isIdle = async () =>
    (await sh(["sinfo", "--noheader", "--format=%t"], { cwd, env })).stdout.trim() === "idle";
  const logs = () =>
    ["slurmctld.log", "slurmd.log"].map((name) => {
      try {
        return Deno.readTextFileSync(folder(name));
      } catch {
        return `no ${name}`;
      }
    }).join("\n");
  await until(isIdle, logs);
  return env;
}

/** What the tasks of an array printed, merged as the page says. */
async function merged(cwd: string): Promise<string> {
  const { stdout } = await sh(["sh", "-c", `cat bneck-*.jsonl | grep '}$' | sort -V`], { cwd });
  return stdout;
}

testIf(
  !WINDOWS && MISSING.length === 0,
  `no ${MISSING.join(", ")}`,
  "a real Slurm: arrays, repeated and stopped tasks and merges that wait for them leave what one run leaves",
  (t) =>
    withWhole(["--save", "ids"], async (cwd, printed) => {
      const servers = new Servers();
      try {
        const env = await startSlurm(cwd, servers);
        const sbatch = (...args: string[]) => sh(["sbatch", ...args], { cwd, env });
        const task = ["run", `${cwd}/photos`, "-o", `${cwd}/out`, "--save", "ids", "--skip-existing"];
        const command = [`${SCALE}/array.sbatch`, ...task, "--size", "64", "--jsonl"];
        const whole = digests(join(cwd, "whole"));

        await t.step("an array", async () => {
          const { code, stderr } = await sbatch("--wait", "--array=1-3%2", ...command);
          assert.equal(code, 0, stderr);
          assert.deepEqual(digests(join(cwd, "out")), whole);
          assert.deepEqual(facts(await merged(cwd)), facts(printed));
        });

        await t.step("a task that is repeated", async () => {
          await Deno.remove(join(cwd, "out/0/1.ids.png"));
          const { code, stderr } = await sh(["sbatch", "--wait", "--array=2", ...command], {
            cwd,
            env: { ...env, SHARDS: "3" },
          });
          assert.equal(code, 0, stderr);
          assert.deepEqual(digests(join(cwd, "out")), whole);
        });

        await t.step("a task that gets SIGTERM ends with 130, and its repetition does the rest", async () => {
          const slow = [
            "--array=1-1",
            `${SCALE}/array.sbatch`,
            "segment",
            "-",
            "-o",
            `${cwd}/many`,
            "--save",
            "ids",
          ];
          const photo = [...Deno.readDirSync(join(cwd, "photos/0"))][0].name;
          await Deno.mkdir(join(cwd, "copies"));
          for (let k = 0; k < 400; k++) {
            await Deno.link(join(cwd, "photos/0", photo), join(cwd, `copies/${k}.${basename(photo)}`));
          }
          const many = slow.map((word) => word === "-" ? `${cwd}/copies` : word);
          const { stdout } = await sbatch("--parsable", ...many, "--skip-existing");
          const job = stdout.trim();
          const done = () => {
            try {
              return [...Deno.readDirSync(join(cwd, "many"))].filter(({ name }) => name.endsWith(".ids.png"))
                .length;
            } catch {
              return 0;
            }
          };
          await until(() => Promise.resolve(done() > 2));
          await sh(["scancel", "--signal=TERM", `${job}_1`], { cwd, env });
          await until(async () => (await sh(["squeue", "--noheader"], { cwd, env })).stdout.trim() === "");
          const first = done();
          assert.ok(first < 400, "it was stopped");
          const said = await Deno.readTextFile(join(cwd, `bneck-${job}-1.err`));
          assert.match(said, /stopped: \d+ of 400 images are left; the same command continues with them/);
          const again = await sbatch("--wait", ...many, "--skip-existing");
          assert.equal(again.code, 0, again.stderr);
          assert.equal(done(), 400);
        });

        await t.step("an evaluation, and a merge that waits for it", async () => {
          await writeSmallSet(cwd, 12);
          const picture = await encodeRgbImage(testImage(320, 240), "jpeg");
          for (const { file_name } of smallSet(12).truth.images) {
            await write(`${cwd}/images/${file_name}`, picture);
          }
          const scored = ["eval", "coco", "--annotations", `${cwd}/truth.json`, "--images", `${cwd}/images`];
          const states = ["--save-state", `${cwd}/states/{}.json`];
          const array = await sbatch(
            "--parsable",
            "--array=1-3",
            `${SCALE}/array.sbatch`,
            ...scored,
            ...states,
          );
          const { code, stderr } = await sbatch(
            ...["--wait", `--dependency=afterok:${array.stdout.trim()}`, "--output=scores.txt"],
            `--wrap=bneck eval merge ${cwd}/states/*.json 2> merge.err`,
          );
          assert.equal(code, 0, stderr);
          const one = await sh(["bneck", ...scored], { cwd });
          assert.equal(await Deno.readTextFile(join(cwd, "scores.txt")), one.stdout);
        });
      } finally {
        await servers.stop();
      }
    }),
);
