/** The code of `bneck models show`. */
import { downloadOf, fileSize, weightsPath } from "../../../../models/cache.ts";
import { inputText, outputTexts } from "../../../../models/adopt/mod.ts";
import { usageError } from "../../../../core/errors.ts";
import { isWeightsName } from "../../../../models/other_formats.ts";
import type { RunnableModel } from "../../../../models/entry.ts";
import { isFittedFile } from "../../../../models/fit/fitted_file.ts";
import type { InputSize } from "../../../../models/input_size.ts";
import { resolveModel } from "../../../../models/open.ts";
import type { Preprocessing } from "../../../../models/preprocessing.ts";
import { formatBytes, formatPercent } from "../../../console/format.ts";
import { wrap } from "../../../console/output.ts";
import type { Context } from "../../../context.ts";

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
  if (isWeightsName(name) && !await isFittedFile(name)) {
    throw usageError(
      `${name} is a file of weights: "bneck models verify ${name}" says which architecture it fits`,
    );
  }
  const model = await resolveModel({ model: name });
  const path = weightsPath(model, (variable) => this.env(variable));
  const bytes = path === undefined ? null : await fileSize(path);
  if (json) return this.printJson({ ...asJson(model, path, bytes), ...await fileJson(model) });
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
    ...classes(model),
    ["checked", model.verified],
  ];
  const { bold } = this.colors;
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
}

async function preparation(model: RunnableModel): Promise<[string, string][]> {
  const { preprocessing } = model;
  if (!preprocessing) {
    const network = await model.build(model.tasks);
    if (!("onnx" in network)) return [];
    const { inputSize, sizeGrid: { crop }, adopted } = network;
    const parts = [sizeText(inputSize), ...(crop ? [`the middle ${crop.join("×")}`] : [])];
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

function sizeText(size: InputSize): string {
  return size.kind === "exact" ? `${size.height}×${size.width}` : `${size.kind} side ${size.pixels}`;
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
