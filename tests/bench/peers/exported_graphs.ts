/**
 * bneck's graphs of torchvision's networks beside what torch.onnx.export makes of the same weights: in one
 * process, with the same runtime and session options, in turns.
 *
 *     deno run --allow-read --allow-env --allow-ffi exported_graphs.ts NETWORKS EXPORTS [RUNS]
 *
 * NETWORKS holds what `networks.py` writes, EXPORTS what `exported_graphs.py` writes. Prints one line of JSON.
 */
import { existsSync } from "node:fs";
import type { Extent } from "../../../core/graph/mod.ts";
import { type NamedTensor, Session } from "../../../core/session/mod.ts";
import { type Detections, labelsOf, readLabelLogits } from "../../../heads/mod.ts";
import { exportModel, resolveModel } from "../../../models/mod.ts";
import { findArchitecture } from "../../../models/zoo/mod.ts";
import { compareDetections } from "../../parity/parity.ts";
import { testImage } from "../../support/test_image.ts";
import { type Spread, spread } from "./rounds.ts";

/** One comparison. */
export interface GraphRow {
  readonly title: string;
  readonly threads: number;
  /** Milliseconds of one run. */
  readonly bneck: Spread;
  readonly exported: Spread;
  /** Which of the exporters was faster. */
  readonly exporter: string;
  /** bneck's time by the other's in the same round. */
  readonly ratio: Spread;
  /** How far the results are apart, in words. */
  readonly difference: string;
}

type Outputs = Record<string, NamedTensor>;

interface Comparison {
  readonly title: string;
  readonly architecture: string;
  readonly size: Extent;
  /** The exported files, without the name of the exporter. */
  readonly file: string;
  /** What is computed from the network's outputs, ours and theirs, within the measured time. */
  readonly ours?: (outputs: Outputs) => unknown;
  readonly theirs?: (outputs: Outputs) => unknown;
  /** Whether the exported graph takes pixels in 0…1, and ours normalised ones. */
  readonly normalises?: boolean;
  readonly difference: (ours: unknown, theirs: unknown) => string;
}

const UNIT = { mean: [0, 0, 0], std: [1, 1, 1] };
const IMAGENET = { mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] };

const SSD_SETTINGS = { score: 0.001, max: 300 };

const COMPARISONS: readonly Comparison[] = [
  {
    title: "V3-Large classifier, 224×224: logits",
    architecture: "mobilenet_v3_large",
    size: [224, 224],
    file: "classifier",
    difference: largestDifference,
  },
  {
    title: "LR-ASPP V3-Large, 520×520: logits at an eighth",
    architecture: "lraspp_mobilenet_v3_large",
    size: [520, 520],
    file: "lraspp-logits",
    difference: largestDifference,
  },
  {
    title: "LR-ASPP V3-Large, 520×520: a label per pixel",
    architecture: "lraspp_mobilenet_v3_large",
    size: [520, 520],
    file: "lraspp",
    ours: (outputs) => labelsOf(readLabelLogits(floats(outputs)[0], view([520, 520]))).data,
    theirs: (outputs) => argmax(floats(outputs)[0]),
    difference: differingLabels,
  },
  {
    title: "SSDLite320 V3-Large: scores and box codes",
    architecture: "ssdlite320_mobilenet_v3_large",
    size: [320, 320],
    file: "ssdlite-heads",
    difference: largestDifference,
  },
  {
    title: "SSDLite320 V3-Large: objects after suppression",
    architecture: "ssdlite320_mobilenet_v3_large",
    size: [320, 320],
    file: "ssdlite",
    normalises: true,
    ours: decodeObjects(),
    theirs: readObjects,
    difference: differingObjects,
  },
];

if (import.meta.main) {
  const [networks, exports, runs = "60"] = Deno.args;
  const rows: GraphRow[] = [];
  for (const threads of [1, 2]) {
    for (const comparison of COMPARISONS) {
      rows.push(await compare(comparison, networks, exports, threads, Number(runs)));
    }
  }
  console.log(JSON.stringify({ rows }));
}

