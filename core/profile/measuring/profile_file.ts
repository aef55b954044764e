/**
 * onnxruntime's own profile: a file of trace events, one per line, from which the kernels' times and shapes and the
 * duration of each run are read. The runtime writes node names unescaped, with quotes and backslashes, so the file is
 * not always valid JSON; if a run was cut short, its end is missing.
 */
import { type Hint, modelError } from "../../errors.ts";
import type { Shape } from "../../graph/mod.ts";

/** Larger profiles come from hours of runs or loops of millions of steps; V8 cannot hold twice as much as text. */
const MAX_BYTES = 256 * 2 ** 20;

/** What keeps a profile short. */
export const FEWER_RUNS: Hint = { option: "runs", advice: "measure fewer" };

/** One execution of one node. Times are in microseconds. */
export interface KernelEvent {
  /** The node's name, or `OPERATOR_INDEX` for one without. */
  readonly name: string;
  readonly operator: string;
  /** The node's place in the runtime's graph. */
  readonly index: number;
  readonly start: number;
  readonly duration: number;
  /** The shapes of the inputs that are given and are tensors. */
  readonly inputShapes: readonly Shape[];
  readonly outputShapes: readonly Shape[];
  readonly outputBytes: number;
  /** The sizes of the inputs in `inputShapes` together. */
  readonly inputBytes?: number;
  /** The element type of the first input. */
  readonly type?: string;
  /** Bytes that the session holds for tensors when the kernel ends, and how many of them are new. */
  readonly memory?: { readonly held: number; readonly added: number };
  /** What ran inside the node: the body of a loop, the branch of a condition. */
  readonly children: readonly KernelEvent[];
}

/** One run of a model. */
export interface ProfiledRun {
  readonly milliseconds: number;
  /** In the order in which they ran; those inside another are its children. */
  readonly kernels: readonly KernelEvent[];
}

/**
 * Finds and reads the profile that was written with a prefix: the runtime adds a timestamp to the name.
 *
 * @param prefix the path given as `profilePrefix`.
 * @param maxKernels after so many kernels no further run is read.
 * @throws {BneckError} (unusable model) when there is none, or it is too long to read.
 */
export async function readProfile(prefix: string, maxKernels = Infinity): Promise<ProfiledRun[]> {
  const slash = prefix.lastIndexOf("/");
  const folder = slash < 0 ? "." : prefix.slice(0, slash);
  const start = `${prefix.slice(slash + 1)}_`;
  for await (const { name, isFile } of Deno.readDir(folder)) {
    if (!isFile || !name.startsWith(start) || !name.endsWith(".json")) continue;
    const path = `${folder}/${name}`;
    const { size } = await Deno.stat(path);
    if (size > MAX_BYTES) {
      const mebibytes = Math.round(size / 2 ** 20);
      throw modelError(`onnxruntime's profile has grown to ${mebibytes} MiB`, undefined, FEWER_RUNS);
    }
    return parseProfile(await Deno.readTextFile(path), maxKernels);
  }
  throw modelError(`onnxruntime wrote no profile ${prefix}_*.json`);
}

/**
 * Reads the runs from the text of a profile. A run whose end is missing is left out, and what follows the run that
 * reaches `maxKernels`.
 *
 * @throws {BneckError} (unusable model) when the text is not a profile.
 */
export function parseProfile(text: string, maxKernels = Infinity): ProfiledRun[] {
  if (!text.trimStart().startsWith("[")) throw modelError("onnxruntime's profile is not a list of events");
  const runs: ProfiledRun[] = [];
  let kernels: KernelEvent[] = [];
  let bodies: KernelEvent[][] = [];
  let read = 0;
  for (const line of eventLines(text)) {
    const event = parseEvent(line);
    if (!event) continue;
    if (event.kind === "kernel") {
      read++;
      // A body comes before the node that it belongs to, and started after it.
      const own = bodies.findIndex((body) => body[0].start >= event.kernel.start);
      const children = own < 0 ? [] : bodies.splice(own).flat();
      kernels.push({ ...event.kernel, children });
    } else if (event.kind === "body") {
      const first = kernels.findIndex((kernel) => kernel.start >= event.start);
      if (first >= 0) bodies.push(kernels.splice(first));
    } else {
      // A whole run is executed like a body; bodies that are left over lost their node.
      runs.push({ milliseconds: event.duration / 1000, kernels: [...bodies.flat(), ...kernels] });
      [kernels, bodies] = [[], []];
      if (read >= maxKernels) break;
    }
  }
  return runs;
}

