import assert from "node:assert/strict";
import { bindWeights, GraphBuilder, randomWeights } from "../../../../core/graph/mod.ts";
import { compareSubjects, sortSubjects, timeRatio } from "../../../../core/profile/compare.ts";
import type { Latency, LatencyOptions } from "../../../../core/profile/measuring/latency.ts";
import { profileLayers } from "../../../../core/profile/measuring/profile_layers.ts";
import {
  planLayerRuns,
  planRounds,
  type RunProgress,
  scheduleLayerRuns,
} from "../../../../core/profile/measuring/run_plan.ts";
import { graphSubject, type Subject } from "../../../../core/profile/subject.ts";

function stem(name = "stem", channels = 16): Subject {
  const g = new GraphBuilder();
  const graph = g.finish({ conv: g.conv(g.tensor("image", 3), { name: "conv", channels, kernel: 3 }) });
  const weights = () => bindWeights(graph, randomWeights(graph, 1), name);
  const input = { shapes: { image: [1, 3, 32, 32] } };
  return graphSubject({ name, summary: "one convolution", graph, weights, input });
}

/** A subject whose rows miss the run by each of some parts in turn. */
function disturbed(gaps: readonly number[]): Subject & { readonly asked: LatencyOptions[] } {
  const subject = stem();
  const asked: LatencyOptions[] = [];
  return {
    ...subject,
    asked,
    async measure(options): Promise<Latency> {
      const gap = gaps[asked.length];
      asked.push(options);
      return { ...await subject.measure(options), milliseconds: 1, partsMilliseconds: 1 - gap };
    },
  };
}

Deno.test("a subject says what it is, what it takes and what it costs", () => {
  const { name, input, costs } = stem();
  assert.deepEqual([name, input, costs.madds], ["stem", "1×3×32×32", 27 * 16 * 32 * 32]);
});

Deno.test("layers are profiled beside a plain run, with one call for every run", async () => {
  const seen: RunProgress[] = [];
  const subject = disturbed([0]);
  const onRun = (progress: RunProgress) => seen.push(progress);
  const profile = await profileLayers(subject, { runs: 3, warmup: 1, onRun });
  assert.equal(profile.rows[0].name, "conv");
  assert.equal(profile.runs, 3);
  assert.deepEqual(seen.map(({ done }) => done), [1, 2, 3, 4, 5, 6, 7, 8]);
  assert.ok(seen.every(({ total, attempt }) => total === 8 && attempt === 1));
});

Deno.test("a disturbed measurement is repeated, and the best one counts", async () => {
  const options = { runs: 1, warmup: 0 };
  const attempts: number[] = [];
  const onRun = ({ attempt }: RunProgress) => attempts.push(attempt);
  const second = disturbed([0.3, 0.01, 0]);
  assert.equal((await profileLayers(second, { ...options, onRun })).partsMilliseconds, 0.99);
  assert.equal(second.asked.length, 2);
  assert.deepEqual([...new Set(attempts)], [1, 2]);

  const never = disturbed([0.3, 0.2, -0.25, 0]);
  assert.equal((await profileLayers(never, options)).partsMilliseconds, 0.8);
  assert.equal(never.asked.length, 3);
});

Deno.test("a measurement that is stopped returns what it has, or fails with the signal's reason", async () => {
  const controller = new AbortController();
  const { signal } = controller;
  let runs = 0;
  const stop = () => ++runs === 200 && controller.abort(new Error("enough"));
  const profile = await profileLayers(stem(), { signal, runs: 5000, onRun: stop });
  assert.ok(profile.stopped && profile.runs > 0 && profile.runs < 5000);
  assert.ok(profile.rows[0].milliseconds >= 0);

  const other = new AbortController();
  const subjects = [stem(), stem()];
  let done = 0;
  const onRun = () => ++done === 200 && other.abort(new Error("enough"));
  const times = await compareSubjects(subjects, { signal: other.signal, runs: 5000, onRun });
  assert.ok(times[0].runs > 0 && times[0].runs < 5000);
  await assert.rejects(profileLayers(stem(), { signal }), /^Error: enough$/);
  await assert.rejects(compareSubjects(subjects, { signal }), /^Error: enough$/);
});

Deno.test("few runs are profiled of a network of many kernels, and all are plain ones too", () => {
  const costs = stem().costs;
  const many = scheduleLayerRuns({ costs, events: 12_000 });
  assert.deepEqual([many.runs, many.recordable, many.block], [100, 16, 5]);
  assert.equal(scheduleLayerRuns({ costs, events: 10 ** 6 }).recordable, 1);
  assert.equal(scheduleLayerRuns({ costs, events: 100 }, { runs: 3 }).block, 1);
});

Deno.test("subjects are compared in turns, and sorted by any column", async () => {
  const subjects = [stem("narrow", 8), stem("wide", 64)];
  let total = 0;
  const times = await compareSubjects(subjects, { runs: 2, warmup: 1, onRun: (run) => total = run.total });
  assert.equal(total, 6);
  assert.deepEqual(times.map(({ runs }) => runs), [2, 2]);
  const rows = subjects.map((subject, index) => ({ subject, time: times[index] }));
  assert.equal(timeRatio(rows[0], rows[0]), 1);
  assert.equal(timeRatio({ subject: subjects[0] }, rows[0]), undefined);
  for (const column of ["parameters", "madds", "activationBytes"] as const) {
    assert.deepEqual(sortSubjects(rows, column).map(({ subject }) => subject.name), ["wide", "narrow"]);
  }
  const byTime = sortSubjects(rows, "milliseconds").map(({ time }) => time.milliseconds);
  assert.ok(byTime[0] >= byTime[1]);
});

Deno.test("small networks run more often than large ones, unless the number is given", () => {
  assert.deepEqual(planLayerRuns(0), { runs: 100, warmup: 5 });
  assert.deepEqual(planLayerRuns(217e6), { runs: 100, warmup: 5 });
  assert.deepEqual(planLayerRuns(5e9), { runs: 20, warmup: 5 });
  assert.deepEqual(planLayerRuns(1e12), { runs: 10, warmup: 2 });
  assert.deepEqual(planRounds(5e9), { runs: 50, warmup: 5 });
  assert.deepEqual(planRounds(1e12), { runs: 5, warmup: 2 });
  assert.deepEqual(planLayerRuns(5e9, { runs: 3 }), { runs: 3, warmup: 2 });
  assert.deepEqual(planRounds(5e9, { warmup: 0 }), { runs: 50, warmup: 0 });
});
