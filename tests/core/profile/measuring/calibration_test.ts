/** Times of kernels from a fake clock: what they really take is known, and so is what the profiler adds. */
import assert from "node:assert/strict";
import type { OnnxGraph } from "../../../../core/onnx/mod.ts";
import { calibrate, type CalibratedTimes } from "../../../../core/profile/measuring/calibration.ts";
import { addUpKernels } from "../../../../core/profile/measuring/kernel_times.ts";
import type { KernelEvent, ProfiledRun } from "../../../../core/profile/measuring/profile_file.ts";
import { decodeOnnx } from "../../../../core/onnx/mod.ts";
import { randomNumbers } from "../../../../core/random.ts";
import { body, file, graph, info, node } from "../small_onnx.ts";

/** What runs, in microseconds: a kernel, or a loop of kernels with its own time for each step. */
interface Work {
  readonly name: string;
  readonly operator: string;
  readonly takes: number;
  readonly steps?: { readonly count: number; readonly body: readonly Work[] };
}

/** What is to be simulated besides. */
interface World {
  /** Of the profiler on a kernel, within the time that it reports and behind it. */
  readonly inside: number;
  readonly behind: number;
  /** What a run takes besides its kernels. */
  readonly session: number;
  /** The chance that another program interrupts a kernel, and for how long. */
  readonly interrupted?: number;
  readonly interruption?: number;
}

const RUNS = 60;

/** Runs the work with and without a profiler whose clock counts whole microseconds. */
function simulate(content: OnnxGraph, work: readonly Work[], world: World): CalibratedTimes {
  const random = randomNumbers(1);
  const { inside, behind, session, interrupted = 0, interruption = 0 } = world;
  let now = 0;
  const pass = (microseconds: number) => {
    now += microseconds * (0.98 + 0.04 * random());
    if (random() < interrupted) now += interruption;
  };
  const execute = (one: Work, isProfiled: boolean): KernelEvent => {
    const start = now;
    if (isProfiled) now += inside;
    const children: KernelEvent[] = [];
    for (let step = 0; step < (one.steps?.count ?? 0); step++) {
      pass(one.takes);
      for (const child of one.steps!.body) children.push(execute(child, isProfiled));
    }
    if (!one.steps) pass(one.takes);
    const duration = Math.floor(now - start);
    if (isProfiled) now += behind;
    const shapes = { inputShapes: [], outputShapes: [], outputBytes: 0 };
    return {
      name: one.name,
      operator: one.operator,
      index: 0,
      start: Math.floor(start),
      duration,
      children,
      ...shapes,
    };
  };
  const run = (isProfiled: boolean): ProfiledRun => {
    now += random();
    const start = now;
    pass(session);
    const kernels = work.map((one) => execute(one, isProfiled));
    return { kernels, milliseconds: (now - start) / 1000 };
  };
  const plain = Array.from({ length: RUNS }, () => run(false).milliseconds);
  const profiled = Array.from({ length: RUNS }, () => run(true));
  return calibrate(addUpKernels(content, profiled), profiled.map(({ milliseconds }) => milliseconds), plain);
}

function near(actual: number, expected: number, tolerance: number, what: string): void {
  assert.ok(Math.abs(actual - expected) <= tolerance, `${what}: ${actual}, not ${expected}`);
}

/** A chain of nodes. */
function chain(names: readonly string[]): OnnxGraph {
  const nodes = names.map((name, k) => node("Sin", [k === 0 ? "x" : `t${k - 1}`], [`t${k}`], {}, { name }));
  return decodeOnnx(file(graph(nodes, [info("x")], [info(`t${names.length - 1}`)])), "chain").graph;
}

const names = Array.from({ length: 201 }, (_, k) => `n${k}`);

Deno.test("a large kernel among many tiny ones has its real share, though the profiler costs five times as much", () => {
  const work = names.map((name, k) => ({ name, operator: "Sin", takes: k === 100 ? 140 : 0.2 }));
  for (const session of [10, 60]) {
    const { nodes, overhead, cost, disturbance } = simulate(chain(names), work, {
      inside: 1.2,
      behind: 3.1,
      session,
    });
    near(nodes[100], 0.140, 0.004, "the large kernel");
    near(nodes.reduce((sum, time) => sum + time), 0.180, 0.012, "all kernels");
    near(overhead, session / 1000, 0.012, "the session");
    near(cost.inside + cost.between, 4.3, 0.6, "the cost of a kernel");
    near(disturbance, 1, 0.02, "the disturbance");
  }
});

