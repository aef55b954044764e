/**
 * Training steps beside PyTorch's: the same tensors, the same network, the same optimizer, one step of each in turn.
 *
 * deno task bench:fit PYTHON [--threads N] [--steps N]
 *
 * PYTHON is an interpreter with torch and safetensors. A step is forward pass, loss, gradients, clipping and AdamW. The
 * loss and every gradient of the first step are compared before anything is timed.
 */
import { randomNumbers } from "../../../core/random.ts";
import {
  encodeSafetensors,
  float32Tensor,
  type WeightTensor,
  weightTensor,
} from "../../../core/weights/mod.ts";
import { featureNetwork } from "../../../models/fit/feature_network.ts";
import { fitWeights, learnsIn } from "../../../models/fit/network.ts";
import { adamW, type Moments } from "../../../models/fit/optimizer.ts";
import { lossGrid, TrainingSession } from "../../../models/fit/training_session.ts";
import type { Tune } from "../../../models/fit/recipe.ts";
import { interpolationMatrix, transposeMatrix } from "../../../core/graph/mod.ts";

interface Case {
  readonly name: string;
  readonly tune: Tune;
  readonly outputStride: 16 | 32;
  readonly crop: readonly [number, number];
  readonly batch: number;
  readonly classes: number;
}

/** The stages of the street and of the everyday recipe. */
const CASES: readonly Case[] = [
  {
    name: "head, stride 32, 360×480, batch 16",
    tune: "none",
    outputStride: 32,
    crop: [360, 480],
    batch: 16,
    classes: 11,
  },
  {
    name: "tail, stride 32, 360×480, batch 8",
    tune: "tail",
    outputStride: 32,
    crop: [360, 480],
    batch: 8,
    classes: 11,
  },
  {
    name: "head, stride 16, 384×384, batch 16",
    tune: "none",
    outputStride: 16,
    crop: [384, 384],
    batch: 16,
    classes: 21,
  },
  {
    name: "tail, stride 16, 384×384, batch 16",
    tune: "tail",
    outputStride: 16,
    crop: [384, 384],
    batch: 16,
    classes: 21,
  },
];

const [python, ...rest] = Deno.args;
if (!python) {
  console.error("usage: deno task bench:fit PYTHON [--threads N] [--steps N]");
  Deno.exit(2);
}
const option = (name: string, standard: number) => {
  const at = rest.indexOf(name);
  return at < 0 ? standard : Number(rest[at + 1]);
};
const threads = option("--threads", 1);
const steps = option("--steps", 8);

console.log(
  `| stage | bneck ms | PyTorch ms | ratio | gradients differ by |\n| --- | --: | --: | --: | --: |`,
);
for (const one of CASES) console.log(await measure(one));

