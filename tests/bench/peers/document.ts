/** The text of docs/benchmarks.md, from what was measured. */
import { describeMemory, describeProcessor } from "../../../core/machine.ts";
import { PAIRS } from "./cityscapes_scripts.ts";
import type { GraphRow } from "./exported_graphs.ts";
import { PASSES, testImages, THREADS } from "./job.ts";
import { type Measured, type Run, type Spread, spread } from "./rounds.ts";
import type { ExportedFiles } from "./networks.ts";

/** All that was measured. */
export interface Findings {
  readonly rounds: number;
  readonly graphs?: ExportedFiles & { readonly runs: number; readonly rows: readonly GraphRow[] };
  readonly images?: readonly ImageFinding[];
  readonly coco?: readonly Measured[];
  readonly cityscapes?: readonly Measured[];
}

/** Contenders at one piece of work with images, bneck first. */
export interface ImageFinding {
  readonly title: string;
  /** How many there are. */
  readonly images: number;
  readonly measured: readonly Measured[];
}

/** Writes the document; a part that was not measured is left out. */
export async function writeDocument(findings: Findings): Promise<string> {
  const { graphs, images, coco, cityscapes } = findings;
  const sections = [
    await introduction(findings),
    ...images ? [imageSection(images)] : [],
    ...graphs ? [graphSection(graphs)] : [],
    ...coco ? [cocoSection(coco)] : [],
    ...cityscapes ? [cityscapesSection(cityscapes)] : [],
    QUANTIZED,
    NOT_POSSIBLE,
  ];
  return sections.join("\n\n") + "\n";
}

async function introduction(
  { rounds, graphs, images = [], coco = [], cityscapes = [] }: Findings,
): Promise<string> {
  const { model, architecture, cores, features } = await describeProcessor();
  const sets = Object.entries(features ?? {}).filter(([, has]) => has).map(([name]) => name);
  const memory = describeMemory();
  const runs = [...images.flatMap(({ measured }) => measured), ...coco, ...cityscapes]
    .flatMap((one) => one.runs);
  const versions = Object.assign({}, graphs?.versions, ...runs.map((run) => run.versions ?? {}));
  return `# Benchmarks

Written by \`deno task bench:peers\` (\`tests/bench/peers\`) from its own measurements.

- ${new Date().toISOString().slice(0, 10)}; ${model}, ${architecture}, ${cores} cores${
    sets.length > 0 ? ` (${sets.join(", ")})` : ""
  }${memory ? `, ${Math.round(memory.total / 2 ** 30)} GiB of memory` : ""}.
- bneck on Deno ${Deno.version.deno} and onnxruntime-node ${await runtimeVersion()}; ${
    Object.entries(versions).map(([name, version]) => `${name} ${version}`).join(", ")
  }.
- Contenders take turns, each in a process of its own; medians of ${rounds} rounds. _Noise_ is the distance between
  the quartiles.`;
}

async function runtimeVersion(): Promise<string> {
  const file = new URL("../../../node_modules/onnxruntime-node/package.json", import.meta.url);
  return JSON.parse(await Deno.readTextFile(file)).version;
}

function imageSection(findings: readonly ImageFinding[]): string {
  const count = testImages().length;
  const rows = findings.flatMap(({ title, images, measured }) => {
    const speeds = measured.map(({ runs }) => spread(runs.map(({ seconds }) => images / seconds.images)));
    return measured.map(({ name, runs }, index) => [
      index === 0 ? title : "",
      name,
      withNoise(speeds[index], 1),
      index === 0 ? "" : times(speeds[0].median / speeds[index].median),
      wholeSeconds(runs),
      megabytes(runs),
      String(runs[0].found),
    ]);
  });
  return `## Whole images

The ${count} photos of coco-mini (about 640×480): read, decode, resize, normalise, infer, read out, write an indexed PNG of class ids or
a JSON file of objects for each. bneck has ${THREADS} workers with one thread each, every peer ${THREADS} threads or processes. The
images are done ${PASSES} times; images/s are those of the last time, seconds those of the whole process with start and loading.
Photos of 12 megapixels are the embedded samples enlarged, with noise, 3.4 MB each; the others decode them in full.
_Found_ are objects, or classes summed over the images: contenders that do the same work agree, but for the last digit of
resized pixels.

${
    table(
      ["", "", "images/s (noise)", "bneck is faster by", "seconds", "MB", "found"],
      rows,
    )
  }

The Python of onnxruntime, Pillow and numpy is \`onnxruntime_python.py\`: one loop over the images, the networks as
\`bneck export --raw\` writes them. torchvision runs in inference mode, channels-last
and with its threads as they are by default: they spin while they wait, which is the fastest on a machine that does nothing
else. Random weights get a bias that makes them find about as many objects, or as much background, as trained ones. They
still make noisier labels, which costs bneck's read-out time and the others' nothing.`;
}

