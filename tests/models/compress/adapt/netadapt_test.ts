import assert from "node:assert/strict";
import {
  type AdaptationProblem,
  type AdaptationStep,
  type ChannelTable,
  netAdapt,
} from "../../../../models/compress/adapt/netadapt.ts";

/** A network that is nothing but its table: it takes Σ cost · channels, and removing channels loses value · share². */
interface Fake {
  readonly channels: number;
  /** Milliseconds of a channel. */
  readonly cost: number;
  /** What is lost when all of it is. */
  readonly value: number;
}

function fake(groups: Readonly<Record<string, Fake>>) {
  const original: ChannelTable = new Map(
    Object.entries(groups).map(([name, { channels }]) => [name, channels]),
  );
  const calls = { begin: 0, shrink: 0 };
  const problem: AdaptationProblem<ChannelTable> = {
    groups: Object.keys(groups),
    latency: (table) => [...table].reduce((sum, [name, channels]) => sum + groups[name].cost * channels, 0),
    begin: () => void calls.begin++,
    shrink: (current, group, channels) => {
      calls.shrink++;
      return new Map(current).set(group, channels);
    },
    distance: (table) =>
      [...table].reduce((sum, [name, channels]) => {
        const { channels: all, value } = groups[name];
        return sum + value * (1 - channels / all) ** 2;
      }, 0),
  };
  return { problem, start: { network: original, table: original, original, distance: 0 }, calls };
}

async function all<C>(steps: AsyncIterable<AdaptationStep<C>>): Promise<AdaptationStep<C>[]> {
  const taken: AdaptationStep<C>[] = [];
  for await (const step of steps) taken.push(step);
  return taken;
}

Deno.test("of two groups the one that costs more and is worth less becomes narrower", async () => {
  const { problem, start } = fake({
    dear: { channels: 128, cost: 0.1, value: 1 },
    cheap: { channels: 128, cost: 0.01, value: 100 },
  });
  const steps = await all(netAdapt(problem, start, { target: 10, step: 0.1 }));
  const { table, chosen } = steps.at(-1)!;
  assert.deepEqual(Object.fromEntries(table), { dear: 80, cheap: 128 });
  assert.ok(chosen.latency <= 10);
});

Deno.test("it ends at the optimum of a problem whose optimum is known", async () => {
  // Minimise Σ value · share² with Σ cost · channels · share ≥ saved: share(i) = λ · cost(i) · channels(i) / value(i).
  const { problem, start } = fake({
    a: { channels: 800, cost: 0.01, value: 4 },
    b: { channels: 800, cost: 0.01, value: 2 },
    c: { channels: 800, cost: 0.005, value: 1 },
  });
  const steps = await all(netAdapt(problem, start, { target: 16, step: 0.04 }));
  const share = (name: string) => 1 - steps.at(-1)!.table.get(name)! / 800;
  // Saved are 4 of 20 ms: λ · (8 · 8/4 + 8 · 8/2 + 4 · 4/1) = 4 gives λ = 1/16.
  for (const [name, expected] of [["a", 0.125], ["b", 0.25], ["c", 0.25]] as const) {
    assert.ok(Math.abs(share(name) - expected) < 0.03, `${name}: ${share(name)} instead of ${expected}`);
  }
});

Deno.test("every step saves at least δ, and channels are multiples of 8", async () => {
  const { problem, start } = fake({
    a: { channels: 100, cost: 0.03, value: 1 },
    b: { channels: 333, cost: 0.02, value: 1 },
  });
  const before = await problem.latency(start.table);
  let latency = before;
  for await (const { chosen, table } of netAdapt(problem, start, { target: before / 2, step: 0.25 })) {
    assert.ok(latency - chosen.latency >= 0.25 - 1e-9 || chosen.latency <= before / 2);
    assert.equal(chosen.to % 8, 0);
    assert.equal(table.get(chosen.group), chosen.to);
    latency = chosen.latency;
  }
  assert.ok(latency <= before / 2);
});

Deno.test("all proposals are told, the chosen one first, and one is chosen by its price", async () => {
  const { problem, start, calls } = fake({
    a: { channels: 64, cost: 0.1, value: 1 },
    b: { channels: 64, cost: 0.1, value: 3 },
  });
  const [{ proposals, chosen }] = await all(netAdapt(problem, start, { target: 12.7, step: 0.1 }));
  assert.deepEqual(proposals.map(({ group }) => group), ["a", "b"]);
  assert.equal(proposals[0], chosen);
  assert.ok(proposals[0].price < proposals[1].price);
  assert.deepEqual(calls, { begin: 1, shrink: 2 });
});

Deno.test("it ends when no group can save as much any more", async () => {
  const { problem, start } = fake({ a: { channels: 32, cost: 1, value: 1 } });
  const steps = await all(netAdapt(problem, start, { target: 1, step: 4 }));
  assert.deepEqual(steps.map(({ table }) => table.get("a")), [24, 16, 8]);
});

Deno.test("groups keep a part of their channels", async () => {
  const { problem, start } = fake({ a: { channels: 64, cost: 1, value: 1 } });
  const steps = await all(netAdapt(problem, start, { target: 0, step: 1, floor: 0.5 }));
  assert.equal(steps.at(-1)!.table.get("a"), 32);
});

Deno.test("a target that is reached already takes no step", async () => {
  const { problem, start, calls } = fake({ a: { channels: 64, cost: 1, value: 1 } });
  assert.deepEqual(await all(netAdapt(problem, start, { target: 64, step: 1 })), []);
  assert.deepEqual(calls, { begin: 0, shrink: 0 });
});

Deno.test("going on from a step ends where one run ends", async () => {
  const groups = { a: { channels: 256, cost: 0.1, value: 2 }, b: { channels: 128, cost: 0.1, value: 1 } };
  const { problem, start } = fake(groups);
  const options = { target: 20, step: 0.4 };
  const whole = await all(netAdapt(problem, start, options));
  const { table, network, chosen: { distance } } = whole[4];
  const rest = await all(netAdapt(problem, { ...start, table, network, distance }, options));
  assert.deepEqual(rest.map(({ table }) => table), whole.slice(5).map(({ table }) => table));
});
