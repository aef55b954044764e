/** The code of `bneck models list`. */
import { downloadOf, fileSize, weightsPath } from "../../../../models/cache.ts";
import type { ModelEntry, PublishedMetric } from "../../../../models/entry.ts";
import { MODELS } from "../../../../models/registry.ts";
import { formatBytes } from "../../../console/format.ts";
import { type Column, formatTable, type TableFormat } from "../../../console/table.ts";
import type { Context } from "../../../context.ts";
import type { TASK_CHOICES } from "./command.ts";

interface Flags {
  readonly task: typeof TASK_CHOICES[number];
  readonly format: TableFormat;
  readonly json: boolean;
}

/** A model as the list shows it. */
interface Row {
  readonly name: string;
  readonly aliases: readonly string[];
  readonly tasks: readonly string[];
  /** For example `AP 21.3 %`. */
  readonly score: string | null;
  /** Of the file: what is here, or what is published. */
  readonly bytes: number | null;
  readonly licence: string;
  readonly here: boolean;
}

export default async function list(this: Context, { task, format, json }: Flags): Promise<void> {
  const chosen = MODELS.filter(({ tasks }) => task === "all" || tasks.includes(task));
  const rows = await Promise.all(chosen.map((model) => rowOf(model, this)));
  if (json) return this.printJson(rows);
  this.stdout.write(formatTable(rows, COLUMNS, format, { colors: this.colors }));
}

const COLUMNS: readonly Column<Row>[] = [
  { title: "model", value: ({ name }) => name },
  { title: "short", value: ({ aliases }) => aliases.join(", ") },
  { title: "task", value: ({ tasks }) => tasks.join(", ") },
  { title: "score", value: ({ score }) => score },
  { title: "size", value: ({ bytes }) => bytes, format: formatBytes },
  { title: "licence", value: ({ licence }) => licence },
  { title: "here", value: ({ here }) => here ? "yes" : "" },
];

async function rowOf(model: ModelEntry, context: Context): Promise<Row> {
  const { name, aliases, tasks, metrics, weights } = model;
  const path = weightsPath(model, (variable) => context.env(variable));
  const size = path === undefined ? null : await fileSize(path);
  const published = downloadOf(model)?.mebibytes;
  return {
    name,
    aliases,
    tasks,
    score: scores(metrics, tasks.length) || null,
    bytes: size ?? (published === undefined ? null : Math.round(published * 2 ** 20)),
    licence: [...new Set(weights.map(({ licence }) => licence))].join(", "),
    here: path === undefined || size !== null,
  };
}

/** The first figure of each metric, at most `count`: `AP 25.1 %, mIoU 45.1 %`. */
function scores(metrics: readonly PublishedMetric[], count: number): string {
  const firsts = metrics.filter(({ metric }, k) =>
    metrics.findIndex((other) => other.metric === metric) === k
  );
  return firsts.slice(0, count).map(({ metric, value }) => `${metric} ${(value * 100).toFixed(1)} %`).join(
    ", ",
  );
}
