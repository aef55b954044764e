/** The code of `bneck models show`. */
import { downloadOf, fileSize, weightsPath } from "../../../../models/cache.ts";
import { inputText, outputTexts, sizeText } from "../../../../models/adopt/mod.ts";
import { importLater } from "../../../../core/import_later.ts";
import { usageError } from "../../../../core/errors.ts";
import { isWeightsName } from "../../../../models/other_formats.ts";
import type { RunnableModel } from "../../../../models/entry.ts";
import type { ChannelRow } from "../../../../models/compress/adapt/channel_rows.ts";
import { writerOf } from "../../../../models/card.ts";
import { isNetworkFile, readNetworkFile } from "../../../../models/networks/network_file.ts";
import { resolveModel } from "../../../../models/open.ts";
import type { Preprocessing } from "../../../../models/preprocessing.ts";
import { quantizationTexts } from "../../../../models/quantization.ts";
import { formatBytes, formatPercent } from "../../../console/format.ts";
import { type Column, formatTable } from "../../../console/table.ts";
import { printable, wrap } from "../../../console/output.ts";
import type { Context } from "../../../context.ts";
import { networkTableText } from "./network_table.ts";

/** How many classes the text lists. */
const LISTED_CLASSES = 24;

const INTERPOLATIONS: Readonly<Record<Preprocessing["interpolation"], string>> = {
  antialias: "bilinear, antialiased as Pillow's",
  "antialias-bicubic": "bicubic, antialiased as Pillow's",
  bilinear: "bilinear without antialiasing, as PyTorch's",
};

export default async function show(
  this: Context,
  { json }: { readonly json: boolean },
  name: string,
): Promise<void> {
  if (isWeightsName(name) && await writerOf(name) === undefined) {
    throw usageError(
      `${name} is a file of weights: "bneck models verify ${name}" says which architecture it fits`,
    );
  }
  const model = await resolveModel({ model: name });
  const path = weightsPath(model, (variable) => this.env(variable));
  const bytes = path === undefined ? null : await fileSize(path);
  const file = await isNetworkFile(name) ? await readNetworkFile(name) : undefined;
  if (json) {
    return this.printJson({ ...asJson(model, path, bytes), ...await fileJson(model), ...(file ?? {}) });
  }
  const rows: [string, string][] = [
    ["model", model.name],
    ...(model.aliases.length > 0 ? [["short", model.aliases.join(", ")] as [string, string]] : []),
    ["what it is", model.summary],
    ["tasks", model.tasks.join(", ")],
    ...await preparation(model),
    ...model.metrics.map(({ dataset, metric, value, source }): [string, string] => [
      "score",
      `${metric} ${formatPercent(value)} on ${dataset} (${source})`,
    ]),
    ...provenance(model, path, bytes),
    ...(model.quantization
      ? quantizationTexts(model.quantization).map((text): [string, string] => ["quantized", text])
      : []),
    ...classes(model),
    ["checked", model.verified],
  ];
  const { bold } = this.colors;
  const channels = await channelTable(name);
  const indent = 14;
  const columns = Math.min(Math.max(this.stdout.columns(), 60), 100) - indent;
  let last = "";
  for (const [title, text] of rows) {
    wrap(text, columns).forEach((line, index) => {
      const shown = index === 0 && title !== last ? title : "";
      this.print(`${bold(shown.padEnd(indent))}${line}`);
    });
    last = title;
  }
  if (file) {
    for (const [key, text] of Object.entries(file.origin)) {
      this.print(`${bold(printable(key).slice(0, indent - 1).padEnd(indent))}${printable(text)}`);
    }
    this.print(`\n${networkTableText(file.table, this.colors)}`);
  }
  if (channels !== undefined) {
    this.print(`\n${formatTable(channels, CHANNEL_COLUMNS, "table", { colors: this.colors }).trimEnd()}`);
  }
}

