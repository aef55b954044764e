/**
 * `deno task demo`: finds and segments what is in sample photos that come with bneck, everyday ones first and then a street
 * scene with the model for such, and prints what it found and which images to open.
 */
import { basename, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { DEFAULT_DETECTION } from "../models/model.ts";
import {
  type ImageRecord,
  imageRecord,
  type PipelineSettings,
  startPipeline,
} from "../models/pipeline/mod.ts";
import { findModel } from "../models/registry.ts";
import { truncate, wrap } from "./console/output.ts";
import { formatTable } from "./console/table.ts";
import type { Context } from "./context.ts";
import { foundIn } from "./commands/predict/result_printer.ts";
import { runProcess } from "./process.ts";

const OUT = "demo-out";

/** Columns of the terminal that findings get, however narrow it is. */
const MIN_COLUMN = 20;

const WEIGHTS = relative(".", fileURLToPath(new URL("../models/weights", import.meta.url)));

/** People and a dog, buses and cars, horses, a cat, a bottle, and a gull that the decoder misses. */
const EVERYDAY_PHOTOS = [
  "000000000790",
  "000000423617",
  "000000214753",
  "000000196393",
  "000000160012",
  "000000126107",
]
  .map((name) => join(WEIGHTS, "everyday-lraspp/samples", `${name}.jpg`));

const STREET_SCENE = join(WEIGHTS, "street-lraspp/tuned/parity/image.png");

/** What is done with the photos: objects, classes of pixels, and the objects cut out. */
const SETTINGS: PipelineSettings = {
  detect: DEFAULT_DETECTION,
  segment: { opacity: 0.5, legend: "strip" },
  files: ["boxes", "overlay", "cutouts", "ids", "json"],
};

/** A photo, what was found in it, and the images made of it. */
interface DemoRow {
  readonly photo: string;
  readonly objects: string;
  readonly classes: string;
  readonly files: readonly string[];
}

async function demo(_args: readonly string[], context: Context): Promise<number> {
  const start = performance.now();
  const rows = [...await rowsOf("everyday", EVERYDAY_PHOTOS), ...await rowsOf("street", [STREET_SCENE])];
  const seconds = (performance.now() - start) / 1000;

  const { width, shorten } = room(rows, context);
  const columns = [
    { title: "photo", value: ({ photo }: DemoRow) => photo },
    { title: "objects", value: ({ objects }: DemoRow) => shorten(objects) },
    { title: "classes of pixels", value: ({ classes }: DemoRow) => shorten(classes) },
  ];
  const say = (text: string) => context.print(wrap(text, width).join("\n"));
  context.print(formatTable(rows, columns, "table", { colors: context.colors }));
  say(
    `${rows.length} photos, two models, ${
      seconds.toFixed(1)
    } s with loading. Open these images (and beside them the ` +
      "objects cut out):",
  );
  const shown = rows.flatMap(({ files }) => files).filter((file) => /\.(boxes|overlay)\.jpg$/.test(file));
  for (const file of shown) context.print(`  ${file}`);
  say(
    `The photos are under CC BY 2.0 (${
      join(WEIGHTS, "everyday-lraspp/samples/ATTRIBUTION.md")
    }); the street scene and ` +
      "the weights of -m street are for non-commercial use.",
  );
  return 0;
}

/** How wide lines may be, and what makes both columns of findings fit a terminal. */
function room(rows: readonly DemoRow[], context: Context) {
  const width = context.tableWidth() ?? Infinity;
  const names = Math.max(...rows.map(({ photo }) => photo.length));
  const half = Math.max(MIN_COLUMN, Math.floor((width - names) / 2) - 2);
  return { width, shorten: (text: string) => truncate(text, half) };
}

async function rowsOf(name: string, photos: readonly string[]): Promise<DemoRow[]> {
  const model = findModel(name);
  const workers = Math.min(navigator.hardwareConcurrency, photos.length);
  await using pool = await startPipeline(model, SETTINGS, workers);
  const rows: DemoRow[] = [];
  const jobs = photos.map((path) => ({
    path,
    outputStem: join(OUT, titleOf(path).replace(/\.[^.]+$/, "").replaceAll(" ", "-")),
  }));
  for await (const { job, result, error } of pool.run(jobs)) {
    if (error) throw error;
    const { objects, classes, ...record } = imageRecord({ path: "" }, result, model.labels);
    rows.push({
      photo: titleOf(job.path),
      objects: textOf({ ...record, objects }),
      classes: textOf({ ...record, classes }),
      files: result.files,
    });
  }
  return rows;
}

/** What `bneck run` says about an image, without its name. */
function textOf(record: ImageRecord): string {
  return foundIn(record);
}

function titleOf(path: string): string {
  return path === STREET_SCENE ? "street scene" : basename(path);
}

if (import.meta.main) await runProcess(demo);
