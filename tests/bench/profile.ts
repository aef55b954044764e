/**
 * Whether profiles tell the truth: models of several independent parts are profiled, and the time of each part is
 * compared with what the part takes alone, without a profiler, less what the session takes for nothing.
 *
 *     deno task bench:profile
 */
import type { OnnxGraph, OnnxNode, OnnxTensor, OnnxValueInfo } from "../../core/onnx/mod.ts";
import {
  countOnnx,
  measureOnnx,
  onnxFeeds,
  percentile,
  scheduleLayerRuns,
  undisturbed,
} from "../../core/profile/mod.ts";
import { measureJob } from "../../core/profile/measuring/measuring_thread.ts";
import { describeProcessor } from "../../core/machine.ts";
import { formatTable } from "../../cli/console/table.ts";
import { body, file, floats, graph, info, int, integers, node, truth } from "../core/profile/small_onnx.ts";

/** A part of a model; names of all parts differ. */
interface Part {
  readonly name: string;
  /** Of its result. */
  readonly rank: number;
  readonly nodes: OnnxNode[];
  readonly inputs: OnnxValueInfo[];
  readonly outputs: OnnxValueInfo[];
  readonly weights: OnnxTensor[];
}

function chain(name: string, operators: readonly string[], shape: number[]): Part {
  const nodes = operators.map((operator, k) =>
    node(operator, [k === 0 ? `${name}.x` : `${name}.t${k - 1}`], [`${name}.t${k}`], {}, {
      name: `${name}.${k}`,
    })
  );
  return {
    name,
    rank: shape.length,
    nodes,
    inputs: [info(`${name}.x`, shape)],
    outputs: [info(`${name}.t${operators.length - 1}`)],
    weights: [],
  };
}

function tiny(count: number, name = `${count} tiny`): Part {
  return chain(name, Array.from({ length: count }, (_, k) => k % 2 === 0 ? "Cos" : "Sin"), [1, 8]);
}

function product(rows: number, size: number, name = `product ${rows}×${size}²`): Part {
  return {
    name,
    rank: 2,
    nodes: [node("MatMul", [`${name}.x`, `${name}.w`], [`${name}.y`], {}, { name: `${name}.mm` })],
    inputs: [info(`${name}.x`, [rows, size])],
    outputs: [info(`${name}.y`)],
    weights: [floats(`${name}.w`, [size, size], 0.01)],
  };
}

function conv(channels: number, side: number, kernel: number, groups = 1): Part {
  const name = `conv ${kernel}×${kernel}${groups > 1 ? " depthwise" : ""} ${channels}×${side}²`;
  return {
    name,
    rank: 4,
    nodes: [
      node("Conv", [`${name}.x`, `${name}.w`], [`${name}.y`], { group: int(groups) }, {
        name: `${name}.conv`,
      }),
    ],
    inputs: [info(`${name}.x`, [1, channels, side, side])],
    outputs: [info(`${name}.y`)],
    weights: [floats(`${name}.w`, [channels, channels / groups, kernel, kernel], 0.01)],
  };
}

function loop(steps: number, size: number): Part {
  const name = `loop of ${steps} products`;
  const step = graph(
    [
      node("MatMul", ["v", `${name}.w`], ["v1"], {}, { name: `${name}.mm` }),
      node("Identity", ["c"], ["c1"], {}, { name: `${name}.go` }),
    ],
    [info("i", [], "int64"), info("c", [], "bool"), info("v", [size, size])],
    [info("c1", [], "bool"), info("v1", [size, size])],
  );
  return {
    name,
    rank: 2,
    nodes: [
      node("Loop", [`${name}.n`, `${name}.c`, `${name}.x`], [`${name}.y`], { body: body(step) }, {
        name: `${name}.loop`,
      }),
    ],
    inputs: [info(`${name}.x`, [size, size])],
    outputs: [info(`${name}.y`)],
    weights: [floats(`${name}.w`, [size, size], 0.01), integers(`${name}.n`, [], steps), truth(`${name}.c`)],
  };
}

function lstm(steps: number, size: number): Part {
  const name = `LSTM of ${steps} steps`;
  return {
    name,
    rank: 4,
    nodes: [
      node("LSTM", [`${name}.x`, `${name}.w`, `${name}.r`], [`${name}.y`], { hidden_size: int(size) }, {
        name: `${name}.lstm`,
      }),
    ],
    inputs: [info(`${name}.x`, [steps, 1, size])],
    outputs: [info(`${name}.y`)],
    weights: [floats(`${name}.w`, [1, 4 * size, size], 0.01), floats(`${name}.r`, [1, 4 * size, size], 0.01)],
  };
}

/** All parts of a model fit into the caches together: else they take longer there than alone, whoever measures. */
const MODELS: readonly (readonly Part[])[] = [
  [product(64, 512), tiny(200)],
  [product(16, 512), product(256, 512)],
  [conv(64, 56, 3), tiny(50)],
  [conv(128, 56, 3, 128), conv(64, 56, 1)],
  [loop(100, 64), product(64, 512)],
  [loop(2000, 16), product(256, 512)],
  [lstm(50, 128), product(64, 512)],
  [chain("softmax", ["Softmax"], [64, 4096]), product(128, 512)],
  [chain("h-swish", ["HardSwish"], [1, 64, 112, 112]), conv(32, 112, 3)],
  [chain("tanh", ["Tanh", "Erf", "Exp"], [128, 1024]), tiny(400), product(64, 512)],
];

