/**
 * What bneck may do here: Deno's permissions and the cache folder.
 *
 * @module
 */
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { cacheFolder } from "../../../models/cache.ts";

/** Each permission, what it is for, and the narrowest question that shows whether it is there. */
const PERMISSIONS: readonly { descriptor: Deno.PermissionDescriptor; purpose: string }[] = [
  { descriptor: { name: "read" }, purpose: "images, weights" },
  { descriptor: { name: "write" }, purpose: "results" },
  {
    descriptor: { name: "ffi", path: fileURLToPath(import.meta.resolve("onnxruntime-node")) },
    purpose: "onnxruntime, sharp",
  },
  { descriptor: { name: "env", variable: "BNECK_CACHE" }, purpose: "cache folder, colours" },
  { descriptor: { name: "sys", kind: "systemMemoryInfo" }, purpose: "this page alone" },
  { descriptor: { name: "run", command: "/usr/bin/lscpu" }, purpose: "this page alone" },
  { descriptor: { name: "net" }, purpose: "models pull alone" },
];

/** A permission and its state. */
export interface PermissionFinding {
  readonly name: string;
  readonly state: Deno.PermissionState;
  readonly purpose: string;
}

/** The state of every permission that bneck has a use for. Nothing is asked of the user. */
export function checkPermissions(): Promise<PermissionFinding[]> {
  return Promise.all(PERMISSIONS.map(async ({ descriptor, purpose }) => {
    const { state } = await Deno.permissions.query(descriptor);
    return { name: descriptor.name, state, purpose };
  }));
}

/** What was found out about the cache folder. */
export interface CacheFinding {
  /** `null` when the environment does not say where it is. */
  readonly path: string | null;
  readonly chosenBy: string | null;
  readonly exists: boolean;
  /** Whether files can be put there, or the folder can be made. */
  readonly writable: boolean;
}

/** Where downloaded models go, and whether they can. Leaves nothing behind. */
export async function checkCache(env: (name: string) => string | undefined): Promise<CacheFinding> {
  const folder = cacheFolder(env);
  if (!folder) return { path: null, chosenBy: null, exists: false, writable: false };
  const exists = await isFolder(folder.path);
  let nearest = folder.path;
  while (!await pathExists(nearest) && dirname(nearest) !== nearest) nearest = dirname(nearest);
  return { ...folder, exists, writable: await canWriteTo(nearest) };
}

async function isFolder(path: string): Promise<boolean> {
  try {
    return (await Deno.stat(path)).isDirectory;
  } catch {
    return false;
  }
}

async function pathExists(path: string): Promise<boolean> {
  try {
    await Deno.lstat(path);
    return true;
  } catch {
    return false;
  }
}

/** By writing: permission bits do not tell about read-only file systems. */
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
