/**
 * What bneck finds here: onnxruntime, the image codecs, its embedded models, Deno's permissions and the cache folder. What
 * cannot be imported, for want of permission to read or because a file is missing, does not work.
 *
 * @module
 */
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { BneckError } from "../../../core/errors.ts";
import { isFolder } from "../../../core/files/paths.ts";
import { importLater } from "../../../core/import_later.ts";
import type { CodecFinding } from "../../../core/images/codec_check.ts";
import type { RuntimeFinding } from "../../../core/session/runtime_check.ts";
import type { ModelEntry } from "../../../models/entry.ts";
import { cacheFolder } from "../../../models/cache.ts";
import { DEFAULT_MODEL, STREET_MODEL } from "../predict/flags.ts";

/** The state of an embedded model. */
export type ModelFinding =
  | {
    readonly ok: true;
    readonly name: string;
    readonly tasks: readonly string[];
    readonly milliseconds: number;
  }
  | { readonly ok: false; readonly name: string; readonly error: string };

/** Runs a small network. */
export async function checkRuntime(): Promise<RuntimeFinding> {
  try {
    const check = await importLater<typeof import("../../../core/session/runtime_check.ts")>(
      import.meta.resolve("../../../core/session/runtime_check.ts"),
    );
    return await check.checkRuntime();
  } catch (error) {
    return { ok: false, error: firstLine(error) };
  }
}

/** Writes and reads a small image of each format. */
export async function checkCodecs(): Promise<CodecFinding[]> {
  try {
    const check = await importLater<typeof import("../../../core/images/codec_check.ts")>(
      import.meta.resolve("../../../core/images/codec_check.ts"),
    );
    return await check.checkCodecs();
  } catch (error) {
    return [{ format: "all", by: "sharp", ok: false, error: firstLine(error) }];
  }
}

/** The version of ffmpeg, which reads and writes videos; `null` where there is none that may be started. */
export async function checkFfmpeg(): Promise<string | null> {
  try {
    const { ffmpegVersion } = await importLater<typeof import("../../../core/video/ffmpeg.ts")>(
      import.meta.resolve("../../../core/video/ffmpeg.ts"),
    );
    return await ffmpegVersion() ?? null;
  } catch {
    return null;
  }
}

function firstLine(error: unknown): string {
  return (error as Error).message.split("\n")[0];
}

/** Checks the embedded models, the default first. */
export async function checkModels(): Promise<ModelFinding[]> {
  return [await checkModel(DEFAULT_MODEL), await checkModel(STREET_MODEL)];
}

/** Builds the network of each task and binds its weights. */
async function checkModel(name: string): Promise<ModelFinding> {
  let entry: ModelEntry | undefined;
  try {
    const { findModel } = await importLater<typeof import("../../../models/registry.ts")>(
      import.meta.resolve("../../../models/registry.ts"),
    );
    entry = findModel(name);
    const start = performance.now();
    for (const task of entry.tasks) await entry.build([task]);
    const milliseconds = performance.now() - start;
    return { ok: true, name: entry.name, tasks: entry.tasks, milliseconds };
  } catch (error) {
    return {
      ok: false,
      name: entry?.name ?? name,
      error: error instanceof BneckError ? error.message : firstLine(error),
    };
  }
}

/** Where models pull fetches from, as the tasks of deno.json grant it. */
const PULL_HOSTS = ["download.pytorch.org", "github.com", "objects.githubusercontent.com"];

/** Each permission, its purpose, and the narrowest query that shows whether it is granted. */
const PERMISSIONS: readonly { descriptor: Deno.PermissionDescriptor; purpose: string }[] = [
  { descriptor: { name: "read" }, purpose: "images, weights" },
  { descriptor: { name: "write" }, purpose: "results" },
  {
    descriptor: { name: "ffi", path: fileURLToPath(import.meta.resolve("onnxruntime-node")) },
    purpose: "onnxruntime, sharp",
  },
  { descriptor: { name: "env", variable: "BNECK_CACHE" }, purpose: "cache folder, colours" },
  { descriptor: { name: "sys", kind: "systemMemoryInfo" }, purpose: "this report only" },
  { descriptor: { name: "run", command: "/usr/bin/lscpu" }, purpose: "the processor, ffmpeg for videos" },
  ...PULL_HOSTS.map((host) => ({ descriptor: { name: "net", host } as const, purpose: "models pull only" })),
];

/** A permission and its state. */
export interface PermissionFinding {
  readonly name: string;
  readonly state: Deno.PermissionState;
  readonly purpose: string;
}

/** The state of every permission that bneck uses. The user is not prompted. */
export async function checkPermissions(): Promise<PermissionFinding[]> {
  const found = new Map<string, PermissionFinding>();
  for (const { descriptor, purpose } of PERMISSIONS) {
    const { name } = descriptor;
    const { state } = await Deno.permissions.query(descriptor);
    // Of several queries the first that is not granted counts.
    if ((found.get(name)?.state ?? "granted") === "granted") found.set(name, { name, state, purpose });
  }
  return [...found.values()];
}

/** What was found out about the cache folder. */
export interface CacheFinding {
  /** `null` when no environment variable names it. */
  readonly path: string | null;
  readonly chosenBy: string | null;
  readonly exists: boolean;
  /** Whether files can be written there, or the folder created. */
  readonly writable: boolean;
}

/** A latency table in the cache folder. */
export interface LatencyFinding {
  readonly onnxruntime: string;
  readonly processor: string;
  readonly threads: number;
  readonly precision: string;
  readonly networks: number;
  readonly parts: number;
  /** The days of the first and the last measurement. */
  readonly from: string | null;
  readonly to: string | null;
  /** How far runs varied, usually: (p90 − p10) / median. */
  readonly noise: number | null;
}

/** The latency tables in the cache folder: those of other machines too, where it is shared. */
export async function checkLatency(env: (name: string) => string | undefined): Promise<LatencyFinding[]> {
  let store: typeof import("../../../models/latency/store.ts");
  try {
    store = await importLater(import.meta.resolve("../../../models/latency/store.ts"));
  } catch {
    return []; // Without permission to read there is nothing to list.
  }
  const { describeTable, listLatencyTables } = store;
  return (await listLatencyTables(env)).map((table) => {
    const { networks, parts, from, to, noise } = describeTable(table);
    const { onnxruntime, processor, threads, precision } = table.machine;
    const days = { from: from ?? null, to: to ?? null };
    return { onnxruntime, processor, threads, precision, networks, parts, ...days, noise: noise ?? null };
  });
}

/** The folder of downloaded models and whether it can be written to. Leaves nothing behind. */
export async function checkCache(env: (name: string) => string | undefined): Promise<CacheFinding> {
  const folder = cacheFolder(env);
  if (!folder) return { path: null, chosenBy: null, exists: false, writable: false };
  const exists = isFolder(folder.path);
  let nearest = folder.path;
  while (!await pathExists(nearest) && dirname(nearest) !== nearest) nearest = dirname(nearest);
  return { ...folder, exists, writable: await canWriteTo(nearest) };
}

async function pathExists(path: string): Promise<boolean> {
  try {
    await Deno.lstat(path);
    return true;
  } catch {
    return false;
  }
}

/** By writing: permission bits say nothing about read-only file systems. */
async function canWriteTo(folder: string): Promise<boolean> {
  const probe = join(folder, `.bneck-${crypto.randomUUID()}.tmp`);
  try {
    await Deno.writeTextFile(probe, "", { createNew: true });
    await Deno.remove(probe);
    return true;
  } catch {
    return false;
  }
}