/** The node of a part that is not its own. */
const END = ".end";

/**
 * A part of which one element is fetched. Fetching all would take longer than some parts do, and only where a part runs
 * alone is it all that the session does.
 */
function withEnd({ name, rank, nodes, inputs, outputs: [output], weights }: Part) {
  const end = node(
    "Slice",
    [output.name, `${name}.from`, `${name}.to`],
    [`${name}.one`],
    {},
    { name: `${name}${END}` },
  );
  const list = (of: string, value: number) =>
    integers(`${name}.${of}`, [rank], ...Array.from({ length: rank }, () => value));
  return {
    nodes: [...nodes, end],
    inputs,
    outputs: [info(`${name}.one`)],
    weights: [...weights, list("from", 0), list("to", 1)],
  };
}

function join(parts: readonly Part[]): OnnxGraph {
  const ended = parts.map(withEnd);
  return graph(
    ended.flatMap(({ nodes }) => nodes),
    ended.flatMap(({ inputs }) => inputs),
    ended.flatMap(({ outputs }) => outputs),
    ended.flatMap(({ weights }) => weights),
  );
}

function measurable(parts: readonly Part[]) {
  const content = join(parts);
  const label = parts.map(({ name }) => name).join(" + ");
  return { label, model: file(content), feeds: onnxFeeds(content, label) };
}

/** What a session takes for a model that does nothing. */
const NOTHING: Part = { ...chain("nothing", ["Identity"], [1]), name: "nothing" };

/** Short rounds in turns, so that what else the machine does meets both sides alike. */
const ROUNDS = 9;
const RUNS = 20;
const WARMUP = 3;
/** Kernels that the profiler records in a round, so that loops take no longer than other models. */
const MAX_EVENTS = 24_000;

/** Other programs only make rounds slower: of each time the lower quartile of all rounds counts. */
const QUIET = 0.25;

/** Times of quiet rounds, in milliseconds. */
interface Row {
  readonly model: string;
  readonly part: string;
  readonly inside: number;
  readonly alone: number;
  /** What the whole takes without the other parts alone: a part is slower where others use the caches. */
  readonly among: number;
}

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);

async function measureModel(parts: readonly Part[]): Promise<Row[]> {
  const joined = measurable(parts);
  const { label } = joined;
  const costs = await countOnnx(joined.model, label);
  const schedule = {
    ...scheduleLayerRuns({ costs, events: costs.events }, { runs: RUNS, warmup: WARMUP }),
    recordable: Math.max(6, Math.floor(MAX_EVENTS / costs.events)),
  };
  const models = [NOTHING, ...parts].map((part) => measurable([part]));
  models.push(joined);
  const alone = [...parts, joined].map(() => [] as number[]);
  const inside = parts.map(() => [] as number[]);
  for (let round = 0; round < ROUNDS; round++) {
    const times: number[] = [];
    // Not run by run: each model would find the caches full of what the others left.
    for (const model of models) {
      const job = { models: [model], options: {}, runs: RUNS, warmup: WARMUP, reload: false };
      const [ofModel] = await measureJob<"turns">({ kind: "turns", ...job }, {});
      times.push(undisturbed(ofModel));
    }
    const [nothing, ...others] = times;
    others.forEach((time, k) => alone[k].push(time - nothing));
    const { rows, disturbance } = await measureOnnx(costs, schedule);
    parts.forEach(({ name }, k) => {
      const own = rows.filter((row) => row.name.startsWith(`${name}.`));
      const milliseconds = own.map((row) =>
        row.layoutMilliseconds + (row.name.endsWith(END) ? 0 : row.milliseconds)
      );
      inside[k].push(sum(milliseconds) / disturbance);
    });
  }
  const quiet = (times: readonly number[]) => percentile(times, QUIET);
  const inParts = inside.map(quiet);
  const [whole, ...partsAlone] = [alone.at(-1)!, ...alone.slice(0, -1)].map(quiet);
  return [
    ...parts.map(({ name: part }, k) => ({
      model: label,
      part,
      inside: inParts[k],
      alone: partsAlone[k],
      among: whole - sum(partsAlone) + partsAlone[k],
    })),
    { model: label, part: "**sum**", inside: sum(inParts), alone: sum(partsAlone), among: whole },
  ];
}

const loadBefore = Deno.loadavg()[0];
const rows: Row[] = [];
const only = Deno.args.map(Number);
for (const [k, parts] of MODELS.entries()) {
  if (only.length === 0 || only.includes(k)) rows.push(...await measureModel(parts));
}
const { model, cores } = await describeProcessor();
const load = [loadBefore, Deno.loadavg()[0]].map((value) => value.toFixed(0)).join(" to ");
console.log(
  `${model}, ${cores} cores, load ${load}; the lower quartiles of ${ROUNDS} rounds of ${RUNS} runs\n`,
);
console.log(formatTable(rows, [
  { title: "part", value: ({ part }) => part },
  { title: "of", value: ({ model }) => model },
  { title: "in the profile, ms", value: ({ inside }) => inside, format: (ms) => ms.toFixed(3) },
  { title: "alone, ms", value: ({ alone }) => alone, format: (ms) => ms.toFixed(3) },
  { title: "whole less others, ms", value: ({ among }) => among, format: (ms) => ms.toFixed(3) },
  {
    title: "profile / alone",
    value: ({ inside, alone }) => inside / alone,
    format: (ratio) => ratio.toFixed(2),
  },
], "markdown"));
