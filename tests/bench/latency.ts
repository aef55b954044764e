/**
 * How well the latency table predicts networks that it does not hold: measures networks of the catalogue and of the search
 * space for a table of its own, then 30 others whole, in turns, and compares. Prints one line a network, the rank
 * correlation and the mean error. `deno task bench:latency [NETWORKS FOR THE TABLE] [OUT.json]`.
 */
import { spearman } from "../../core/profile/mod.ts";
import type { Extent } from "../../core/graph/mod.ts";
import { randomIntegers } from "../../core/random.ts";
import {
  measureForTable,
  measureWhole,
  modelOfTable,
  openLatencyTable,
  predictNetwork,
  type TimedNetwork,
  timedNetwork,
} from "../../models/latency/mod.ts";
import { networkTableGraph } from "../../models/networks/network_table.ts";
import { candidateTable, randomCandidate, SEARCH_SPACES } from "../../models/search/space.ts";
import { findNetwork, networkGraph } from "../../models/zoo/mod.ts";

const SPACE = SEARCH_SPACES.mobilenetv3;

/** Measured whole, and in no table: networks of the catalogue at several widths and sizes. */
const TESTED: readonly (readonly [name: string, size: number])[] = [
  ["mobilenetv3-large-1.0", 224],
  ["mobilenetv3-large-0.75", 224],
  ["mobilenetv3-large-0.5", 224],
  ["mobilenetv3-large-1.25", 224],
  ["mobilenetv3-large-1.0", 192],
  ["mobilenetv3-large-1.0", 160],
  ["mobilenetv3-small-1.0", 224],
  ["mobilenetv3-small-0.75", 224],
  ["mobilenetv3-small-1.25", 224],
  ["mobilenetv3-small-1.0", 256],
  ["mobilenetv2-1.0", 224],
  ["mobilenetv2-0.5", 224],
  ["mobilenetv2-0.75", 192],
  ["mnasnet-a1", 224],
  ["mnasnet-small", 224],
];

/** For the table: other widths of the same families, at the sizes of {@linkcode TESTED} and between. */
const TABLED: readonly (readonly [name: string, size: number])[] = [
  ["mobilenetv3-large-0.9", 224],
  ["mobilenetv3-large-0.6", 224],
  ["mobilenetv3-large-1.1", 224],
  ["mobilenetv3-large-0.35", 224],
  ["mobilenetv3-large-1.4", 224],
  ["mobilenetv3-large-0.8", 192],
  ["mobilenetv3-large-1.2", 160],
  ["mobilenetv3-small-0.9", 224],
  ["mobilenetv3-small-0.6", 224],
  ["mobilenetv3-small-1.4", 224],
  ["mobilenetv3-small-0.8", 256],
  ["mobilenetv2-0.35", 224],
  ["mobilenetv2-0.9", 224],
  ["mobilenetv2-0.6", 192],
  ["mnasnet-a1-0.75", 224],
  ["mnasnet-small-0.75", 224],
  ["mnasnet-b1", 224],
];

/** Random networks among the tested. */
const RANDOM_TESTED = 15;

function named([name, side]: readonly [string, number]): TimedNetwork {
  return timedNetwork(`${name} ${side}`, networkGraph(findNetwork(name)!), [side, side]);
}

function random(seed: number, side: number): TimedNetwork {
  const size: Extent = [side, side];
  const name = `random${seed}`;
  const table = candidateTable(SPACE, randomCandidate(SPACE, randomIntegers(seed)), { name, size });
  return timedNetwork(`${name} ${side}`, networkTableGraph(table), size);
}

const [tabled = "50", out] = Deno.args;
const training = [
  ...TABLED.map(named),
  ...Array.from({ length: Number(tabled) - TABLED.length }, (_, k) => random(1000 + k, 224)),
];
const tested = [
  ...TESTED.map(named),
  ...Array.from({ length: RANDOM_TESTED }, (_, k) => random(1 + k, 224)),
];

// The user's own table stays as it is.
const empty = await openLatencyTable({ env: () => undefined });
const start = performance.now();
const table = await measureForTable(empty, training);
console.error(`${training.length} networks measured in ${((performance.now() - start) / 1000).toFixed(0)} s`);
const model = modelOfTable(table);

const times = await measureWhole(tested);
const rows = tested.map((network, index) => {
  const { milliseconds, measuredShare } = predictNetwork(model, network);
  const measured = times[index].milliseconds;
  return {
    name: network.name,
    measured,
    predicted: milliseconds,
    error: milliseconds / measured - 1,
    measuredShare,
  };
});
for (const { name, measured, predicted, error, measuredShare } of rows) {
  console.log(
    `${name.padEnd(30)} ${measured.toFixed(3).padStart(8)} ms, predicted ${
      predicted.toFixed(3).padStart(7)
    }  ${`${(100 * error).toFixed(1)} %`.padStart(8)}  (${
      (100 * measuredShare).toFixed(0)
    } % of it known exactly)`,
  );
}
const errors = rows.map(({ error }) => Math.abs(error));
const rank = spearman(rows.map(({ measured }) => measured), rows.map(({ predicted }) => predicted));
const mean = errors.reduce((sum, error) => sum + error, 0) / errors.length;
console.log(
  `${rows.length} networks: Spearman ${rank.toFixed(4)}, mean error ${(100 * mean).toFixed(2)} %, largest ${
    (100 * Math.max(...errors)).toFixed(1)
  } %`,
);
if (out !== undefined) {
  await Deno.writeTextFile(out, JSON.stringify({ machine: table.machine, rows }, null, 1));
}
