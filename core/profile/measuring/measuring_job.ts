/** What a measuring thread does: loads models, runs them in turns and returns plain numbers. */
import type { SessionOptions } from "../../session/mod.ts";
import { type LayerRuns, measureLayerRuns, type RunSchedule } from "./layer_runs.ts";
import { type MeasurableModel, MeasuredSession } from "./measured_session.ts";
import { type RecordedRuns, recordRuns } from "./recording.ts";

/** Something to be measured, as it crosses threads. */
export type MeasuringJob =
  /** One run under the profiler. */
  | { readonly kind: "record"; readonly model: MeasurableModel; readonly options: SessionOptions }
  /** Plain runs of a model, and runs under the profiler in between. */
  | {
    readonly kind: "layers";
    readonly model: MeasurableModel;
    readonly options: SessionOptions;
    readonly schedule: RunSchedule;
  }
  /** Rounds of several models. */
  | {
    readonly kind: "turns";
    readonly models: readonly MeasurableModel[];
    readonly options: SessionOptions;
    /** Threads of each model, where they differ. */
    readonly threadsEach?: readonly number[];
    readonly runs: number;
    readonly warmup: number;
    readonly reload: boolean;
  };

/** What becomes of a job. */
export interface JobResults {
  readonly record: RecordedRuns;
  readonly layers: LayerRuns;
  /** The milliseconds of every finished round, by model. */
  readonly turns: number[][];
}

/** How a job is watched. */
export interface JobWatch {
  /** Called after every run. */
  readonly onRun: () => void;
  /** Asked after every run: whether to return what has been measured so far. */
  readonly isStopped: () => boolean;
  /** A folder for the profiler's files, which the owner of the job removes. */
  readonly folder: string;
}

/** Does a job in this thread. */
export async function doJob<Kind extends MeasuringJob["kind"]>(
  job: Extract<MeasuringJob, { kind: Kind }>,
  watch: JobWatch,
): Promise<JobResults[Kind]> {
  const done: Promise<JobResults[MeasuringJob["kind"]]> = start(job, watch);
  return await done as JobResults[Kind];
}

function start(job: MeasuringJob, watch: JobWatch): Promise<JobResults[MeasuringJob["kind"]]> {
  switch (job.kind) {
    case "record":
      return recordRuns(job.model, 1, job.options, watch.folder);
    case "layers":
      return measureLayerRuns(job.model, job.options, job.schedule, watch);
    case "turns":
      return job.reload ? reloadedTurns(job, watch) : loadedTurns(job, watch);
  }
}

type Turns = Extract<MeasuringJob, { kind: "turns" }>;

function optionsOf({ options, threadsEach }: Turns, model: number): SessionOptions {
  return threadsEach ? { ...options, threads: threadsEach[model] } : options;
}

async function loadedTurns(job: Turns, watch: JobWatch): Promise<number[][]> {
  const { models, runs, warmup } = job;
  const sessions: MeasuredSession[] = [];
  const times: number[][] = models.map(() => []);
  try {
    for (const [k, model] of models.entries()) {
      sessions.push(await MeasuredSession.open(model, optionsOf(job, k)));
    }
    for (let round = -warmup; round < runs && !watch.isStopped(); round++) {
      const ofRound: number[] = [];
      for (const session of sessions) {
        ofRound.push(await session.run());
        watch.onRun();
        if (watch.isStopped()) break;
      }
      if (round >= 0 && ofRound.length === models.length) ofRound.forEach((time, k) => times[k].push(time));
    }
  } finally {
    for (const session of sessions) await session.close();
  }
  return times;
}

async function reloadedTurns(job: Turns, watch: JobWatch): Promise<number[][]> {
  const { models, runs } = job;
  const times: number[][] = models.map(() => []);
  for (let round = 0; round < runs && !watch.isStopped(); round++) {
    const ofRound: number[] = [];
    for (const [k, model] of models.entries()) {
      const session = await MeasuredSession.open(model, optionsOf(job, k));
      try {
        await session.run();
        watch.onRun();
        if (watch.isStopped()) break;
        ofRound.push(await session.run());
        watch.onRun();
      } finally {
        await session.close();
      }
    }
    if (ofRound.length === models.length) ofRound.forEach((time, k) => times[k].push(time));
  }
  return times;
}
