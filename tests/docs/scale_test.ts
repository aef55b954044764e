/** The scripts of `docs/scale`, run as their schedulers would run them: all shards together are one run. */
import assert from "node:assert/strict";
import { delimiter, dirname, join } from "node:path";
import { parse } from "yaml";
import { digests, inTemporaryFolder, makePhotos } from "../soak/pictures.ts";
import { ROOT, testIf } from "../support/shared.ts";

const SCALE = `${ROOT}docs/scale`;
const WINDOWS = Deno.build.os === "windows";
const IMAGES = 9;

interface Result {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program with `docs/scale` (and `first`, before all) on the PATH, so that `bneck` is the real one. */
async function sh(
  [program, ...args]: readonly string[],
  { cwd, env, first = [] }: {
    readonly cwd: string;
    readonly env?: Readonly<Record<string, string>>;
    readonly first?: readonly string[];
  },
): Promise<Result> {
  const path = [...first, SCALE, dirname(Deno.execPath()), Deno.env.get("PATH")].join(delimiter);
  const { code, stdout, stderr } = await new Deno.Command(program, {
    args,
    cwd,
    env: { ...env, PATH: path, BNECK_HOME: ROOT },
    stdin: "null",
  }).output();
  const decoder = new TextDecoder();
  return { code, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
}

/** A folder with `photos`, and in `whole` what one run over all of them leaves with the flags `save`. */
function withWhole(
  save: readonly string[],
  body: (cwd: string, printed: string) => Promise<void>,
): Promise<void> {
  return inTemporaryFolder(async (cwd) => {
    await makePhotos(cwd, IMAGES);
    const { code, stdout, stderr } = await sh(
      ["bneck", "run", `${cwd}/photos`, "-o", `${cwd}/whole`, ...save, "--size", "64", "--jsonl"],
      { cwd },
    );
    assert.equal(code, 0, stderr);
    await body(cwd, stdout);
  });
}

/** Lines of `--jsonl` in natural order, without the folder of the files and the times, which no two runs share. */
function facts(lines: string): unknown[] {
  const records: { file: string }[] = lines.trimEnd().split("\n").map((line) => {
    const { file, width, height, objects, classes } = JSON.parse(line);
    return { file, width, height, objects, classes };
  });
  return records.sort((a, b) => a.file.localeCompare(b.file, "en", { numeric: true }));
}

function isThere(program: string): boolean {
  try {
    return new Deno.Command(program, { args: ["--version"], stdout: "null", stderr: "null" }).outputSync()
      .success;
  } catch {
    return false;
  }
}

/** A script of the test's own. */
async function script(path: string, text: string): Promise<void> {
  await Deno.mkdir(dirname(path), { recursive: true });
  await Deno.writeTextFile(path, `#!/bin/sh\n${text}\n`, { mode: 0o755 });
}

/**
 * Instead of going to a machine, its shell is started here, as sshd does with the line it is sent. `shell` is what
 * sshd says of the user's shell.
 */
function sshStandIn(cwd: string, shell = "/bin/sh"): Promise<void> {
  return script(
    join(cwd, "bin/ssh"),
    `echo "$1" >> "$LOG"; shift; [ "$1" = -- ] && shift; SHELL=${shell} exec sh -c "$*"`,
  );
}

testIf(
  !WINDOWS && isThere("parallel"),
  "no GNU parallel",
  "GNU parallel: shards on two machines leave the files, lines and COCO results of one run",
  () =>
    withWhole(["--save", "ids,json,coco", "--score", "0.01"], async (cwd, printed) => {
      await Deno.writeTextFile(join(cwd, "hosts.txt"), "one\ntwo\n");
      await sshStandIn(cwd);
      const { code, stderr } = await sh(
        [
          ...[`${SCALE}/parallel.sh`, "4", "run", `${cwd}/photos`, "-o", `${cwd}/out 1`],
          ...["--save", "ids,json,coco", "--score", "0.01", "--size", "64", "--jsonl"],
        ],
        { cwd, first: [`${cwd}/bin`], env: { HOSTS: "hosts.txt", HOME: cwd, LOG: `${cwd}/ssh.log` } },
      );
      assert.equal(code, 0, stderr);
      const hosts = (await Deno.readTextFile(join(cwd, "ssh.log"))).trim().split("\n");
      assert.deepEqual([...new Set(hosts)].sort(), ["one", "two"]);

      const out = digests(join(cwd, "out 1"));
      const parts = Object.keys(out).filter((name) => name.endsWith(".coco.json"));
      assert.deepEqual(parts, [1, 2, 3, 4].map((shard) => `detections.${shard}-of-4.coco.json`));
      const whole = digests(join(cwd, "whole"));
      for (const name of parts) delete out[name];
      delete whole["detections.coco.json"];
      assert.deepEqual(out, whole);

      const merged = await sh(
        [`${SCALE}/merge_coco.sh`, ...parts.map((name) => `${cwd}/out 1/${name}`)],
        { cwd },
      );
      assert.equal(merged.stdout, await Deno.readTextFile(join(cwd, "whole/detections.coco.json")));
      assert.ok(JSON.parse(merged.stdout).length > 0);

      const lines = [1, 2, 3, 4].map((shard) => Deno.readTextFileSync(join(cwd, `shards/1/${shard}/stdout`)));
      assert.deepEqual(facts(lines.join("")), facts(printed));
    }),
);

testIf(
  !WINDOWS && isThere("parallel"),
  "no GNU parallel",
  "GNU parallel: shards that a machine never began are named, and the status is 1",
  () =>
    inTemporaryFolder(async (cwd) => {
      await Deno.writeTextFile(join(cwd, "hosts.txt"), "one\n");
      await sshStandIn(cwd, `${cwd}/no-shell`);
      const { code, stderr } = await sh([`${SCALE}/parallel.sh`, "2", "segment", `${cwd}/photos`], {
        cwd,
        first: [`${cwd}/bin`],
        env: { HOSTS: "hosts.txt", HOME: cwd, LOG: `${cwd}/ssh.log` },
      });
      assert.equal(code, 1, stderr);
      assert.match(stderr, /^shard 1 did not begin, .+\nshard 2 did not begin, /m);
    }),
);

testIf(
  !WINDOWS && isThere("parallel"),
  "no GNU parallel",
  "GNU parallel: what breaks off is tried again elsewhere, images that fail are not, and the status is 1",
  () =>
    inTemporaryFolder(async (cwd) => {
      await makePhotos(cwd, 4);
      await Deno.remove(join(cwd, "photos/0/2.jpg"));
      await Deno.writeTextFile(join(cwd, "photos/0/2.jpg"), "no picture");
      // Killed the first time, as a machine that goes away.
      await script(
        join(cwd, "bin/bneck"),
        `echo "$@" >> "${cwd}/calls"; mkdir "${cwd}/killed" 2> "${cwd}/known" && kill -9 $$; exec ${SCALE}/bneck "$@"`,
      );
      const { code, stderr } = await sh(
        [
          ...[`${SCALE}/parallel.sh`, "2", "segment", `${cwd}/photos`, "-o", `${cwd}/out`],
          ...["--save", "ids", "--size", "64", "--skip-existing"],
        ],
        { cwd, first: [`${cwd}/bin`], env: { HOME: cwd } },
      );
      assert.equal(code, 1, stderr);
      assert.match(stderr, /^bneck: error: cannot read .*photos\/0\/2\.jpg: not an image/m);
      assert.equal(Object.keys(digests(join(cwd, "out"))).length, 3);
      const calls = (await Deno.readTextFile(join(cwd, "calls"))).trimEnd().split("\n");
      assert.equal(calls.length, 3);
    }),
);

testIf(
  !WINDOWS && isThere("parallel"),
  "no GNU parallel",
  "GNU parallel: shards that break off for good are named with what they said, and their number is the status",
  () =>
    inTemporaryFolder(async (cwd) => {
      await script(join(cwd, "bin/bneck"), 'echo "bneck: error: cannot find the model" >&2; exit 3');
      const { code, stderr } = await sh(
        [`${SCALE}/parallel.sh`, "3", "segment", "photos"],
        { cwd, first: [`${cwd}/bin`], env: { HOME: cwd } },
      );
      assert.equal(code, 3, stderr);
      assert.match(stderr, /^shard 1 broke off: see .+\nbneck: error: cannot find the model$/m);
      assert.match(stderr, /^shard 3 broke off: /m);
    }),
);

Deno.test({
  name: "GNU parallel: without a number of shards or a command the script says how to call it",
  ignore: WINDOWS,
  fn: () =>
    inTemporaryFolder(async (cwd) => {
      for (const args of [[], ["segment", "photos"], ["0", "segment"], ["4"]]) {
        const { code, stderr } = await sh([`${SCALE}/parallel.sh`, ...args], { cwd });
        assert.equal(code, 2);
        assert.match(stderr, /^usage: /);
      }
    }),
});

testIf(
  !WINDOWS && isThere("parallel"),
  "no GNU parallel",
  "GNU parallel: shards of an evaluation, merged, are one evaluation",
  () =>
    inTemporaryFolder(async (cwd) => {
      const photos = await makePhotos(cwd, IMAGES);
      const annotations = photos.map((_, i) => ({
        ...{ id: i + 1, image_id: i, category_id: 1 + i % 3, iscrowd: 0 },
        ...{ bbox: [i, i, 40, 50], area: 2000 },
      }));
      const images = photos.map((path, id) => ({
        id,
        file_name: path.slice("photos/".length),
        width: 64,
        height: 64,
      }));
      const categories = ["person", "bicycle", "car"].map((name, i) => ({ id: i + 1, name }));
      await Deno.writeTextFile(join(cwd, "truth.json"), JSON.stringify({ images, annotations, categories }));
      const command = ["eval", "coco", "--annotations", `${cwd}/truth.json`, "--images", `${cwd}/photos`];
      const sized = [...command, "--size", "64"];
      const whole = await sh(["bneck", ...sized, "--json"], { cwd });
      assert.equal(whole.code, 0, whole.stderr);
      const shards = await sh(
        [`${SCALE}/parallel.sh`, "3", ...sized, "--save-state", `${cwd}/state-{}.json`],
        {
          cwd,
          env: { HOME: cwd },
        },
      );
      assert.equal(shards.code, 0, shards.stderr);
      const states = [1, 2, 3].map((shard) => `${cwd}/state-${shard}.json`);
      const merged = await sh(["bneck", "eval", "merge", ...states, "--json"], { cwd });
      assert.equal(merged.code, 0, merged.stderr);
      assert.deepEqual(JSON.parse(merged.stdout), JSON.parse(whole.stdout));
    }),
);

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
    inTemporaryFolder(async (cwd) => {
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

/** What of a Job the tests look at. */
interface Job {
  readonly apiVersion: string;
  readonly kind: string;
  readonly spec: {
    readonly completionMode: string;
    readonly completions: number;
    readonly parallelism: number;
    readonly backoffLimitPerIndex: number;
    readonly podFailurePolicy: { readonly rules: readonly Rule[] };
    readonly template: { readonly spec: PodSpec };
  };
}

interface Rule {
  readonly action: string;
  readonly onExitCodes?: {
    readonly containerName: string;
    readonly operator: string;
    readonly values: readonly number[];
  };
  readonly onPodConditions?: readonly { readonly type: string; readonly status: string }[];
}

interface PodSpec {
  readonly restartPolicy: string;
  readonly containers: readonly {
    readonly name: string;
    readonly command: readonly string[];
    readonly env: readonly { readonly name: string; readonly value?: string; readonly valueFrom?: unknown }[];
    readonly volumeMounts: readonly { readonly name: string; readonly mountPath: string }[];
  }[];
  readonly volumes: readonly { readonly name: string }[];
}

function readJob(): Job {
  return parse(Deno.readTextFileSync(`${SCALE}/job.yaml`));
}

Deno.test("Kubernetes: the job has as many completions as shards, and each status has its action", () => {
  const { apiVersion, kind, spec } = readJob();
  assert.deepEqual([apiVersion, kind, spec.completionMode], ["batch/v1", "Job", "Indexed"]);
  const pod = spec.template.spec;
  // Without it the API server refuses a podFailurePolicy.
  assert.equal(pod.restartPolicy, "Never");
  // Without it the action FailIndex does not exist.
  assert.ok(spec.backoffLimitPerIndex > 0);
  assert.ok(spec.parallelism <= spec.completions);
  const [container] = pod.containers;
  const value = (name: string) => container.env.find((variable) => variable.name === name)?.value;
  assert.equal(value("SHARDS"), String(spec.completions));
  assert.deepEqual(container.volumeMounts.map(({ name }) => name), pod.volumes.map(({ name }) => name));
  for (const folder of ["INPUT", "OUTPUT", "LINES"]) {
    assert.ok(value(folder)!.startsWith(container.volumeMounts[0].mountPath));
  }

  const [first, ...rules] = spec.podFailurePolicy.rules;
  assert.deepEqual([first.action, first.onPodConditions?.[0].type], ["Ignore", "DisruptionTarget"]);
  const action = (status: number) =>
    rules.find(({ onExitCodes }) => {
      assert.deepEqual([onExitCodes?.containerName, onExitCodes?.operator], [container.name, "In"]);
      return onExitCodes?.values.includes(status);
    })?.action ?? "try again";
  const actions = [1, 2, 3, 70, 130, 137].map(action);
  assert.deepEqual(actions, ["FailIndex", "FailJob", "FailJob", "try again", "try again", "try again"]);
});

Deno.test({
  name:
    "Kubernetes: the containers of all indexes leave what one run leaves, and a second try leaves out what is done",
  ignore: WINDOWS,
  fn: () =>
    inTemporaryFolder(async (cwd) => {
      await makePhotos(cwd, IMAGES);
      const [container] = readJob().spec.template.spec.containers;
      const own: Record<string, string> = {
        ...{ INPUT: `${cwd}/photos`, OUTPUT: `${cwd}/out`, LINES: `${cwd}/lines` },
        ...{ SHARDS: "3", WORKERS: "2" },
      };
      assert.deepEqual(container.env.map(({ name }) => name).sort(), [...Object.keys(own), "POD"].sort());
      const pod = (index: number, name: string) =>
        sh(container.command, { cwd, env: { ...own, JOB_COMPLETION_INDEX: String(index), POD: name } });
      const linesOf = (name: string) => Deno.readTextFileSync(join(cwd, `lines/${name}.jsonl`));
      for (let index = 0; index < 3; index++) {
        const { code, stderr } = await pod(index, `pod-${index}`);
        assert.equal(code, 0, stderr);
      }
      const whole = await sh(
        ["bneck", "segment", `${cwd}/photos`, "-o", `${cwd}/whole`, "--save", "ids", "--jsonl"],
        { cwd },
      );
      assert.equal(whole.code, 0, whole.stderr);
      assert.deepEqual(digests(join(cwd, "out")), digests(join(cwd, "whole")));
      assert.deepEqual(
        facts([0, 1, 2].map((index) => linesOf(`pod-${index}`)).join("")),
        facts(whole.stdout),
      );
      const again = await pod(1, "pod-1-again");
      assert.deepEqual([again.code, linesOf("pod-1-again")], [0, ""]);
      assert.match(again.stderr, /3 skipped/);
    }),
});

Deno.test(
  "no results at all are merged to an empty list",
  { ignore: WINDOWS },
  () =>
    inTemporaryFolder(async (cwd) => {
      for (const part of ["a", "b"]) await Deno.writeTextFile(join(cwd, part), "[]\n");
      const { code, stdout } = await sh([`${SCALE}/merge_coco.sh`, "a", "b"], { cwd });
      assert.deepEqual([code, stdout], [0, "[]\n"]);
    }),
);

Deno.test("docs/scale.md names every file of docs/scale, and no other", async () => {
  const text = await Deno.readTextFile(`${ROOT}docs/scale.md`);
  const named = new Set([...text.matchAll(/docs\/scale\/([\w.]+)/g)].map((match) => match[1]));
  assert.deepEqual([...named].sort(), [...Deno.readDirSync(SCALE)].map(({ name }) => name).sort());
});
