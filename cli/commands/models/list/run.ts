/** The code of `bneck models list`. */
import { fileURLToPath } from "node:url";
import { downloadOf, fileSize, weightsPath } from "../../../../models/cache.ts";
import type { ModelEntry, PublishedMetric, WeightsFile } from "../../../../models/entry.ts";
import { MODELS } from "../../../../models/registry.ts";
import { weightBytes } from "../../../../models/weight_bytes.ts";
import { fits, fittedTable } from "../../../console/fit_columns.ts";
import { formatBytes } from "../../../console/format.ts";
import { type Column, formatTable, type TableFormat } from "../../../console/table.ts";
import type { Context } from "../../../context.ts";
import type { TASK_CHOICES } from "./command.ts";

interface Flags {
  readonly task: typeof TASK_CHOICES[number];
  readonly format: TableFormat;
  readonly json: boolean;
  readonly wide: boolean;
}

/** A model as the list shows it. */
interface Row {
  readonly name: string;
  readonly aliases: readonly string[];
  readonly tasks: readonly string[];
  /** In percent, for example `AP 21.3`. */
  readonly score: string | null;
  /** Of the file: what is here, or what is published. */
  readonly bytes: number | null;
  /** Of the weights, counted, where the size of the file is not published. */
  readonly countedBytes: number | null;
  /** How many, for each task. */
  readonly classes: readonly number[];
  readonly licence: string;
  readonly here: boolean;
}

export default async function list(this: Context, { task, format, json, wide }: Flags): Promise<void> {
  const chosen = MODELS.filter(({ tasks }) => task === "all" || tasks.includes(task));
  const rows = await Promise.all(chosen.map((model) => rowOf(model, this)));
  if (json) return this.printJson(rows);
  const width = this.tableWidth(wide);
  const colors = this.colors;
  const fit = width === undefined ? undefined : { width, givingWay: GIVING_WAY };
  const wanted = [NAME, SHORT, ...COLUMNS];
  if (fit === undefined || format !== "table" || fits(rows, wanted, fit)) {
    return this.stdout.write(formatTable(rows, wanted, format, { colors }));
  }
  this.stdout.write(fittedTable(rows, [SHORTEST, ...COLUMNS], format, { colors, fit }));
}

const NAME: Column<Row> = { title: "model", value: ({ name }) => name };
const SHORT: Column<Row> = { title: "short", value: ({ aliases }) => aliases.join(", ") };
/** Where there is not enough room for both: a name that can be typed beats one that is cut. */
const SHORTEST: Column<Row> = { title: "model", value: ({ name, aliases }) => aliases.at(-1) ?? name };

const COLUMNS: readonly Column<Row>[] = [
  { title: "task", value: ({ tasks }) => tasks.join(", ") },
  { title: "score %", value: ({ score }) => score ?? "–" },
  { title: "classes", value: ({ classes }) => classes.join(" + ") || null, align: "right" },
  {
    title: "size",
    value: ({ bytes, countedBytes }) =>
      bytes === null ? `≈${formatBytes(countedBytes!)}` : formatBytes(bytes),
    align: "right",
  },
  { title: "licence", value: ({ licence }) => licence },
  { title: "weights", value: ({ here }) => here ? "here" : "download" },
];

/** The columns that give way where a terminal is too narrow, the first of them first. */
const GIVING_WAY = ["licence", "task", "size", "classes"] as const;

async function rowOf(model: ModelEntry, context: Context): Promise<Row> {
  const { name, aliases, tasks, metrics, weights, labels } = model;
  const path = weightsPath(model, (variable) => context.env(variable));
  const size = path === undefined ? null : await fileSize(path);
  const published = downloadOf(model)?.mebibytes;
  const bytes = size ?? await embeddedBytes(weights) ??
    (published === undefined ? null : Math.round(published * 2 ** 20));
  return {
    name,
    aliases,
    tasks,
    score: scores(metrics, tasks.length) || null,
    classes: tasks.flatMap((task) => labels[task]?.length ?? []),
    bytes,
    countedBytes: bytes === null ? weightBytes(model) ?? null : null,
    licence: [...new Set(weights.map(({ licence }) => licence))].join(", "),
    here: path === undefined || size !== null,
  };
}

/** The size of the files that come with bneck; `null` if there are none. */
async function embeddedBytes(weights: readonly WeightsFile[]): Promise<number | null> {
  const files = weights.flatMap(({ files }) => files?.() ?? []);
  if (files.length === 0) return null;
  const sizes = await Promise.all(files.map((file) => fileSize(fileURLToPath(file))));
  return sizes.reduce<number>((sum, size) => sum + (size ?? 0), 0);
}

/** The first figure of each metric, at most `count`: `AP 25.1, mIoU 45.1`. */
function scores(metrics: readonly PublishedMetric[], count: number): string {
  const firsts = metrics.filter(({ metric }, k) =>
    metrics.findIndex((other) => other.metric === metric) === k
  );
  return firsts.slice(0, count).map(({ metric, value }) => `${metric} ${(value * 100).toFixed(1)}`).join(
    ", ",
  );
}
