/** How `segment`, `detect`, `run` and `classify` begin: which flags count, and what is saved. */
import { usageError } from "../../../core/errors.ts";
import { importLater } from "../../../core/import_later.ts";
import { MASK_FILES, SEGMENT_FILES } from "../../../models/pipeline/job.ts";
import type { Task } from "../../../models/network.ts";
import type { Context } from "../../context.ts";
import {
  COCO_FILES,
  DETECT_SAVES,
  type DetectFlags,
  type PredictFlags,
  type Save,
  type SegmentFlags,
  type TaskFlags,
} from "./flags.ts";

/**
 * Loads the code of a command when it is run.
 *
 * @param saves what is saved with `--out` alone.
 * @param tasks picks the tasks to run and the flags of each; `configured` are the names of those that `bneck.json` gives.
 */
export function predictWith<FLAGS extends PredictFlags>(
  saves: readonly Save[],
  tasks: (flags: FLAGS, configured: ReadonlySet<string>) => TaskFlags,
) {
  return async () => {
    const { predict } = await importLater<typeof import("./run.ts")>(import.meta.resolve("./run.ts"));
    return {
      default(this: Context, given: FLAGS, ...inputs: string[]): Promise<void> {
        const { names } = this.configured;
        const flags = withoutUnused(given, tasks(given, names), names, this.stdout.isTerminal);
        const perTask = tasks(flags, names);
        return predict(this, { ...flags, save: savesOf(flags, saves, perTask) }, perTask, inputs);
      },
    };
  };
}

/** The flags without those of `bneck.json` that this run has no use for; on the command line they are refused. */
function withoutUnused<FLAGS extends PredictFlags>(
  flags: FLAGS & Partial<DetectFlags & SegmentFlags>,
  perTask: TaskFlags,
  configured: ReadonlySet<string>,
  isTerminal: boolean,
): FLAGS {
  if (configured.size === 0) return flags;
  const possible = flags.save?.filter((kind) => lackingTask(kind, perTask) === undefined) ?? [];
  const isKept = !configured.has("save") || flags.out !== undefined && possible.length > 0;
  const save = !isKept ? undefined : configured.has("save") ? possible : flags.save;
  const inCoco = flags.out !== undefined && COCO_FILES.some((kind) => save?.includes(kind));
  const unused: Partial<Record<keyof DetectFlags | keyof SegmentFlags | keyof PredictFlags, boolean>> = {
    skipExisting: flags.out === undefined,
    show: !isTerminal,
    masks: !inCoco,
    regions: !inCoco || perTask.detect !== undefined,
    annotations: !save?.includes("coco"),
  };
  const dropped = (name: string) => configured.has(name) && unused[name as keyof typeof unused] === true;
  const kept = Object.entries({ ...flags, save }).filter(([name]) => !dropped(name));
  return { ...Object.fromEntries(kept), ...cleared(dropped) } as FLAGS;
}

/** Flags that are off rather than absent. */
function cleared(dropped: (name: string) => boolean): Partial<PredictFlags> {
  return {
    ...(dropped("skipExisting") && { skipExisting: false }),
    ...(dropped("show") && { show: false }),
  };
}

/**
 * What is saved: what was asked for, or else what of `standard` the tasks that run can leave.
 *
 * @throws {BneckError} (usage) Files are asked for, but no folder for them, or of a task that does not run.
 */
function savesOf(
  { out, save, overwrite, skipExisting }: PredictFlags,
  standard: readonly Save[],
  perTask: TaskFlags,
): readonly Save[] {
  const given = save ? "--save" : overwrite ? "--overwrite" : skipExisting ? "--skip-existing" : undefined;
  if (out === undefined && given !== undefined) {
    throw usageError(`${given} needs --out, the folder for the files`);
  }
  for (const kind of save ?? []) {
    const task = lackingTask(kind, perTask);
    if (task !== undefined) throw usageError(`--save ${kind} needs the ${task} head, which is not run`);
  }
  return save ?? standard.filter((kind) => lackingTask(kind, perTask) === undefined);
}

/** The task that a kind of file needs and that does not run. */
function lackingTask(kind: Save, perTask: TaskFlags): Task | undefined {
  // Either may do, by the model.
  if ((MASK_FILES as readonly Save[]).includes(kind)) return undefined;
  if (perTask.segment && (COCO_FILES as readonly Save[]).includes(kind)) return undefined;
  if ((DETECT_SAVES as readonly Save[]).includes(kind) && !perTask.detect) return "detect";
  return (SEGMENT_FILES as readonly Save[]).includes(kind) && !perTask.segment ? "segment" : undefined;
}