async function compare(
  comparison: Comparison,
  networks: string,
  exports: string,
  threads: number,
  runs: number,
): Promise<GraphRow> {
  const { title, architecture, size, file } = comparison;
  const model = await resolveModel({ weights: `${networks}/${architecture}.pth`, architecture });
  const { bytes } = await exportModel(model, { raw: true, size });
  const ours = await Session.open(bytes, architecture, { threads });
  const exporters = ["legacy", "dynamo"].filter((exporter) =>
    existsSync(`${exports}/${file}.${exporter}.onnx`)
  );
  const theirs = await Promise.all(
    exporters.map((exporter) => Session.open(`${exports}/${file}.${exporter}.onnx`, exporter, { threads })),
  );

  const image = normalised(size, comparison.normalises ? UNIT : IMAGENET);
  const contenders = [
    async () => {
      const input = comparison.normalises ? spreadToOne(image) : image;
      const outputs = await ours.run({ input: { shape: [1, 3, ...size], data: input } });
      return comparison.ours ? comparison.ours(outputs) : outputs;
    },
    ...theirs.map((session) => async () => {
      const shape = comparison.normalises ? [3, ...size] : [1, 3, ...size];
      const outputs = await session.run({ input: { shape, data: image } });
      return comparison.theirs ? comparison.theirs(outputs) : outputs;
    }),
  ];
  const results: unknown[] = [];
  for (const run of contenders) results.push(await run());
  const times: number[][] = contenders.map(() => []);
  for (let round = 0; round < runs; round++) {
    for (let turn = 0; turn < contenders.length; turn++) {
      // Who comes first changes, as the first finds the caches as the last has left them.
      const index = (turn + round) % contenders.length;
      const start = performance.now();
      await contenders[index]();
      times[index].push(performance.now() - start);
    }
  }
  await Promise.all([ours, ...theirs].map((session) => session.close()));
  const medians = times.map((list) => spread(list).median);
  const best = 1 + medians.slice(1).indexOf(Math.min(...medians.slice(1)));
  return {
    title,
    threads,
    bneck: spread(times[0]),
    exported: spread(times[best]),
    exporter: exporters[best - 1],
    ratio: spread(times[0].map((time, round) => time / times[best][round])),
    difference: comparison.difference(results[0], results[best]),
  };
}

function normalised([height, width]: Extent, { mean, std }: typeof UNIT): Float32Array {
  const { data } = testImage(width, height);
  const plane = height * width;
  const values = new Float32Array(3 * plane);
  for (let i = 0; i < plane; i++) {
    for (let c = 0; c < 3; c++) values[c * plane + i] = (data[i * 3 + c] / 255 - mean[c]) / std[c];
  }
  return values;
}

function spreadToOne(pixels: Float32Array): Float32Array {
  const values = new Float32Array(pixels.length);
  for (let i = 0; i < pixels.length; i++) values[i] = pixels[i] * 2 - 1;
  return values;
}

/** The outputs without their names, the one with most elements first. */
function floats(outputs: Outputs): (NamedTensor & { data: Float32Array })[] {
  return Object.values(outputs)
    .map((tensor) => ({ ...tensor, data: tensor.data as Float32Array }))
    .sort((a, b) => b.data.length - a.data.length);
}

function view([height, width]: Extent) {
  return { width, height, inputWidth: width, inputHeight: height };
}

/** The best class of every pixel of `[1, K, H, W]`. */
function argmax({ shape, data }: { shape: readonly number[]; data: Float32Array }): Uint8Array {
  const plane = shape[2] * shape[3];
  const best = data.slice(0, plane);
  const labels = new Uint8Array(plane);
  for (let label = 1; label < shape[1]; label++) {
    const from = label * plane;
    for (let i = 0; i < plane; i++) {
      const value = data[from + i];
      if (value > best[i]) {
        best[i] = value;
        labels[i] = label;
      }
    }
  }
  return labels;
}

function decodeObjects(): (outputs: Outputs) => Detections {
  const { network } = findArchitecture("ssdlite320_mobilenet_v3_large");
  if (network.task !== "detect") throw new TypeError("SSDLite is a detector");
  const head = network.head(network.classes);
  return (outputs) => {
    const [scores, boxes] = floats(outputs);
    return head.decode({ scores, boxes }, view([320, 320]), SSD_SETTINGS);
  };
}

function readObjects(outputs: Outputs): Detections {
  const tensors = Object.values(outputs);
  const labels = tensors.find(({ data }) => data instanceof BigInt64Array)!.data as BigInt64Array;
  const [boxes, scores] = floats(Object.fromEntries(
    Object.entries(outputs).filter(([, { data }]) => data instanceof Float32Array),
  ));
  const classes = Int32Array.from(labels, (label) => Number(label) - 1);
  return { count: classes.length, boxes: boxes.data, scores: scores.data, classes };
}

function largestDifference(ours: unknown, theirs: unknown): string {
  const pairs = floats(ours as Outputs).map((tensor, index) =>
    [tensor.data, floats(theirs as Outputs)[index].data] as const
  );
  let [largest, most] = [0, 0];
  for (const [a, b] of pairs) {
    if (a.length !== b.length) throw new RangeError("the outputs are not of the same shape");
    for (let i = 0; i < a.length; i++) {
      largest = Math.max(largest, Math.abs(a[i] - b[i]));
      most = Math.max(most, Math.abs(b[i]));
    }
  }
  return `${largest.toExponential(1)} of ${most.toPrecision(3)}`;
}

function differingLabels(ours: unknown, theirs: unknown): string {
  const [a, b] = [ours as Uint8Array, theirs as Uint8Array];
  let count = 0;
  for (let i = 0; i < b.length; i++) if (a[i] !== b[i]) count++;
  return `${count} of ${b.length} labels`;
}

function differingObjects(ours: unknown, theirs: unknown): string {
  const tolerance = { pixels: 0.01, score: 1e-5 };
  const { matched, reference } = compareDetections(ours as Detections, theirs as Detections, tolerance);
  return `${reference - matched} of ${reference} objects`;
}
