/** The module of the thread that tries a graph. */
import { modelError } from "../../core/errors.ts";
import { Session } from "../../core/session/mod.ts";
import { serveWorker } from "../../core/workers/mod.ts";
import { adoptedFeeds } from "../tensor_input.ts";
import { isFloat } from "../tensor_outputs.ts";
import { type ObservedOutput, testImage, type Trial } from "./observe.ts";

/** An output of more numbers takes gigabytes by the time it is understood. */
const MAX_OBSERVED = 2 ** 27;

serveWorker<null, Trial, ObservedOutput[]>(() => ({ run: runTrial }), {
  transferables: (outputs) => outputs.map(({ data }) => data.buffer),
});

/**
 * What a graph returns for {@linkcode testImage}.
 *
 * @throws {BneckError} when it cannot be loaded or run.
 */
async function runTrial({ onnx, path, graph, extent }: Trial): Promise<ObservedOutput[]> {
  const session = await Session.open(onnx, path);
  try {
    const { input } = graph;
    const { feeds } = adoptedFeeds(testImage(), extent, undefined, { ...graph, outputs: {} });
    const results = await session.run(feeds);
    // In the order of the file: objects have names that are numbers, as PyTorch gives, before all others.
    const names = session.outputs.map(({ name }) => name).filter((name) => Object.hasOwn(results, name));
    return names.map((name) => {
      const { shape, data } = results[name];
      if (data.length > MAX_OBSERVED) {
        throw modelError(`${path} returns ${data.length} numbers: at most ${MAX_OBSERVED} are read`);
      }
      const isBatch = input.batch > 1 && shape[0] === input.batch;
      const length = isBatch ? data.length / input.batch : data.length;
      return {
        name,
        shape: isBatch ? [1, ...shape.slice(1)] : shape,
        isInteger: !isFloat(data),
        data: (data instanceof Float32Array ? data : Float32Array.from(data as Int32Array, Number))
          .subarray(0, length),
      };
    });
  } finally {
    await session.close();
  }
}
