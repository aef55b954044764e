/**
 * The machine that bneck runs on: processor, its instruction sets, memory.
 *
 * @module
 */
import { cpus } from "node:os";
import process from "node:process";

/** Instruction sets that decide how fast networks run, by architecture, each with the names that systems give it. */
const FEATURES: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  x86_64: {
    avx2: ["avx2"],
    fma: ["fma"],
    avx512: ["avx512f"],
    vnni: ["avx512_vnni", "avx512vnni", "avx_vnni", "avxvnni"],
    amx: ["amx_int8"],
  },
  aarch64: {
    neon: ["asimd", "neon", "advsimd"],
    dotprod: ["asimddp", "feat_dotprod"],
    i8mm: ["i8mm", "feat_i8mm"],
    bf16: ["bf16", "feat_bf16"],
    sve: ["sve"],
  },
};

/** A processor. */
export interface Processor {
  /** Its name, or `"unknown"`. */
  readonly model: string;
  readonly architecture: string;
  /** Logical cores that this process may use. */
  readonly cores: number;
  /** Which of the relevant instruction sets it has; `null` where that is unknown. */
  readonly features: Readonly<Record<string, boolean>> | null;
}

/** Memory in bytes. */
export interface Memory {
  readonly total: number;
  readonly available: number;
}

/** Programs that describe the processor, where Deno does not open `/proc`. */
const TELLERS: Readonly<Partial<Record<typeof Deno.build.os, readonly [path: string, ...args: string[]]>>> = {
  linux: ["/usr/bin/lscpu"],
  darwin: ["/usr/sbin/sysctl", "machdep.cpu", "hw.optional"],
};

/**
 * Describes the processor, as far as the permissions allow: from `/proc/cpuinfo`, which Deno opens only to a
 * program that may do everything, else from `lscpu` or `sysctl`, else from the operating system's plain list.
 */
export async function describeProcessor(): Promise<Processor> {
  const architecture = Deno.build.arch;
  const facts = await readProcFile() ?? await askProgram();
  const { model, features } = facts === undefined
    ? { model: undefined, features: null }
    : parseProcessorFacts(facts, architecture);
  return {
    model: model ?? plainModel() ?? "unknown",
    architecture,
    cores: navigator.hardwareConcurrency,
    features,
  };
}

/** The memory of the machine; `null` without permission (`--allow-sys=systemMemoryInfo`). */
export function describeMemory(): Memory | null {
  try {
    const { total, available } = Deno.systemMemoryInfo();
    return { total, available };
  } catch {
    return null;
  }
}

/** What is used where the machine does not say what it has. */
const MODEST = 2 ** 30;

/**
 * The memory that this process can still have, in bytes: of the machine's, and of its container's (cgroup), where it runs in
 * one; `undefined` where neither is known.
 */
export function availableMemory(): number | undefined {
  // Without a limit it is 0 or near 2^63.
  const least = Math.min(describeMemory()?.available ?? Infinity, constrainedMemory() || Infinity);
  return Number.isFinite(least) ? least : undefined;
}

/** Half of {@linkcode availableMemory}. */
export function memoryToUse(): number {
  return Math.floor((availableMemory() ?? 2 * MODEST) / 2);
}

/** Node's `process.constrainedMemory`, which needs no permission; cgroup files would need all of them. */
function constrainedMemory(): number | undefined {
  const { constrainedMemory } = process as { constrainedMemory?: () => number };
  return constrainedMemory?.();
}

/**
 * Reads `name : value` lines as `/proc/cpuinfo`, `lscpu` and `sysctl` print them.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { parseProcessorFacts } from "./machine.ts";
 * const { model, features } = parseProcessorFacts("model name\t: Xeon\nflags\t\t: fma avx2 avx512f\n", "x86_64");
 * assert.equal(model, "Xeon");
 * assert.deepEqual(features, { avx2: true, fma: true, avx512: true, vnni: false, amx: false });
 * ```
 */
export function parseProcessorFacts(
  text: string,
  architecture: string,
): { model: string | undefined; features: Record<string, boolean> | null } {
  let model: string | undefined;
  const words = new Set<string>();
  for (const line of text.split("\n")) {
    const [, name, value] = /^\s*([^:]*?)\s*:\s*(.*?)\s*$/.exec(line) ?? [];
    if (!name || !value) continue;
    const key = name.toLowerCase();
    if (["model name", "machdep.cpu.brand_string"].includes(key)) model ??= value;
    if (["flags", "features", "machdep.cpu.features", "machdep.cpu.leaf7_features"].includes(key)) {
      for (const word of value.toLowerCase().split(/\s+/)) words.add(word);
    }
    // macOS on ARM: "hw.optional.arm.FEAT_DotProd: 1".
    if (key.startsWith("hw.optional.") && value === "1") words.add(key.slice(key.lastIndexOf(".") + 1));
  }
  const known = Object.entries(FEATURES[architecture] ?? {});
  const features = known.map((
    [feature, names],
  ): [string, boolean] => [feature, names.some((name) => words.has(name))]);
  return { model, features: words.size > 0 && known.length > 0 ? Object.fromEntries(features) : null };
}

async function readProcFile(): Promise<string | undefined> {
  if (Deno.build.os !== "linux") return undefined;
  try {
    return await Deno.readTextFile("/proc/cpuinfo");
  } catch {
    return undefined;
  }
}

async function askProgram(): Promise<string | undefined> {
  const [program, ...args] = TELLERS[Deno.build.os] ?? [];
  if (!program) return undefined;
  // Asking first, because trying would make Deno ask the user.
  const { state } = await Deno.permissions.query({ name: "run", command: program });
  if (state !== "granted") return undefined;
  try {
    const { success, stdout } = await new Deno.Command(program, {
      args,
      env: { LC_ALL: "C" },
      stdin: "null",
      stdout: "piped",
      stderr: "null",
    }).output();
    return success ? new TextDecoder().decode(stdout) : undefined;
  } catch {
    return undefined;
  }
}

function plainModel(): string | undefined {
  try {
    return cpus()[0]?.model.trim() || undefined;
  } catch {
    return undefined;
  }
}