Deno.test("how the profiler's cost was found is told: by difference, limited, or fitted", () => {
  const times = (usual: number[], span: number) => ({
    graph: chain(["a", "b"]),
    usual: [...usual, 0],
    byRun: [...usual, 0].map((time) => new Float64Array([time])),
    events: [1, 1, 0],
    innerEvents: [0, 0, 0],
    outerEvents: 2,
    between: 2,
    spans: [span],
    types: [],
    gap: 2,
  });
  assert.equal(calibrate(times([11, 31], 44), [0.056], [0.050]).method, "difference");
  // 20 µs that neither the gaps nor two kernels of the profiler's cost explain.
  const limited = calibrate(times([111, 131], 244), [0.256], [0.220]);
  assert.equal(limited.method, "limited");
  assert.ok(Math.abs(limited.cost.inside) <= 2);
  const fitted = calibrate(times([6, 8], 16), [0.030], [0.004]);
  assert.equal(fitted.method, "fitted");
  near(fitted.nodes.reduce((sum, time) => sum + time) + fitted.overhead, 0.004, 1e-6, "the parts");
});

Deno.test("kernels below a microsecond are told apart from those of three", () => {
  const work = names.map((name, k) => ({ name, operator: "Sin", takes: k % 2 === 0 ? 0.3 : 3.3 }));
  const { nodes } = simulate(chain(names), work, { inside: 1.2, behind: 3.1, session: 20 });
  near(nodes[3] - nodes[4], 0.003, 0.0004, "the difference");
});

Deno.test("other programs that interrupt every run somewhere leave the shares as they are", () => {
  const work = names.map((name, k) => ({ name, operator: "Sin", takes: k === 7 ? 400 : 5 }));
  const world = { inside: 1.2, behind: 3.1, session: 20, interrupted: 0.01, interruption: 4000 };
  const { nodes, disturbance } = simulate(chain(names), work, world);
  assert.ok(disturbance > 2, `${disturbance}`);
  near(nodes[7] / disturbance, 0.4, 0.01, "the large kernel");
  near(nodes[8] / disturbance, 0.005, 0.0012, "a small kernel");
});

Deno.test("a loop's own time is without what the profiler costs on the kernels inside", () => {
  const step = graph([node("Sin", ["v"], ["v1"], {}, { name: "step" })], [
    info("i", [], "int64"),
    info("c", [], "bool"),
    info("v"),
  ], [
    info("c", [], "bool"),
    info("v1"),
  ]);
  const nodes = [
    node("Cos", ["x"], ["z"], {}, { name: "before" }),
    node("Loop", ["n", "go", "z"], ["y"], { body: body(step) }, { name: "loop" }),
  ];
  const content = decodeOnnx(file(graph(nodes, [info("x")], [info("y")])), "loop").graph;
  const work = [
    { name: "before", operator: "Cos", takes: 50 },
    {
      name: "loop",
      operator: "Loop",
      takes: 2,
      steps: { count: 100, body: [{ name: "step", operator: "Sin", takes: 8 }] },
    },
  ];
  const { nodes: [before, loop, inner], overhead } = simulate(content, work, {
    inside: 1.2,
    behind: 3.1,
    session: 20,
  });
  near(before, 0.05, 0.003, "before the loop");
  near(inner, 0.8, 0.3, "inside");
  near(before + loop + inner + overhead, 1.07, 0.02, "all");
});

Deno.test("a model of one kernel, and one that is slower without the profiler, keep times above 0", () => {
  const one = chain(["only"]);
  const { nodes, overhead } = simulate(one, [{ name: "only", operator: "Sin", takes: 10 }], {
    inside: 1.2,
    behind: 3.1,
    session: 20,
  });
  near(nodes[0], 0.01, 0.002, "the kernel");
  near(overhead, 0.02, 0.003, "the session");

  const kernels = addUpKernels(one, [{
    milliseconds: 0.03,
    kernels: [{
      name: "only",
      operator: "Sin",
      index: 0,
      start: 5,
      duration: 12,
      children: [],
      inputShapes: [],
      outputShapes: [],
      outputBytes: 0,
    }],
  }]);
  const slow = calibrate(kernels, [0.03], [3]);
  assert.ok(slow.nodes[0] > 0.012 && slow.overhead > 0);
  near(slow.nodes[0] + slow.overhead, 3, 1e-9, "all, every run being disturbed");
});