async function measure({ name, tune, outputStride, crop, batch, classes }: Case): Promise<string> {
  const geometry = { task: "segment", outputStride, filters: 128, classes, tune } as const;
  const network = featureNetwork(geometry, [{ tune }], crop);
  const [{ features, after }] = network.stages;
  const random = randomNumbers(1);
  const learns = learnsIn(tune);
  const session = await TrainingSession.open({
    graph: after,
    task: "segment",
    classes,
    batch,
    featureShapes: Object.fromEntries(features.map((name) => [name, network.shapes[name]])),
    crop,
    lossStep: 4,
    learns: (parameter) => learns({ scope: parameter }),
    trainsBatchNorm: (scope) => scope.startsWith("segment."),
    classWeights: new Float32Array(classes).fill(1),
    threads,
  });
  const noise = (shape: readonly number[], size: number) =>
    Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => (random() * 2 - 1) * size);
  const embedded = await fitWeights(() => undefined);
  const parameters = new Map(session.parameters.map(({ name, shape, role }) => {
    const known = embedded(name)?.data.slice();
    return [name, known ?? (role === "scale" ? noise(shape, 0.1).map((v) => v + 1) : noise(shape, 0.1))];
  }));
  const inputs = Object.fromEntries(
    features.map((name) => [name, noise([batch, ...network.shapes[name]], 1)]),
  );
  const [rows, columns] = lossGrid(session.setup);
  const labels = Uint8Array.from({ length: batch * rows * columns }, () => Math.floor(random() * classes));
  const moments = new Map<string, Moments>(session.learned.map(({ name }) => {
    const { length } = parameters.get(name)!;
    return [name, { first: new Float32Array(length), second: new Float32Array(length) }];
  }));
  const groups = [{
    names: session.learned.map(({ name }) => name),
    learningRate: 1e-4,
    weightDecay: 0.01,
    maxGradientNorm: 1,
  }];

  const start = await session.run(parameters, inputs, labels, { row: 0, column: 0 });
  const path = await Deno.makeTempFile({ suffix: ".safetensors" });
  const tensors = new Map<string, WeightTensor>();
  const shapes = new Map(session.parameters.map(({ name, shape }) => [name, shape]));
  for (const [name, data] of parameters) {
    tensors.set(`parameter.${name}`, float32Tensor(shapes.get(name)!, data));
  }
  for (const [name, data] of start.gradients) {
    tensors.set(`gradient.${name}`, float32Tensor(shapes.get(name)!, data));
  }
  for (const name of features) {
    tensors.set(name, float32Tensor([batch, ...network.shapes[name]], inputs[name]));
  }
  tensors.set("labels", weightTensor([batch, rows, columns], "uint8", labels));
  const [h, w] = crop.map((length) => Math.ceil(length / 8));
  const every = (matrix: Float32Array, cells: number, count: number) =>
    Float32Array.from(
      { length: count * cells },
      (_, i) => matrix[Math.floor(i / cells) * 4 * cells + i % cells],
    );
  tensors.set("rows", float32Tensor([rows, h], every(interpolationMatrix(h, crop[0]), h, rows)));
  const across = transposeMatrix(every(interpolationMatrix(w, crop[1]), w, columns), columns, w);
  tensors.set("columns", float32Tensor([w, columns], across));
  // The features with 32 channels are what the fine branch is made from.
  const low = features.find((name) => network.shapes[name][0] === 32)!;
  const strided = outputStride === 32 ? 2 : 1;
  const blocks = tune === "none"
    ? []
    : [13, 14, 15].map((n) => [`tuned.block${n}`, n === 13 ? strided : 1, n > 13 && strided === 1 ? 2 : 1]);
  const setup = {
    learned: session.learned.map(({ name }) => name),
    low,
    high: features.find((name) => name !== low),
    low_expand: "backbone.block7.expand",
    blocks,
  };
  await Deno.writeFile(path, encodeSafetensors(tensors, new Map([["setup", JSON.stringify(setup)]])));

  const child = new Deno.Command(python, {
    args: [new URL("./torch_steps.py", import.meta.url).pathname, path, String(threads)],
    stdin: "piped",
    stdout: "piped",
  }).spawn();
  const answers = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  const writer = child.stdin.getWriter();
  const torchStep = async () => {
    await writer.write(new TextEncoder().encode("step\n"));
    let line = "";
    while (!line.endsWith("\n")) {
      const { value, done } = await answers.read();
      if (done) throw new Error(`${name}: PyTorch ended early`);
      line += value;
    }
    return JSON.parse(line) as { loss: number; milliseconds: number; error?: number };
  };
  const first = await torchStep();
  if (!(Math.abs(first.loss - start.loss) < 1e-4)) {
    throw new Error(`${name}: the loss is ${start.loss}, PyTorch's ${first.loss}`);
  }
  const [ours, theirs]: [number[], number[]] = [[], []];
  for (let step = 0; step < steps; step++) {
    const before = performance.now();
    const { gradients } = await session.run(parameters, inputs, labels, { row: 0, column: 0 });
    adamW(parameters, gradients, moments, groups, step + 1, 1);
    ours.push(performance.now() - before);
    theirs.push((await torchStep()).milliseconds);
  }
  await writer.close();
  await child.status;
  await session.close();
  await Deno.remove(path);
  const [a, b] = [ours, theirs].map((times) => times.toSorted((x, y) => x - y)[Math.floor(times.length / 2)]);
  const [least, leastTorch] = [ours, theirs].map((times) => Math.min(...times));
  return `| ${name} | ${a.toFixed(0)} (min ${least.toFixed(0)}) | ${b.toFixed(0)} (min ${
    leastTorch.toFixed(0)
  }) | ` +
    `${(a / b).toFixed(2)} (min ${(least / leastTorch).toFixed(2)}) | ${first.error!.toExponential(1)} |`;
}
