/**
 * Compares full-size networks with the outputs of their references (see README.md) and writes the table in
 * docs/parity.md. The exit status is 1 when something is further off than it may be.
 *
 *     deno run --allow-read --allow-write=docs --allow-ffi --allow-env tests/parity/compare.ts /tmp/parity
 */
import { readImage } from "../../core/images/mod.ts";
import { parseSafetensors, toFloat32, typedElements, type WeightMap } from "../../core/weights/mod.ts";
import { type Detections, labelsOf, readLabelLogits } from "../../heads/mod.ts";
import { findArchitecture } from "../../models/zoo/mod.ts";
import { bindCheckpoint, type Checkpoint, checkpointGraph, openCheckpoint } from "../../models/checkpoint.ts";
import { checkpointNetwork } from "../../models/checkpoint.ts";
import { standardLabels } from "../../models/labels.ts";
import { Model } from "../../models/model.ts";
import { classificationPreprocessing } from "../../models/preprocessing.ts";
import { ROOT, shared } from "../support/shared.ts";
import { testImage } from "../support/test_image.ts";
import { compareDetections, differingLabels, normalised, relativeError, runNetwork } from "./parity.ts";

interface Entry {
  readonly name: string;
  readonly task: "classify" | "segment" | "detect";
  readonly height: number;
  readonly width: number;
  readonly files: readonly string[];
}

/** A line of the table. */
interface Line {
  readonly network: string;
  readonly from: string;
  readonly compared: string;
  readonly error: string;
  readonly allowed: string;
  readonly ok: boolean;
}

/** torchvision's newer weights resize to 232 pixels. */
const RESIZE_232 = ["mobilenet_v3_large", "mobilenet_v2"];

const folder = Deno.args[0];
const { source, networks } = JSON.parse(Deno.readTextFileSync(`${folder}/manifest.json`)) as {
  source: string;
  networks: Entry[];
};

const lines: Line[] = [];
for (const entry of networks) {
  const bytes = Deno.readFileSync(`${folder}/${entry.name}.safetensors`);
  const reference = parseSafetensors(bytes, entry.name);
  const checkpoint = await openCheckpoint(`${folder}/${entry.name}.pth`, { architecture: entry.name });
  const found = [
    await compareNetwork(entry, checkpoint, reference),
    ...(entry.files.length > 0 ? [await compareFromFiles(entry, checkpoint, reference)] : []),
  ].flat();
  for (const line of found) console.log(Object.values(line).join(" | "));
  lines.push(...found);
}
writeTable(lines);
Deno.exit(lines.every(({ ok }) => ok) ? 0 : 1);

/** From a normalised tensor. */
async function compareNetwork(entry: Entry, checkpoint: Checkpoint, reference: WeightMap): Promise<Line[]> {
  const { name, task, height, width } = entry;
  const { network, preprocessing } = findArchitecture(name);
  const graph = checkpointGraph(checkpoint);
  const { weights } = bindCheckpoint(checkpoint, graph);
  const normalisation = task === "detect" ? preprocessing : classificationPreprocessing(256, 224);
  const outputs = await runNetwork(graph, weights, normalised(testImage(width, height), normalisation));
  const view = { width, height, inputWidth: width, inputHeight: height };
  if (network.task === "detect") {
    const found = network.head(checkpoint.classes).decode(outputs, view, { score: 0.001, max: 300 });
    return [
      detectionLine(entry, "tensor", [[found, readDetections(reference, "")]], { pixels: 0.01, score: 1e-5 }),
    ];
  }
  const error = relativeError(outputs.logits.data, values(reference, "logits"));
  const lines = [{
    network: name,
    from: "tensor",
    compared: "logits",
    error: error.toExponential(1),
    allowed: "1e-4",
    ok: error <= 1e-4,
  }];
  if (task === "segment") {
    const mask = readMask(reference, "mask");
    const labels = labelsOf(readLabelLogits(outputs.logits, view)).data;
    lines.push(maskLine(entry, "tensor", differingLabels(labels, mask), mask.length, 0));
  }
  return lines;
}

