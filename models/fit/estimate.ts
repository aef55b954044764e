/** How long a fit will take, by doing a little of each of its parts. */
import { bindWeights, toOnnx } from "../../core/graph/mod.ts";
import { encodeOnnx } from "../../core/onnx/mod.ts";
import { Session } from "../../core/session/mod.ts";
import { exists } from "../../core/files/mod.ts";
import { readImage } from "../../core/images/mod.ts";
import { randomNumbers } from "../../core/random.ts";
import { elementCount } from "../../core/weights/mod.ts";
import { augment } from "./augment.ts";
import type { FitPlan } from "./fit.ts";
import { fitWeights } from "./network.ts";
import { openSession } from "./training_parts.ts";
import { lossGrid } from "./training_session.ts";
import { batchOf } from "./training_work.ts";

/** Seconds of each part. */
export interface FitEstimate {
  readonly features: number;
  /** Of each stage. */
  readonly stages: readonly number[];
}

/** Runs one sample and one step of each stage, on nothing that matters. */
export async function estimateFit(plan: FitPlan): Promise<FitEstimate> {
  const { data, recipe, network, samples, paths, options } = plan;
  const frozen = await fitWeights(() => undefined, recipe.network);
  const [{ image: path }] = data.train;
  const onnx = encodeOnnx(toOnnx(network.before, bindWeights(network.before, frozen, "the backbone")).model);
  const backbone = await Session.open(onnx, "the backbone");
  const [height, width] = recipe.augmentation.crop;
  const sample = await timed(2, async () => {
    const { image } = augment({ image: await readImage(path) }, 2, recipe.augmentation, randomNumbers(0));
    await backbone.run({ image: { shape: [1, height, width, 3], data: image.data } });
  });
  await backbone.close();
  // A run that continues has most of them.
  const missing = exists(paths.sample(samples.length - 1)) ? 0 : samples.length + data.val.length;
  const stages: number[] = [];
  for (const [i, stage] of recipe.stages.entries()) {
    const { features } = network.stages[i];
    const batch = batchOf(stage, samples.length);
    const weights = new Float32Array(data.classes.length).fill(1);
    const session = await openSession({ recipe, network, data, threads: options.threads }, i, batch, weights);
    const zeros = (shape: readonly number[]) => new Float32Array(elementCount(shape));
    const parameters = new Map(
      session.parameters.map(({ name, shape }) => [name, frozen(name)?.data ?? zeros(shape)]),
    );
    const inputs = Object.fromEntries(
      features.map((name) => [name, zeros([batch, ...network.shapes[name]])]),
    );
    const labels = new Uint8Array(batch * elementCount(lossGrid(session.setup)));
    const step = await timed(2, () => session.run(parameters, inputs, labels, { row: 0, column: 0 }));
    await session.close();
    stages.push(step * plan.steps[i]);
  }
  return { features: missing * sample / options.workers, stages };
}

/** Seconds of the fastest of some runs after the first. */
async function timed(runs: number, run: () => Promise<unknown>): Promise<number> {
  await run();
  let fastest = Infinity;
  for (let i = 0; i < runs; i++) {
    const start = performance.now();
    await run();
    fastest = Math.min(fastest, performance.now() - start);
  }
  return fastest / 1000;
}
