import assert from "node:assert/strict";
import { type Clocks, timeInTurns } from "../../../../models/compress/adapt/turns.ts";

/** Runs that take milliseconds of a clock that nothing else moves; `disturb` says by how much a run takes longer. */
function fake(times: readonly number[], disturb: (run: number) => number = () => 1) {
  let [now, processor, count] = [0, 0, 0];
  const clocks: Clocks = { wall: () => now, processor: () => processor };
  const runs = times.map((time) => () => {
    const used = time * disturb(count++);
    processor += used;
    // Other programs have the processor for as long again.
    now += 2 * used;
    return Promise.resolve();
  });
  return { clocks, runs, count: () => count };
}

Deno.test("times are those of the first, and the others' by their ratios", async () => {
  const { clocks, runs, count } = fake([10, 7, 2.5]);
  const times = await timeInTurns(runs, 1, clocks);
  // By the wall's clock, which other programs hold up in all runs alike.
  assert.deepEqual(times.map((time) => Math.round(time * 1e6) / 1e6), [20, 14, 5]);
  assert.equal(count(), 3 * 8 * 7);
});

Deno.test("a disturbed part of the runs changes nothing", async () => {
  const { clocks, runs } = fake([10, 7], (run) => run >= 40 && run < 55 ? 5 : 1);
  const [, second] = await timeInTurns(runs, 1, clocks);
  assert.ok(Math.abs(second - 14) < 1e-6, `${second}`);
});

Deno.test("ratios that disagree are measured again", async () => {
  // In the first rounds every other block of the second network is disturbed, then none.
  const { clocks, runs, count } = fake([10, 7], (run) => run < 112 && run % 28 >= 21 ? 1.5 : 1);
  const [, second] = await timeInTurns(runs, 1, clocks);
  assert.ok(count() > 112, `${count()} runs`);
  assert.ok(Math.abs(second - 14) < 1e-6, `${second}`);
});

Deno.test("what never agrees ends all the same", async () => {
  let state = 1;
  const { clocks, runs, count } = fake([10, 7], () => {
    state = (state * 48271) % 2147483647;
    return 1 + 9 * state / 2147483647;
  });
  await timeInTurns(runs, 2, clocks);
  assert.equal(count(), 4 * 112);
});