/** One line per event, whatever line breaks are in a name. */
function* eventLines(text: string): Generator<string> {
  let pending = "";
  for (let from = 0; from < text.length;) {
    const end = text.indexOf("\n", from);
    const line = text.slice(from, end < 0 ? undefined : end);
    from = end < 0 ? text.length : end + 1;
    pending = line.startsWith('{"cat"') ? line : `${pending}\n${line}`;
    if (/\}\s*,?\s*$/.test(pending) && pending.startsWith("{")) {
      yield pending;
      pending = "";
    }
  }
}

type Event =
  | { readonly kind: "kernel"; readonly kernel: Omit<KernelEvent, "children"> }
  | { readonly kind: "body"; readonly start: number }
  | { readonly kind: "run"; readonly duration: number };

const EVENT =
  /"dur"\s*:\s*(\d+)\s*,\s*"ts"\s*:\s*(\d+).*?"name"\s*:\s*"(.*)"\s*,\s*"args"\s*:\s*(\{.*\})\s*\}\s*,?\s*$/s;

const KERNEL_SUFFIX = "_kernel_time";

function parseEvent(line: string): Event | undefined {
  const match = EVENT.exec(line);
  if (!match) return undefined;
  const [, duration, start, name, args] = match;
  if (name === "model_run") return { kind: "run", duration: Number(duration) };
  if (name === "SequentialExecutor::Execute") return { kind: "body", start: Number(start) };
  if (!name.endsWith(KERNEL_SUFFIX)) return undefined;
  const details = parseArguments(args);
  return details && {
    kind: "kernel",
    kernel: {
      name: name.slice(0, -KERNEL_SUFFIX.length),
      start: Number(start),
      duration: Number(duration),
      ...details,
    },
  };
}

function parseArguments(text: string) {
  let args: Record<string, unknown>;
  try {
    args = JSON.parse(text);
  } catch {
    return undefined;
  }
  return {
    operator: String(args.op_name ?? ""),
    index: Number(args.node_index ?? -1),
    inputShapes: readShapes(args.input_type_shape),
    outputShapes: readShapes(args.output_type_shape),
    outputBytes: Number(args.output_size ?? 0),
    ...readInputs(args.input_type_shape),
    memory: readMemory(args),
  };
}

/** Bytes of an element, by the profiler's names of types. */
const ELEMENT_BYTES: Readonly<Record<string, number>> = {
  float: 4,
  double: 8,
  float16: 2,
  bfloat16: 2,
  int8: 1,
  uint8: 1,
  bool: 1,
  int16: 2,
  uint16: 2,
  int32: 4,
  uint32: 4,
  int64: 8,
  uint64: 8,
};

function readInputs(list: unknown): { readonly inputBytes?: number; readonly type?: string } {
  if (!Array.isArray(list)) return {};
  const inputs = list.flatMap((entry) => Object.entries(entry as Record<string, unknown>));
  let inputBytes = 0;
  for (const [type, shape] of inputs) {
    if (!Array.isArray(shape)) continue;
    const size = Object.hasOwn(ELEMENT_BYTES, type) ? ELEMENT_BYTES[type] : 0;
    inputBytes += size * shape.reduce((product: number, length) => product * Number(length), 1);
  }
  return { inputBytes, type: inputs[0]?.[0] };
}

function readMemory(args: Record<string, unknown>): KernelEvent["memory"] {
  const [held, added] = [Number(args.mem_bytes_in_use), Number(args.mem_in_use_delta)];
  return Number.isFinite(held) && Number.isFinite(added) ? { held, added } : undefined;
}

/** A list like `[{"float": [1, 3, 224, 224]}, {"int64": []}]`. */
function readShapes(list: unknown): Shape[] {
  if (!Array.isArray(list)) return [];
  return list.flatMap((entry) => Object.values(entry as Record<string, unknown>))
    .filter((shape): shape is number[] => Array.isArray(shape));
}
