import assert from "node:assert/strict";
import { type Clocks, timeInTurns } from "../../../../models/compress/adapt/turns.ts";

/** Networks that take milliseconds of a clock that nothing else moves, longer by what `disturb` says of an attempt and run. */
function fake(
  times: readonly number[],
  disturb: (attempt: number, network: number, run: number) => number = () => 1,
) {
  let [now, processor, attempts, open, total] = [0, 0, 0, 0, 0];
  const clocks: Clocks = { wall: () => now, processor: () => processor };
  const openers = times.map((time, network) => () => {
    const attempt = Math.floor(attempts++ / times.length);
    let run = 0;
    open++;
    return Promise.resolve({
      run: () => {
        const used = time * disturb(attempt, network, run++);
        total++;
        processor += used;
        // Other programs have the processor for as long again.
        now += 2 * used;
        return Promise.resolve();
      },
      close: () => Promise.resolve(void open--),
    });
  });
  return { clocks, openers, runs: () => total, open: () => open, attempts: () => attempts / times.length };
}

const rounded = (times: readonly number[]) => times.map((time) => Math.round(time * 1e6) / 1e6);

Deno.test("times are those of the first, and the others' by their ratios", async () => {
  const { clocks, openers, runs, open } = fake([10, 7, 2.5]);
  // By the wall's clock, which other programs hold up in all runs alike.
  assert.deepEqual(rounded(await timeInTurns(openers, { threads: 1, clocks })), [20, 14, 5]);
  assert.equal(runs(), 3 * 3 * 4 * 7);
  assert.equal(open(), 0);
});

Deno.test("runs that were disturbed change nothing", async () => {
  const { clocks, openers } = fake(
    [10, 7],
    (attempt, network, run) => run % 7 === (attempt + network) ? 5 : 1,
  );
  assert.deepEqual(rounded(await timeInTurns(openers, { threads: 1, clocks })), [20, 14]);
});

Deno.test("attempts that disagree are repeated", async () => {
  const { clocks, openers, attempts } = fake(
    [10, 7],
    (attempt, network) => attempt === 1 && network === 1 ? 1.1 : 1,
  );
  assert.deepEqual(rounded(await timeInTurns(openers, { threads: 1, clocks })), [20, 14]);
  assert.equal(attempts(), 4);
});

Deno.test("what never agrees ends all the same", async () => {
  const { clocks, openers, attempts } = fake([10, 7], (attempt, network) => network === 1 ? 1 + attempt : 1);
  await timeInTurns(openers, { threads: 2, clocks });
  assert.equal(attempts(), 7);
});

Deno.test("networks are closed when one cannot be opened or run", async () => {
  const { clocks, openers, open } = fake([10, 7]);
  const fails = () => Promise.reject(new Error("no memory"));
  await assert.rejects(timeInTurns([...openers, fails], { threads: 1, clocks }), /no memory/);
  assert.equal(open(), 0);
});
