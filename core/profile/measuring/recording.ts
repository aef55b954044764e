/** Runs of a model under onnxruntime's profiler. */
import { modelError } from "../../errors.ts";
import { decodeOnnx, type OnnxGraph } from "../../onnx/mod.ts";
import type { SessionOptions } from "../../session/mod.ts";
import { type MeasurableModel, MeasuredSession } from "./measured_session.ts";
import { FEWER_RUNS, type ProfiledRun, readProfile } from "./profile_file.ts";

/** Runs of a model with onnxruntime's own times, and the graph that ran after rewriting. */
export interface RecordedRuns {
  readonly runs: readonly ProfiledRun[];
  readonly graph: OnnxGraph;
}

/**
 * Runs a model under onnxruntime's profiler.
 *
 * @param folder where the profiler writes its files, which stay there.
 * @throws {BneckError} (unusable model) when it cannot be loaded or run, or the profiler cannot record all runs.
 */
export async function recordRuns(
  model: MeasurableModel,
  runs: number,
  options: SessionOptions,
  folder: string,
): Promise<RecordedRuns> {
  const session = await MeasuredSession.open(model, options, folder);
  try {
    for (let run = 0; run < runs; run++) await session.run();
    session.endProfiling();
  } finally {
    await session.close();
  }
  return await readRecording(model.label, runs, folder);
}

/**
 * Reads what a session recorded in a folder.
 *
 * @param runs how many runs there must be, unless `maxKernels` ends the reading before.
 * @throws {BneckError} (unusable model) when the profile lacks some: the profiler stops after a million events.
 */
export async function readRecording(
  label: string,
  runs: number,
  folder: string,
  maxKernels = Infinity,
): Promise<RecordedRuns> {
  const { graph } = decodeOnnx(await Deno.readFile(`${folder}/record.onnx`), label);
  const recorded = await readProfile(`${folder}/record`, maxKernels);
  if (recorded.length < runs && maxKernels === Infinity) {
    throw modelError(
      `onnxruntime recorded only ${recorded.length} of ${runs} runs of ${label}`,
      undefined,
      FEWER_RUNS,
    );
  }
  return { runs: recorded, graph };
}

/** A temporary folder for the profiler's files, removed with all that is in it at the end. */
export async function withFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = await Deno.makeTempDir({ prefix: "bneck-profile-" });
  try {
    return await work(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}
