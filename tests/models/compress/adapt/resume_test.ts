import assert from "node:assert/strict";
import { join } from "node:path";
import { encodeRgbImage } from "../../../../core/images/mod.ts";
import {
  type Candidate,
  channelsOf,
  originalCandidate,
} from "../../../../models/compress/adapt/candidate.ts";
import type { NetworkLatency } from "../../../../models/compress/adapt/latency.ts";
import { type Adapted, type AdaptPlan, planAdapt, runAdapt } from "../../../../models/compress/adapt/mod.ts";
import { inFolder } from "../../../support/folders.ts";
import { testImage } from "../../../support/test_image.ts";
import { smallNetwork } from "./small_network.ts";

/**
 * Half a microsecond for each channel of each group; the machine is slower by a factor. What is measured is less than what
 * is predicted, the more so the narrower the network.
 */
function latencyOf(original: Candidate, slower: number): NetworkLatency {
  const predict = (channels: ReadonlyMap<string, number>) =>
    [...channels.values()].reduce((sum, count) => sum + slower * count / 2000, 0);
  const whole = predict(channelsOf(original));
  return {
    machine: "a table",
    original: whole,
    predict,
    measure: (candidate) =>
      Promise.resolve({
        original: whole,
        candidate: whole * (predict(channelsOf(candidate)) / whole) ** 1.3,
      }),
  };
}

interface Run {
  readonly slower?: number;
  /** The step after which it is interrupted. */
  readonly interruptAfter?: number;
}

function adapted(
  plan: AdaptPlan,
  folder: string,
  { slower = 1, interruptAfter }: Run = {},
): Promise<Adapted> {
  const controller = new AbortController();
  const [statePath, logPath] = [join(folder, "a.state"), join(folder, "a.jsonl")];
  const openLatency = (original: Candidate) => Promise.resolve(latencyOf(original, slower));
  return runAdapt(plan, { statePath, logPath, openLatency }, {
    signal: controller.signal,
    onStep: ({ step }) => step === interruptAfter && controller.abort(new Error("interrupted")),
  });
}

/** The plan for a network as small as costs little. */
async function planOf(paths: readonly string[], seed: number): Promise<AdaptPlan> {
  const plan = await planAdapt("street", paths, {
    target: { fraction: 0.8 },
    step: 0.03,
    samples: 3,
    compared: 1,
    short: 1,
    long: 2,
    batch: 1,
    seed,
  });
  const network = smallNetwork(0.25);
  const size = [64, 64] as const;
  const original = originalCandidate(network);
  return {
    ...plan,
    network,
    tasks: ["segment"],
    original,
    size,
    crop: size,
    shorter: 64,
    key: `small ${seed}`,
  };
}

Deno.test("a run that was interrupted and resumed gives what an uninterrupted run gives", async () => {
  await inFolder(async (folder) => {
    const paths: string[] = [];
    for (let i = 0; i < 5; i++) {
      paths.push(join(folder, `${i}.png`));
      await Deno.writeFile(paths[i], await encodeRgbImage(testImage(64 + 8 * i, 64), "png"));
    }
    const into = async (name: string) => {
      const sub = join(folder, name);
      await Deno.mkdir(sub);
      return sub;
    };
    const whole = await adapted(await planOf(paths, 3), await into("whole"));
    assert.ok(whole.records.length >= 3, `${whole.records.length} steps`);
    assert.equal(whole.stopped, undefined);

    const parts = await into("parts");
    const first = await adapted(await planOf(paths, 3), parts, { interruptAfter: 2 });
    assert.equal(first.stopped, "interrupted");
    assert.equal(first.records.length, 2);
    // The machine is slower by a quarter when it goes on.
    const rest = await adapted(await planOf(paths, 3), parts, { slower: 1.25 });
    assert.equal(rest.stopped, undefined);
    assert.deepEqual(channelsOf(rest.candidate), channelsOf(whole.candidate));
    assert.deepEqual(rest.candidate.kept, whole.candidate.kept);
    assert.deepEqual(rest.candidate.weights, whole.candidate.weights);
    assert.deepEqual(rest.distilled, whole.distilled);
    const figures = ({ records }: Adapted, scale: number) =>
      records.map(({ step, group, from, to, predicted, distance, rejected }) => ({
        step,
        group,
        from,
        to,
        predicted: (predicted / scale).toFixed(9),
        distance,
        rejected: rejected.map((other) => ({ ...other, predicted: (other.predicted / scale).toFixed(9) })),
      }));
    assert.deepEqual(figures(rest, 1.25), figures(whole, 1));
    // What was measured brings predictions nearer.
    const errors = whole.records.map(({ predicted, measured }) => Math.abs(predicted / measured - 1));
    const plain = whole.records.map(({ measured }) =>
      Math.abs((measured / whole.latency.original) ** (1 / 1.3 - 1) - 1)
    );
    assert.ok(errors.at(-1)! < 0.6 * plain.at(-1)!, `${errors} instead of ${plain}`);
    // The log has every step once.
    const log = (await Deno.readTextFile(join(parts, "a.jsonl"))).trimEnd().split("\n");
    assert.deepEqual(log.map((line) => JSON.parse(line).step), whole.records.map(({ step }) => step));

    // Another seed goes its own way, from the beginning.
    const other = await adapted(await planOf(paths, 4), parts, { interruptAfter: 1 });
    assert.equal(other.records.length, 1);
    assert.notDeepEqual(other.candidate.weights, whole.candidate.weights);
  });
});