/** From the file of an image. */
async function compareFromFiles(entry: Entry, checkpoint: Checkpoint, reference: WeightMap): Promise<Line[]> {
  const { name, files } = entry;
  const { network, preprocessing: standard } = findArchitecture(name);
  const preprocessing = RESIZE_232.includes(name) ? classificationPreprocessing(232, 224) : standard;
  const labels = standardLabels(network.task, checkpoint.classes)!;
  const model = await Model.fromNetwork(name, checkpointNetwork(checkpoint, preprocessing, labels));
  const from = `${files.length} JPEGs`;
  const pairs: [Detections, Detections][] = [];
  let [worst, sameTop, differing, pixels] = [0, 0, 0, 0];
  for (const [index, file] of files.entries()) {
    const image = await readImage(shared(file));
    if (network.task === "classify") {
      const { outputs } = await model.infer(image);
      const logits = outputs["classify.logits"].data as Float32Array;
      const expected = values(reference, `file${index}.logits`);
      worst = Math.max(worst, relativeError(logits, expected));
      if (largest(logits) === largest(expected)) sameTop++;
    } else if (network.task === "segment") {
      const { segment } = await model.predict(image);
      const mask = readMask(reference, `file${index}.mask`);
      differing += differingLabels(labelsOf(segment!).data, mask);
      pixels += mask.length;
    } else {
      const { detect } = await model.predict(image, { detect: { score: 0.001, max: 300 } });
      pairs.push([detect!, readDetections(reference, `file${index}.`)]);
    }
  }
  await model.close();
  if (network.task === "detect") return [detectionLine(entry, from, pairs, { pixels: 0.1, score: 1e-4 })];
  if (network.task === "segment") return [maskLine(entry, from, differing, pixels, 0)];
  return [
    {
      network: name,
      from,
      compared: "logits",
      error: worst.toExponential(1),
      allowed: "1e-4",
      ok: worst <= 1e-4,
    },
    {
      network: name,
      from,
      compared: "same top-1",
      error: `${sameTop} of ${files.length}`,
      allowed: "all",
      ok: sameTop === files.length,
    },
  ];
}

function detectionLine(
  { name }: Entry,
  from: string,
  pairs: readonly (readonly [found: Detections, reference: Detections])[],
  tolerance: { readonly pixels: number; readonly score: number },
): Line {
  const all = pairs.map(([found, reference]) => compareDetections(found, reference, tolerance));
  const sum = (key: "reference" | "matched" | "misplaced") => all.reduce((total, one) => total + one[key], 0);
  const most = (key: "boxError" | "scoreError") => Math.max(...all.map((one) => one[key]));
  return {
    network: name,
    from,
    compared: "detections",
    error:
      `${sum("matched")} of ${sum("reference")} matched, boxes ${most("boxError").toExponential(1)} px, ` +
      `scores ${most("scoreError").toExponential(1)}, ${sum("misplaced")} in another order`,
    allowed: `all within ${tolerance.pixels} px, ${tolerance.score}`,
    ok: sum("matched") === sum("reference") && sum("misplaced") === 0,
  };
}

function maskLine({ name }: Entry, from: string, differing: number, pixels: number, allowed: number): Line {
  return {
    network: name,
    from,
    compared: "labels",
    error: `${differing} of ${pixels} pixels differ`,
    allowed: allowed === 0 ? "none" : `${allowed * 100} %`,
    ok: differing <= allowed * pixels,
  };
}

function values(reference: WeightMap, name: string): Float32Array {
  return toFloat32(reference.get(name)!);
}

function readMask(reference: WeightMap, name: string): Uint8Array {
  return typedElements(reference.get(name)!) as Uint8Array;
}

function readDetections(reference: WeightMap, prefix: string): Detections {
  const labels = typedElements(reference.get(`${prefix}labels`)!) as Int32Array;
  return {
    count: labels.length,
    boxes: values(reference, `${prefix}boxes`),
    scores: values(reference, `${prefix}scores`),
    classes: labels.map((label) => label - 1),
  };
}

function largest(logits: Float32Array): number {
  return logits.reduce((best, value, index) => value > logits[best] ? index : best, 0);
}

/** Replaces what stands between the markers of docs/parity.md. */
function writeTable(lines: readonly Line[]): void {
  const path = `${ROOT}docs/parity.md`;
  const [begin, end] = ["<!-- table -->", "<!-- end of table -->"];
  const text = Deno.readTextFileSync(path);
  const rows = lines.map((line) =>
    `| ${line.network} | ${line.from} | ${line.compared} | ${line.error} | ${line.allowed} |${
      line.ok ? "" : " ✗"
    }`
  );
  const table = [
    `References: ${source}.`,
    "",
    "| network | from | compared | largest error | allowed |",
    "|---|---|---|---|---|",
    ...rows,
  ].join("\n");
  const [before, after] = [text.indexOf(begin) + begin.length, text.indexOf(end)];
  Deno.writeTextFileSync(path, `${text.slice(0, before)}\n\n${table}\n\n${text.slice(after)}`);
}
