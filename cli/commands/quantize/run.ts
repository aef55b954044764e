/** The code of `bneck quantize`. */
import { ExitStatus, usageError } from "../../../core/errors.ts";
import { isFolder, writeFileAtomic } from "../../../core/files/mod.ts";
import { surroundings } from "../../../core/profile/mod.ts";
import {
  type FloatModel,
  floatModel,
  openScorer,
  quantize,
  type Quantized,
  quantizedFile,
  type QuantizeListener,
  type Scorer,
  TASK_METRICS,
  taskOfMetric,
} from "../../../models/compress/quantize/mod.ts";
import { requestedModel } from "../../requested_model.ts";
import type { Context } from "../../context.ts";
import { type ModelFlags, modelRequest } from "../../flags/mod.ts";
import { checkOutputFile, refuseReplacing } from "../../replacing.ts";
import type { Drop } from "./limits.ts";
import { printQuantized, quantizedJson } from "./result.ts";

/** The flags of `bneck quantize`. */
interface QuantizeFlags extends ModelFlags {
  readonly out: string;
  readonly heads?: readonly string[];
  readonly calibrate: readonly string[];
  readonly samples?: number;
  readonly evaluate?: string;
  readonly images?: string;
  readonly classes?: string;
  readonly maxDrop?: Drop;
  readonly maxError?: number;
  readonly scan?: "error" | "metric";
  /** In seconds. */
  readonly tune?: number;
  readonly seed?: number;
  readonly minSpeedup?: number;
  readonly sizeOnly: boolean;
  readonly workers?: number;
  readonly threads?: number;
  readonly overwrite: boolean;
  readonly wide: boolean;
  readonly json: boolean;
}

export default async function quantizeCommand(
  this: Context,
  flags: QuantizeFlags,
  name?: string,
): Promise<void> {
  const { out, sizeOnly, tune, seed } = flags;
  if (seed !== undefined && tune === undefined) throw usageError("--seed is for --tune, which is not given");
  const model = await openModel(this, flags, name);
  const { scorer, maxDrop } = await judge(flags, model);
  const result = await withProgress(this, (listener) =>
    quantize(model, {
      images: flags.calibrate,
      count: flags.samples,
      scorer,
      maxDrop,
      scan: flags.scan,
      tune: tune === undefined ? undefined : { seconds: tune, seed },
      minSpeedup: flags.minSpeedup,
      sizeOnly,
      workers: flags.workers,
      threads: flags.threads,
      signal: this.signal,
      listener,
    }));
  const where = await surroundings();
  const bytes = result.model &&
    quantizedFile(model, result, { processor: where.processor, runtime: where.onnxruntime });
  // An interrupted tuning has left a result.
  if (result.tuning?.stopped !== "interrupted") this.signal.throwIfAborted();
  if (bytes) await writeFileAtomic(out, bytes);
  else this.exitStatus = ExitStatus.gateNotMet;
  const facts = { out, floatBytes: model.bytes.length, bytes: bytes?.length, ...where };
  if (flags.json) return this.printJson(quantizedJson(result, facts));
  printQuantized(this, result, facts, flags.wide);
}

/** Checks the output and reads the model. */
async function openModel(context: Context, flags: QuantizeFlags, name?: string): Promise<FloatModel> {
  const { out, model: named, weights, labels, evaluate, classes, overwrite } = flags;
  if (name !== undefined && (named !== undefined || weights !== undefined)) {
    throw usageError(`two models are named: ${name} and ${named ?? weights}`);
  }
  const model = name ?? named;
  if (model === undefined && weights === undefined) {
    throw usageError("name a model, or a file of weights with --weights");
  }
  if (!/\.onnx$/i.test(out)) throw usageError(`--out ${out}: the model's name must end in .onnx`);
  refuseReplacing({ out }, { weights, labels, evaluate, classes }, [
    { what: "which is quantized", path: model },
  ]);
  await checkOutputFile(out, overwrite);
  const found = await requestedModel(context, modelRequest({ ...flags, model }), flags.heads);
  return await floatModel(found.model, found.tasks);
}

/** What decides whether a result is good enough. */
async function judge(
  { evaluate, images, classes, calibrate, scan, maxDrop, maxError }: QuantizeFlags,
  { entry, tasks }: FloatModel,
): Promise<{ readonly scorer?: Scorer; readonly maxDrop?: number }> {
  if (evaluate === undefined) {
    if (scan === "metric") throw usageError("--scan metric needs ground truth: name it with --evaluate");
    if (maxDrop) throw usageError(`--max-drop ${maxDrop.metric} needs ground truth: name it with --evaluate`);
    if (images !== undefined || classes !== undefined) {
      throw usageError("--images and --classes belong to ground truth: name it with --evaluate");
    }
    return { maxDrop: maxError };
  }
  const metric = maxDrop?.metric ?? TASK_METRICS[tasks[0]][0];
  const task = taskOfMetric(metric, tasks);
  // A folder for each class has the images in it.
  const own = task === "classify" && isFolder(evaluate) ? evaluate : undefined;
  const photos = images ?? own ?? calibrate[0];
  const truth = own === undefined ? evaluate : undefined;
  const scorer = await openScorer(entry, task, metric, { images: photos, truth, classes });
  return { scorer, maxDrop: maxDrop?.max };
}

/** Runs it with a bar for each stage. */
async function withProgress(
  context: Context,
  run: (listener: QuantizeListener) => Promise<Quantized>,
): Promise<Quantized> {
  let progress: ReturnType<Context["progress"]> | undefined;
  try {
    return await run({
      onStage(stage, total) {
        progress?.stop();
        const unit = stage === "calibrating" || stage === "scoring" ? "images" : "steps";
        progress = context.progress({ total, unit, label: stage });
      },
      onStep: () => progress?.add(1),
      onNote: (note) => context.log.warn(note),
    });
  } finally {
    progress?.stop();
  }
}
