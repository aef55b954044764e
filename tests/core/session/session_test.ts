import assert from "node:assert/strict";
import { BneckError, ExitStatus } from "../../../core/errors.ts";
import { bindWeights, GraphBuilder, randomWeights, toOnnx } from "../../../core/graph/mod.ts";
import { encodeOnnx } from "../../../core/onnx/mod.ts";
import { Session } from "../../../core/session/mod.ts";

/** `out` is `input` times 2. */
function doubling(): Uint8Array {
  const g = new GraphBuilder();
  const graph = g.finish({ out: g.scale("twice", g.tensor("input", 1), 2) });
  return encodeOnnx(toOnnx(graph, new Map()).model);
}

function refusal(pattern: RegExp): (error: unknown) => true {
  return (error) => {
    assert.ok(error instanceof BneckError, String(error));
    assert.equal(error.exitStatus, ExitStatus.unusableModel);
    assert.match(error.message, pattern);
    assert.ok(!error.message.includes("\n"));
    return true;
  };
}

Deno.test("a session tells what it takes, and runs it", async () => {
  const session = await Session.open(doubling(), "doubling");
  assert.deepEqual(session.inputs.map((input) => input.name), ["input"]);
  assert.deepEqual(session.outputs.map((output) => output.name), ["out"]);
  const data = Float32Array.of(1, 2, 3);
  const { out } = await session.run({ input: { shape: [1, 1, 1, 3], data } });
  assert.deepEqual(out, { shape: [1, 1, 1, 3], data: Float32Array.of(2, 4, 6) });
  await session.close();
});

Deno.test("a model may be a path", async () => {
  const path = await Deno.makeTempFile({ suffix: ".onnx" });
  await Deno.writeFile(path, doubling());
  const session = await Session.open(path, "doubling");
  assert.equal(session.inputs.length, 1);
  await session.close();
  await Deno.remove(path);
});

Deno.test("what is no model is refused in one line", async () => {
  await assert.rejects(
    Session.open(new Uint8Array([1, 2, 3]), "broken.onnx"),
    refusal(/^cannot load broken\.onnx: /),
  );
  await assert.rejects(Session.open("/no/such/file.onnx", "file.onnx"), refusal(/^cannot load file\.onnx: /));
});

Deno.test("inputs that do not fit are refused in one line", async () => {
  const session = await Session.open(doubling(), "doubling");
  const data = new Float32Array(3);
  await assert.rejects(
    session.run({ wrong: { shape: [1, 1, 1, 3], data } }),
    refusal(/^cannot run doubling: .*input/),
  );
  await assert.rejects(
    session.run({ input: { shape: [1, 1, 3], data } }),
    refusal(/^cannot run doubling: /),
  );
  await assert.rejects(
    session.run({ input: { shape: [1, 1, 1, 4], data } }),
    refusal(/^cannot run doubling: /),
  );
  await session.close();
});

Deno.test("however far the graph is rewritten, the results are the same", async () => {
  const g = new GraphBuilder();
  const common = { kernel: 3, batchNorm: { epsilon: 1e-3 }, activation: "h-swish" } as const;
  const stem = g.conv(g.tensor("input", 3), { name: "stem", channels: 16, stride: 2, ...common });
  const out = g.depthwise(stem, { name: "depthwise", ...common });
  const graph = g.finish({ out });
  const model = encodeOnnx(toOnnx(graph, bindWeights(graph, randomWeights(graph, 1), "x")).model);
  const data = Float32Array.from({ length: 3 * 16 * 16 }, (_, i) => Math.sin(i));
  const results: Float32Array[] = [];
  for (const optimization of ["disabled", "basic", "extended", "all"] as const) {
    const session = await Session.open(model, "small", { optimization });
    const { out } = await session.run({ input: { shape: [1, 3, 16, 16], data } });
    results.push(out.data as Float32Array);
    await session.close();
  }
  for (const result of results) {
    result.forEach((value, index) => assert.ok(Math.abs(value - results[0][index]) < 1e-5));
  }
});
