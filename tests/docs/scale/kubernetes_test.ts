/** Shards as the pods of a Kubernetes job: all together are one run. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { parse } from "yaml";
import { digests, makePhotos } from "../../soak/pictures.ts";
import { facts, IMAGES, SCALE, sh, WINDOWS } from "./support.ts";
import { inFolder } from "../../support/folders.ts";

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
    inFolder(async (cwd) => {
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
