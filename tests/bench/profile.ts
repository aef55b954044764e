/**
 * Whether profiles tell the truth: models of several independent parts are profiled, and the time of each part is
 * compared with what the part takes alone, without a profiler, less what the session takes for nothing.
 *
 *     deno task bench:profile
 */
import type { OnnxGraph, OnnxNode, OnnxTensor, OnnxValueInfo } from "../../core/onnx/mod.ts";
import {
  compareLatency,
  countOnnx,
  measureOnnx,
  onnxFeeds,
  percentile,
  scheduleLayerRuns,
} from "../../core/profile/mod.ts";
import { describeProcessor } from "../../core/machine.ts";
import { formatTable } from "../../cli/console/table.ts";
import { body, file, floats, graph, info, int, integers, node, truth } from "../core/profile/small_onnx.ts";

/** A part of a model; names of all parts differ. */
interface Part {
  readonly name: string;
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
  [chain("tanh", ["Tanh", "Erf", "Exp"], [256, 1024]), tiny(400), product(64, 1024)],
];

function join(parts: readonly Part[]): OnnxGraph {
  const all = <T>(list: (part: Part) => readonly T[]) => parts.flatMap((part) => [...list(part)]);
  return graph(all((p) => p.nodes), all((p) => p.inputs), all((p) => p.outputs), all((p) => p.weights));
}

function measurable(parts: readonly Part[]) {
  const content = join(parts);
  const label = parts.map(({ name }) => name).join(" + ");
  return { label, model: file(content), feeds: onnxFeeds(content, label) };
}

/** What a session takes for a model that does nothing. */
const NOTHING: Part = { ...chain("nothing", ["Identity"], [1]), name: "nothing" };

const ATTEMPTS = 3;

const rows: { model: string; part: string; inside: number; alone: number }[] = [];
for (const parts of MODELS) {
  const { model, label } = measurable(parts);
  const costs = await countOnnx(model, label);
  const alone = parts.map(() => [] as number[]);
  const inside = parts.map(() => [] as number[]);
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const times = await compareLatency(
      [NOTHING, ...parts].map((part) => measurable([part])),
      { runs: 100 },
    );
    const latency = await measureOnnx(
      costs,
      scheduleLayerRuns({ costs, events: costs.events }, { runs: 100 }),
    );
    parts.forEach((part, k) => {
      alone[k].push(times[k + 1].quietMilliseconds - times[0].quietMilliseconds);
      const own = latency.rows.filter(({ name }) => name.startsWith(`${part.name}.`) || !name.includes("."));
      inside[k].push(
        own.reduce((sum, row) => sum + row.milliseconds + row.layoutMilliseconds, 0) / latency.disturbance,
      );
    });
  }
  parts.forEach((part, k) => {
    rows.push({
      model: label,
      part: part.name,
      inside: percentile(inside[k], 0.5),
      alone: percentile(alone[k], 0.5),
    });
  });
}
const { model, cores } = await describeProcessor();
console.log(`${model}, ${cores} cores; medians of ${ATTEMPTS} attempts\n`);
console.log(formatTable(rows, [
  { title: "part", value: ({ part }) => part },
  { title: "of", value: ({ model }) => model },
  { title: "in the profile, ms", value: ({ inside }) => inside, format: (ms) => ms.toFixed(3) },
  { title: "alone, ms", value: ({ alone }) => alone, format: (ms) => ms.toFixed(3) },
  { title: "ratio", value: ({ inside, alone }) => inside / alone, format: (ratio) => ratio.toFixed(2) },
], "markdown"));
