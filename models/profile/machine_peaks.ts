/** The best rates of this machine, measured once and kept in the cache folder. */
import { join } from "node:path";
import { writeFileAtomic } from "../../core/files/mod.ts";
import { describeProcessor } from "../../core/machine.ts";
import { type MachinePeaks, measurePeaks } from "../../core/profile/mod.ts";
import { loadRuntime } from "../../core/session/mod.ts";
import { cacheFolder, type Environment, readEnvironment } from "../cache.ts";

/** Peaks with what they were measured on. */
export interface DatedPeaks extends MachinePeaks {
  /** The day, such as `2026-01-31`. */
  readonly date: string;
  readonly processor: string;
  readonly onnxruntime: string;
}

const FILE = "machine-peaks.json";

/**
 * Measures how fast this machine is at best, unless that is known of the same processor and onnxruntime. A cache that
 * cannot be read or written is done without.
 *
 * @throws {BneckError} (unusable model) when onnxruntime cannot be used.
 */
export async function machinePeaks(env: Environment = readEnvironment): Promise<DatedPeaks> {
  const [{ model, architecture, cores }, { env: { versions } }] = [
    await describeProcessor(),
    await loadRuntime(),
  ];
  const processor = `${model}, ${architecture}, ${cores}`;
  const onnxruntime = versions.node ?? versions.common;
  const folder = cacheFolder(env);
  const path = folder && join(folder.path, FILE);
  const known = path && await readPeaks(path);
  if (known && known.processor === processor && known.onnxruntime === onnxruntime) return known;
  const date = new Date().toISOString().slice(0, 10);
  const peaks = { ...await measurePeaks(), date, processor, onnxruntime };
  if (path) {
    try {
      await Deno.mkdir(folder.path, { recursive: true });
      await writeFileAtomic(path, `${JSON.stringify(peaks, null, 2)}\n`);
    } catch {
      // It is measured again next time.
    }
  }
  return peaks;
}

async function readPeaks(path: string): Promise<DatedPeaks | undefined> {
  try {
    const { gmaddsPerSecond, gigabytesPerSecond, date, processor, onnxruntime } = JSON.parse(
      await Deno.readTextFile(path),
    );
    const isRate = (value: unknown) => typeof value === "number" && value > 0 && Number.isFinite(value);
    const isText = (value: unknown) => typeof value === "string" && value.length < 200;
    return isRate(gmaddsPerSecond) && isRate(gigabytesPerSecond) && /^\d{4}-\d\d-\d\d$/.test(date) &&
        isText(processor) && isText(onnxruntime)
      ? { gmaddsPerSecond, gigabytesPerSecond, date, processor, onnxruntime }
      : undefined;
  } catch {
    return undefined;
  }
}