/** The channels of an adapted file beside its original's. */
async function channelTable(name: string): Promise<ChannelRow[] | undefined> {
  if (await writerOf(name) !== "adapt") return undefined;
  const { readAdapted, channelRows, baseGraph } = await importLater<
    typeof import("../../../../models/compress/adapt/mod.ts")
  >(import.meta.resolve("../../../../models/compress/adapt/mod.ts"));
  const { base, card } = await readAdapted(name);
  return channelRows(baseGraph(base), card.channels);
}

const CHANNEL_COLUMNS: readonly Column<ChannelRow>[] = [
  { title: "channels of", value: ({ title }) => title },
  { title: "original", value: ({ original }) => original, align: "right" },
  { title: "adapted", value: ({ adapted }) => adapted, align: "right" },
];

async function preparation(model: RunnableModel): Promise<[string, string][]> {
  const { preprocessing } = model;
  if (!preprocessing) {
    const network = await model.build(model.tasks);
    if (!("onnx" in network)) return [];
    const { inputSize, sizeGrid: { crop }, adopted } = network;
    const rounding = adopted?.input.cropRounding === "down" ? " (rounded down)" : "";
    const parts = [sizeText(inputSize), ...(crop ? [`the middle ${crop.join("×")}${rounding}`] : [])];
    const after = adopted ? inputText(adopted) : ["normalised in the file"];
    return [
      ["images", [...parts, ...after].join("; ")],
      ...outputTexts(network.tasks, adopted).map((text): [string, string] => ["outputs", text]),
    ];
  }
  const { size, crop, interpolation, mean, std } = preprocessing;
  const parts = [
    sizeText(size),
    INTERPOLATIONS[interpolation],
    ...(crop ? [`the middle ${crop.join("×")}`] : []),
    `mean ${mean.join(" ")}, standard deviation ${std.join(" ")}`,
  ];
  return [["images", parts.join("; ")]];
}

function provenance(
  model: RunnableModel,
  path: string | undefined,
  bytes: number | null,
): [string, string][] {
  const download = downloadOf(model);
  const rows = model.weights.flatMap(({ from, licence, note, tasks }): [string, string][] => [
    [
      "weights",
      `${tasks ? `to ${tasks.join(" and ")}: ` : ""}${from}; licence ${licence}${note ? ` (${note})` : ""}`,
    ],
  ]);
  if (!download) return rows;
  const published = download.mebibytes === undefined ? "" : `, ${formatBytes(download.mebibytes * 2 ** 20)}`;
  return [
    ...rows,
    ["", download.url],
    ["", `SHA-256 ${download.sha256}${download.sha256.length < 64 ? "…" : ""}${published}`],
    ["here", bytes === null ? `no: it would be ${path}` : `${path}, ${formatBytes(bytes)}`],
  ];
}

function classes({ labels, tasks }: RunnableModel): [string, string][] {
  return tasks.map((task): [string, string] => {
    const names = labels[task]!.map(({ name }) => name);
    const listed = names.slice(0, LISTED_CLASSES).join(", ");
    const rest = names.length > LISTED_CLASSES ? `, … (${names.length} in all)` : "";
    return ["classes", `${tasks.length > 1 ? `${task}: ` : ""}${listed}${rest}`];
  });
}

/** What an ONNX file says of its images and outputs. */
async function fileJson(model: RunnableModel) {
  if (model.preprocessing) return {};
  const network = await model.build(model.tasks);
  if (!("onnx" in network)) return {};
  const { inputSize, sizeGrid: { crop }, adopted, tasks } = network;
  const outputs = Object.fromEntries(Object.entries(tasks).map(([task, { head }]) => [task, head.spec]));
  return { input_size: inputSize, crop: crop ?? null, adopted: adopted ?? null, outputs };
}

function asJson(model: RunnableModel, path: string | undefined, bytes: number | null) {
  const { name, aliases, summary, tasks, architecture, preprocessing, weights, metrics, labels, verified } =
    model;
  return {
    name,
    aliases,
    summary,
    tasks,
    architecture: architecture ?? null,
    preprocessing: preprocessing ?? null,
    weights,
    here: path === undefined || bytes !== null,
    path: path ?? null,
    metrics,
    labels,
    verified,
  };
}
