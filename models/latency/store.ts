/**
 * The latency table of this machine, in the cache folder: a file for each processor, version of onnxruntime, number of
 * threads and precision. Several processes may measure at once: each adds what it measured to what the file then holds.
 */
import { join } from "node:path";
import { writeFileAtomic } from "../../core/files/mod.ts";
import { describeProcessor } from "../../core/machine.ts";
import {
  exactKey,
  type LatencyModel,
  latencyModel,
  type LatencySample,
} from "../../core/profile/latency_table.ts";
import { loadRuntime } from "../../core/session/mod.ts";
import { cacheFolder, type Environment, readEnvironment } from "../cache.ts";
import { decodeLatencyFile, encodeLatencyFile } from "./latency_file.ts";

/** How the networks of a table run. */
export type LatencyPrecision = "float32" | "int8";

/** What a table was measured on. */
export interface LatencyMachine {
  readonly processor: string;
  readonly onnxruntime: string;
  readonly threads: number;
  readonly precision: LatencyPrecision;
  /** Channels that the runtime computes together. */
  readonly channelBlock: number;
}

/** One network that was measured for a table. */
export interface LatencySession {
  readonly name: string;
  /** The day, such as `2026-01-31`. */
  readonly date: string;
  /** The whole network, without the profiler. */
  readonly milliseconds: number;
  /** How far its runs varied: (p90 − p10) / median. */
  readonly noise: number;
  /** Its parts, and the overhead. */
  readonly samples: readonly LatencySample[];
}

/** The table of a machine. */
export interface LatencyTable {
  readonly machine: LatencyMachine;
  readonly sessions: readonly LatencySession[];
  /** Where it is kept; `null` where there is no cache folder. */
  readonly path: string | null;
}

/** Which table. */
export interface LatencyTableOptions {
  /** @default {1} */
  readonly threads?: number;
  /** @default {"float32"} */
  readonly precision?: LatencyPrecision;
  readonly env?: Environment;
}

/** The processor's vector registers hold so many floats with AVX-512, and else half. */
const WIDE_BLOCK = 16;
const BLOCK = 8;

/** Sessions that a file keeps: the latest. */
export const MAX_SESSIONS = 400;

/**
 * Reads the table of this machine; an empty one where there is none, or the file is not usable.
 *
 * @throws {BneckError} (unusable model) when onnxruntime cannot be used.
 */
export async function openLatencyTable(options: LatencyTableOptions = {}): Promise<LatencyTable> {
  const { threads = 1, precision = "float32", env = readEnvironment } = options;
  const [{ model, architecture, cores, features }, { env: { versions } }] = [
    await describeProcessor(),
    await loadRuntime(),
  ];
  const machine: LatencyMachine = {
    processor: `${model} (${architecture}, ${cores === 1 ? "1 core" : `${cores} cores`})`.slice(0, 199),
    onnxruntime: versions.node ?? versions.common,
    threads,
    precision,
    channelBlock: features?.avx512 ? WIDE_BLOCK : BLOCK,
  };
  const folder = cacheFolder(env);
  const path = folder && join(folder.path, "latency", `${await machineName(machine)}.json`);
  return { machine, path, sessions: path === null ? [] : await readSessions(path, machine) };
}

/** The model of a table: how long other networks take. */
export function modelOfTable({ sessions, machine }: LatencyTable): LatencyModel {
  return latencyModel(sessions.flatMap(({ samples }) => samples), machine.channelBlock);
}

/** A table with further sessions, the latest last. */
export function withSessions<Table extends LatencyTable>(
  table: Table,
  sessions: readonly LatencySession[],
): Table {
  return { ...table, sessions: [...table.sessions, ...sessions].slice(-MAX_SESSIONS) };
}

/**
 * Adds sessions to the file of a table. A cache that cannot be written is done without.
 *
 * @returns whether they were written.
 */
export async function saveSessions(
  { path, machine }: LatencyTable,
  sessions: readonly LatencySession[],
): Promise<boolean> {
  if (path === null || sessions.length === 0) return false;
  try {
    return await whileLocked(`${path}.lock`, async () => {
      const kept = [...await readSessions(path, machine), ...sessions].slice(-MAX_SESSIONS);
      await writeFileAtomic(path, encodeLatencyFile(machine, kept));
      return true;
    });
  } catch {
    return false;
  }
}

/** The tables in the cache folder, for lists; files that are not tables are passed over. */
export async function listLatencyTables(env: Environment = readEnvironment): Promise<LatencyTable[]> {
  const folder = cacheFolder(env);
  if (folder === null) return [];
  const tables: LatencyTable[] = [];
  try {
    for await (const { name, isFile } of Deno.readDir(join(folder.path, "latency"))) {
      if (!isFile || !/^[0-9a-f]{16}\.json$/.test(name)) continue;
      const path = join(folder.path, "latency", name);
      const read = await readFile(path);
      if (read) tables.push({ ...read, path });
    }
  } catch {
    // There is no such folder.
  }
  return tables.sort((left, right) => left.path! < right.path! ? -1 : 1);
}

/** How many different parts a table has, and the days between which they were measured. */
export function describeTable({ sessions }: LatencyTable) {
  const parts = new Set(sessions.flatMap(({ samples }) => samples.map(exactKey))).size;
  const dates = sessions.map(({ date }) => date).sort();
  const noises = sessions.map(({ noise }) => noise).sort((left, right) => left - right);
  return {
    networks: sessions.length,
    parts,
    from: dates[0],
    to: dates.at(-1),
    noise: noises[noises.length >> 1],
  };
}

async function machineName(machine: LatencyMachine): Promise<string> {
  const { processor, onnxruntime, threads, precision } = machine;
  const text = JSON.stringify([processor, onnxruntime, threads, precision]);
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text)));
  return Array.from(digest.subarray(0, 8), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

async function readSessions(path: string, machine: LatencyMachine): Promise<readonly LatencySession[]> {
  const read = await readFile(path);
  if (read === undefined) return [];
  const isSame = (key: keyof LatencyMachine) => read.machine[key] === machine[key];
  return (Object.keys(machine) as (keyof LatencyMachine)[]).every(isSame) ? read.sessions : [];
}

/** Larger files are not ours. */
const MAX_FILE_BYTES = 2 ** 25;

async function readFile(path: string): Promise<Omit<LatencyTable, "path"> | undefined> {
  try {
    const { isFile, size } = await Deno.stat(path);
    if (!isFile || size > MAX_FILE_BYTES) return undefined;
    return decodeLatencyFile(await Deno.readTextFile(path));
  } catch {
    return undefined;
  }
}

/** Holds a lock (`flock`) meanwhile, where the file system has locks. */
async function whileLocked<T>(path: string, work: () => Promise<T>): Promise<T> {
  await Deno.mkdir(join(path, ".."), { recursive: true });
  using file = await Deno.open(path, { write: true, create: true });
  await file.lock(true).catch(() => {});
  return await work();
}
