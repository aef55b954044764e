/** A worker with both native libraries at work: sharp on threads of its own, onnxruntime on this one. */
import type { OnnxModel, OnnxNode, OnnxValueInfo } from "../../../core/onnx/mod.ts";
import { encodeOnnx } from "../../../core/onnx/mod.ts";
import { loadSharp } from "../../../core/images/load_sharp.ts";
import { Session } from "../../../core/session/mod.ts";
import { serveWorker } from "../../../core/workers/mod.ts";

/** `size` is that of the matrices: 16 takes no time, 1024 takes seconds. */
export interface NativeJob {
  readonly size: number;
  /** End the thread while the work is going on. */
  readonly close?: boolean;
}

const POWER = 64;

/** `y = x` to the power of 64, one matrix product after the other. */
function powerModel(): OnnxModel {
  const matrix = (name: string): OnnxValueInfo => ({ name, elementType: "float32", shape: ["n", "n"] });
  const nodes = Array.from({ length: POWER - 1 }, (_, i): OnnxNode => ({
    name: `product${i}`,
    operator: "MatMul",
    domain: "",
    inputs: [i === 0 ? "x" : `x${i}`, "x"],
    outputs: [i === POWER - 2 ? "y" : `x${i + 1}`],
    attributes: {},
  }));
  const graph = { name: "power", nodes, initializers: [], inputs: [matrix("x")], outputs: [matrix("y")] };
  return { irVersion: 8, opsets: { "": 18 }, producer: "test", graph, metadata: {} };
}

serveWorker<null, NativeJob, number>(async () => {
  const session = await Session.open(encodeOnnx(powerModel()), "the power model");
  const sharp = await loadSharp();
  return {
    async run({ size, close }) {
      if (close) setTimeout(() => self.close());
      const grey = await sharp({ create: { width: 400, height: 300, channels: 3, background: "white" } })
        .resize(size, size).toColourspace("b-w").raw().toBuffer();
      // White on the diagonal only: the identity, whose powers are itself.
      const x = Float32Array.from(
        { length: size * size },
        (_, i) => i % (size + 1) === 0 ? grey[i] / 255 : 0,
      );
      const { y } = await session.run({ x: { shape: [size, size], data: x } });
      return (y.data as Float32Array).reduce((sum, value) => sum + value, 0);
    },
    close: () => session.close(),
  };
}, { concurrency: 2 });
