import assert from "node:assert/strict";
import { matchKernels } from "../../../../core/profile/measuring/match_kernels.ts";
import { parseProfile } from "../../../../core/profile/measuring/profile_file.ts";
import { body, graph, node } from "../small_onnx.ts";
import { body as execute, kernel, run, trace } from "./trace.ts";

function matched(nodes: Parameters<typeof graph>[0], ...events: string[]) {
  const [{ kernels }] = parseProfile(trace(...events, run(1, 10_000)));
  return matchKernels(graph(nodes, [], []), kernels).map((
    { node, microseconds },
  ) => [node?.outputs[0], microseconds]);
}

Deno.test("nodes without a name, and nodes of the same name, are told apart by their order", () => {
  const nodes = [
    node("Conv", [], ["a"]),
    node("Relu", [], ["b"], {}, { name: "x" }),
    node("Conv", [], ["c"]),
  ];
  assert.deepEqual(
    matched(nodes, kernel("Conv", 5, 10, 1), kernel("Relu", 1, 20, 2, "x"), kernel("Conv", 3, 30, 4)),
    [["a", 1], ["b", 2], ["c", 4]],
  );
});

Deno.test("where the order tells nothing, the names and numbers do", () => {
  const nodes = [
    node("Conv", [], ["a"]),
    node("Relu", [], ["b"], {}, { name: "x" }),
    node("Conv", [], ["c"]),
  ];
  assert.deepEqual(
    matched(nodes, kernel("Relu", 1, 10, 2, "x"), kernel("Conv", 2, 20, 4), kernel("Conv", 0, 30, 1)),
    [["b", 2], ["c", 4], ["a", 1]],
  );
});

Deno.test("a kernel that is not in the graph has no node", () => {
  const nodes = [node("Conv", [], ["a"], {}, { name: "a" })];
  assert.deepEqual(matched(nodes, kernel("Conv", 0, 10, 1, "a"), kernel("Relu", 1, 20, 2, "ghost")), [
    ["a", 1],
    [undefined, 2],
  ]);
});

Deno.test("a node's own time is without that of its body, which runs any number of times", () => {
  const step = graph([node("Identity", [], ["i"]), node("MatMul", [], ["m"])], [], []);
  const nodes = [node("Loop", [], ["loop"], { body: body(step) })];
  const steps = [20, 40].map((at) =>
    kernel("MatMul", 1, at, 6) + kernel("Identity", 0, at + 8, 2) + execute(at, 12)
  );
  assert.deepEqual(matched(nodes, ...steps, kernel("Loop", 0, 10, 50)), [
    ["loop", 50 - 16],
    ["m", 6],
    ["i", 2],
    ["m", 6],
    ["i", 2],
  ]);
});

Deno.test("the branch that ran is the one whose nodes have the names", () => {
  const branch = (name: string) => body(graph([node("MatMul", [], [name], {}, { name })], [], []));
  const nodes = [node("If", [], ["if"], { then_branch: branch("then"), else_branch: branch("else") })];
  const inside = kernel("MatMul", 0, 20, 6, "else") + execute(19, 8);
  assert.deepEqual(matched(nodes, inside, kernel("If", 0, 10, 30)), [["if", 24], ["else", 6]]);
});

Deno.test("what runs inside a node that is not known keeps its time", () => {
  const inside = kernel("MatMul", 0, 20, 6) + execute(19, 8);
  assert.deepEqual(matched([], inside, kernel("If", 0, 10, 30)), [[undefined, 24], [undefined, 6]]);
});
