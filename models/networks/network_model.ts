/** A file of a network as a model: with random weights, since such files hold none. */
import { bindWeights, GraphBuilder, randomWeights } from "../../core/graph/mod.ts";
import { CLASSIFICATION_DECODER } from "../../heads/mod.ts";
import type { ModelEntry, ModelLabels } from "../entry.ts";
import { numberedLabels, standardLabels } from "../labels.ts";
import { MAX_PIXEL_LABELS, type Network, type Task, type Tasks } from "../network.ts";
import {
  classificationPreprocessing,
  type Preprocessing,
  preprocessOperator,
  resized,
  sizeGrid,
  UNIT_NORMALISATION,
} from "../preprocessing.ts";
import { invalidNetwork, type NetworkFile } from "./network_file.ts";
import { buildNetworkTable, builtHead, HEAD_TASKS, type NetworkTable } from "./network_table.ts";

/** Any seed would do. */
const SEED = 1;

/** Classifiers see the middle 224 of 256 pixels, and as much of other sizes. */
const MARGIN = 256 / 224;

/**
 * A file of a network as a model whose weights are random: it can be shown, exported and measured, and its results mean
 * nothing.
 *
 * @throws {BneckError} (unusable model) when it has more classes than a pixel's label can say.
 */
export function networkFileModel({ table, origin }: NetworkFile, path: string): ModelEntry {
  const tasks = table.heads.map(({ kind }) => HEAD_TASKS[kind]);
  const labels = Object.assign(
    {},
    ...table.heads.map(({ kind, classes }) => labelsOf(HEAD_TASKS[kind], classes)),
  );
  const wide = table.heads.find(({ kind, classes }) => kind === "lr-aspp" && classes > MAX_PIXEL_LABELS);
  if (wide) {
    throw invalidNetwork(path, `at most ${MAX_PIXEL_LABELS} classes can be segmented, not ${wide.classes}`);
  }
  const preprocessing = preprocessingOf(table);
  return {
    name: table.name,
    aliases: [],
    summary: table.summary,
    tasks,
    labels,
    preprocessing,
    weights: [{ from: "random numbers: the file holds a network without weights", licence: "none" }],
    metrics: [],
    verified: `every field of ${path}${origin.machine ? `; made on ${origin.machine}` : ""}`,
    warnings: [
      `${path} holds a network without weights: it runs with random ones, so its results are meaningless`,
    ],
    build: (wanted, inputSize) =>
      Promise.resolve(randomNetwork(table, wanted, labels, resized(preprocessing, inputSize))),
  };
}

function labelsOf(task: Task, classes: number): ModelLabels {
  return standardLabels(task, classes) ?? numberedLabels(task, classes);
}

/** As networks of their kind are usually fed: classifiers as on ImageNet, others as the embedded model. */
function preprocessingOf({ size: [height, width], heads }: NetworkTable): Preprocessing {
  if (heads.some(({ kind }) => kind !== "classifier")) {
    return { size: { kind: "exact", height, width }, interpolation: "antialias", ...UNIT_NORMALISATION };
  }
  if (height !== width) {
    const { mean, std } = classificationPreprocessing(height, height);
    return { size: { kind: "exact", height, width }, interpolation: "antialias", mean, std };
  }
  return classificationPreprocessing(Math.round(height * MARGIN), height);
}

function randomNetwork(
  table: NetworkTable,
  wanted: readonly Task[],
  labels: ModelLabels,
  preprocessing: Preprocessing,
): Network {
  const g = new GraphBuilder();
  const image = g.preprocess(g.image(), preprocessOperator(preprocessing));
  const graph = g.finish(buildNetworkTable(g, image, table, wanted));
  const tasks: Tasks = Object.assign(
    {},
    ...table.heads.filter(({ kind }) => wanted.includes(HEAD_TASKS[kind])).map((head) => {
      const task = HEAD_TASKS[head.kind];
      const { spec, decode } = builtHead(head);
      const decoder = task === "classify" ? CLASSIFICATION_DECODER : { spec, decode };
      return { [task]: { head: decoder, labels: labels[task] } };
    }),
  );
  return {
    graph,
    weights: bindWeights(graph, randomWeights(graph, SEED), table.name),
    tasks,
    inputSize: preprocessing.size,
    sizeGrid: sizeGrid(preprocessing),
  };
}