function graphSection({ rows, runs, failed }: NonNullable<Findings["graphs"]>): string {
  const cells = rows.map(({ title, threads, bneck, exported, exporter, ratio, difference }) => [
    title,
    String(threads),
    withNoise(bneck, 2),
    withNoise(exported, 2),
    exporter,
    ratio.median.toFixed(3),
    difference,
  ]);
  return `## Graphs of networks alone

bneck's ONNX beside that of \`torch.onnx.export\`, of the same weights: one process, onnxruntime-node with the same options, from the
same floats, ${runs} runs in turns. _Ratio_ is bneck's time by the other's in the same round (median). Each exporter of torch
was tried, the faster one is shown${
    failed.length > 0 ? `; it could not export ${failed.map((name) => `\`${name}\``).join(", ")}` : ""
  }. For labels and
objects, bneck reads the heads' outputs in TypeScript, and the other graph computes them itself (upsampling to 520×520 with
an argmax in JavaScript; suppression of overlaps in the graph).

${table(["", "threads", "bneck, ms", "torch, ms", "exporter", "ratio", "difference"], cells)}`;
}

function cocoSection(measured: readonly Measured[]): string {
  const evaluation = (runs: readonly Run[]) => runs.every(({ seconds }) => "evaluate" in seconds);
  const part = (runs: readonly Run[], name: string) =>
    evaluation(runs) ? withNoise(spread(runs.map(({ seconds }) => seconds[name])), 3) : "";
  const [alone, command] = measured.map(({ runs }) => runs);
  const middle = (runs: readonly Run[], pick: (run: Run) => number) => spread(runs.map(pick)).median;
  const rows = measured.map(({ name, runs }, index) => [
    name,
    part(runs, "read"),
    part(runs, "evaluate"),
    index < 2
      ? ""
      : times(middle(runs, (run) => run.seconds.evaluate) / middle(alone, (run) => run.seconds.evaluate)),
    wholeSeconds(runs),
    index < 2 ? "" : times(middle(runs, (run) => run.whole) / middle(command, (run) => run.whole)),
    megabytes(runs),
    runs[0].found!.toFixed(6),
  ]);
  return `## COCO evaluation

Boxes: 5,000 made-up images, 80 classes, 399,000 detections, all from the same JSON files. bneck evaluates
so few on one thread, since starting another takes longer. _Evaluate_ is matching and accumulating; _process_ is all from start to exit.

${
    table(
      ["", "read, s", "evaluate, s", "bneck is faster by", "process, s", "bneck is faster by", "MB", "AP"],
      rows,
    )
  }`;
}

function cityscapesSection(measured: readonly Measured[]): string {
  const wholes = measured.map(({ runs }) => spread(runs.map(({ whole }) => whole)));
  const rows = measured.map(({ name, runs }, index) => [
    name,
    withNoise(wholes[index], 2),
    index === 0 ? "" : times(wholes[index].median / wholes[0].median),
    megabytes(runs),
    runs[0].found!.toFixed(6),
  ]);
  return `## Cityscapes evaluation

IoU and iIoU of ${PAIRS} made-up images of 1024×2048 pixels, the whole process. bneck has ${THREADS} workers.
cityscapesScripts runs as pip installs it; its faster counting in Cython is not in the package.

${table(["", "process, s", "bneck is faster by", "MB", "mIoU"], rows)}`;
}

const QUANTIZED = `## Quantized networks

bneck's int8 networks beside those of onnxruntime's \`quantize_static\` and of NNCF, run by onnxruntime and by OpenVINO
(accuracy, times as fast as float): see [quantize.md](quantize.md#what-it-reached), measured with
\`tests/bench/peers/quantization.py\`.`;

const NOT_POSSIBLE = `## Not possible here

- transformers.js has MobileNet segmentation models, but their weights lie on a hub that this machine does not reach. It runs
  bneck's street decoder as a \`MobileNetV3ForSemanticSegmentation\` instead.
- torchvision's trained weights cannot be fetched here either; time does not depend on them, except as said above.
- TensorFlow.js gives WebAssembly no threads in Node.js. Two processes that share the images stand for them.`;

function withNoise({ median, range }: Spread, digits: number): string {
  return `${median.toFixed(digits)} (${range.toFixed(digits)})`;
}

function times(ratio: number): string {
  return `${ratio.toFixed(ratio < 10 ? 2 : 1)}×`;
}

function wholeSeconds(runs: readonly Run[]): string {
  return spread(runs.map(({ whole }) => whole)).median.toFixed(2);
}

function megabytes(runs: readonly Run[]): string {
  const known = runs.map(({ memory }) => memory).filter((memory) => memory !== undefined);
  return known.length > 0 ? Math.max(...known).toFixed(0) : "";
}

/** A Markdown table whose columns after the first two of text are numbers. */
function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  const rule = head.map((_, column) =>
    rows.every((row) => /^[\d.,×()\s]*$/.test(row[column])) ? "--:" : "---"
  );
  return [line(head), line(rule), ...rows.map(line)].join("\n");
}
