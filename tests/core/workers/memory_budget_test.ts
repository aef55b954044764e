import assert from "node:assert/strict";
import { BneckError } from "../../../core/errors.ts";
import { memoryBudget, withinBudget } from "../../../core/workers/mod.ts";

/** Jobs that say when they run, and run until they are told to end. */
function jobs() {
  const running: string[] = [];
  const ends = new Map<string, () => void>();
  const job = (name: string) => async () => {
    running.push(name);
    await new Promise<void>((end) => ends.set(name, end));
    running.splice(running.indexOf(name), 1);
    return name;
  };
  const end = (name: string) => ends.get(name)!();
  return { running, job, end };
}

async function settled(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, 20));
}

Deno.test("small jobs run side by side, a large one alone and in its turn", async () => {
  const budget = memoryBudget(100, 4);
  const { running, job, end } = jobs();
  const first = withinBudget(budget, 25, "first", job("first"));
  const second = withinBudget(budget, 1, "second", job("second"));
  const large = withinBudget(budget, 100, "large", job("large"));
  const third = withinBudget(budget, 1, "third", job("third"));
  await settled();
  assert.deepEqual(running, ["first", "second"]);
  end("first");
  await settled();
  assert.deepEqual(running, ["second"]);
  end("second");
  await settled();
  assert.deepEqual(running, ["large"]);
  end("large");
  await settled();
  assert.deepEqual(running, ["third"]);
  end("third");
  assert.deepEqual(await Promise.all([first, second, large, third]), ["first", "second", "large", "third"]);
});

Deno.test("a job that needs more than the budget is refused with a hint", async () => {
  const refused = withinBudget(memoryBudget(50e6, 1), 51e6, "cannot read x.png: it", () => Promise.resolve());
  await assert.rejects(refused, (error) => {
    assert.ok(error instanceof BneckError);
    assert.equal(
      error.message,
      "cannot read x.png: it takes about 51 MB of memory, more than the limit of 50 MB",
    );
    assert.deepEqual(error.hint, { option: "memory", advice: "raise it" });
    return true;
  });
});

Deno.test("a job that fails gives its memory back", async () => {
  const budget = memoryBudget(100, 2);
  await assert.rejects(withinBudget(budget, 80, "a", () => Promise.reject(new Error("damaged"))), /damaged/);
  assert.equal(await withinBudget(budget, 80, "b", () => Promise.resolve(7)), 7);
});

Deno.test("budgets of two pools do not wait for each other", async () => {
  const { running, job, end } = jobs();
  const one = withinBudget(memoryBudget(10, 2), 10, "one", job("one"));
  const other = withinBudget(memoryBudget(10, 2), 10, "other", job("other"));
  await settled();
  assert.deepEqual(running, ["one", "other"]);
  end("one");
  end("other");
  await Promise.all([one, other]);
});
