import assert from "node:assert/strict";
import { countParameters, GraphBuilder, graphParameters } from "../../../core/graph/mod.ts";
import { elementCount } from "../../../core/weights/tensor.ts";

const BATCH_NORM = { epsilon: 1e-3 };

Deno.test("parameters have PyTorch's names and shapes, in the order of the layers", () => {
  const g = new GraphBuilder();
  const stem = g.conv(g.tensor("x", 3), { name: "stem", channels: 8, kernel: [5, 3], batchNorm: BATCH_NORM });
  const depthwise = g.depthwise(stem, { name: "depthwise", kernel: 3, batchNorm: BATCH_NORM, bias: true });
  const head = g.conv(depthwise, { name: "head", channels: 4, kernel: 1, groups: 2 });
  assert.deepEqual(
    graphParameters(g.finish({ head })).map(({ name, shape, role }) => `${role} ${name} [${shape}]`),
    [
      "weight stem.weight [8,3,5,3]",
      "scale stem.batch_norm.weight [8]",
      "shift stem.batch_norm.bias [8]",
      "mean stem.batch_norm.running_mean [8]",
      "variance stem.batch_norm.running_var [8]",
      "weight depthwise.weight [8,1,3,3]",
      "bias depthwise.bias [8]",
      "scale depthwise.batch_norm.weight [8]",
      "shift depthwise.batch_norm.bias [8]",
      "mean depthwise.batch_norm.running_mean [8]",
      "variance depthwise.batch_norm.running_var [8]",
      "weight head.weight [4,4,1,1]",
      "bias head.bias [4]",
    ],
  );
});

Deno.test("running statistics never count, BatchNorm's scale and shift only where asked for", () => {
  const g = new GraphBuilder();
  const stem = g.conv(g.tensor("x", 3), { name: "stem", channels: 8, kernel: 3, batchNorm: BATCH_NORM });
  const parameters = graphParameters(
    g.finish({ head: g.conv(stem, { name: "head", channels: 2, kernel: 1 }) }),
  );
  const convolutions = 8 * 3 * 3 * 3 + 2 * 8 + 2;
  assert.equal(countParameters(parameters, false), convolutions);
  assert.equal(countParameters(parameters), convolutions + 2 * 8);
});

Deno.test("shared parameters count once", () => {
  const g = new GraphBuilder();
  const shared = { channels: 4, kernel: 1, scope: "shared" };
  const first = g.conv(g.tensor("x", 4), { name: "first", ...shared });
  const second = g.conv(first, { name: "second", ...shared });
  assert.equal(countParameters(graphParameters(g.finish({ second }))), 4 * 4 + 4);
});

Deno.test("a scalar has one element", () => {
  assert.equal(elementCount([]), 1);
  assert.equal(elementCount([2, 3, 4]), 24);
});
