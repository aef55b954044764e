import assert from "node:assert/strict";
import fc from "fast-check";
import { evolve, type Judged, paretoFront, rewardOf } from "../../../models/search/evolve.ts";
import {
  type Candidate,
  candidateKey,
  mutated,
  randomCandidate,
  SEARCH_SPACES,
  type SearchSpace,
  spaceSize,
  type StageChoices,
} from "../../../models/search/space.ts";
import { randomIntegers } from "../../../core/random.ts";

const CHOICES: StageChoices = {
  kernel: [3, 5],
  expansion: [3, 6],
  squeeze: [false, true],
  width: [0.5, 1],
  depth: [1, 2, 3],
  activation: ["relu"],
};

/** Small enough to try all of it: 48² candidates. */
const SPACE: SearchSpace = {
  name: "small",
  stages: [
    { channels: 24, stride: 2, choices: CHOICES },
    { channels: 40, stride: 2, choices: CHOICES },
  ],
};

/** A latency table that is known: each stage costs what its choices cost. */
function latency({ stages }: Candidate): number {
  return stages.reduce((sum, { kernel, expansion, squeeze, width, depth }, index) => {
    const block = 0.1 * expansion * width * (1 + 0.04 * (kernel ** 2 - 9)) + (squeeze ? 0.08 : 0);
    return sum + depth * block * (index === 0 ? 1.5 : 1);
  }, 0.2);
}

/** What each choice is worth, no two alike. */
function quality({ stages }: Candidate): number {
  return stages.reduce((sum, { kernel, expansion, squeeze, width, depth }, index) => {
    const stage = 0.7 * kernel + 0.5 * expansion + (squeeze ? 1.1 : 0) + 3.1 * width + 1.9 * Math.sqrt(depth);
    return sum + stage * (index === 0 ? 0.9 : 1.2);
  }, 40);
}

function* everyCandidate(): Generator<Candidate> {
  const stages = [...everyStage()];
  for (const first of stages) for (const second of stages) yield { stages: [first, second] };
}

function* everyStage() {
  for (const kernel of CHOICES.kernel) {
    for (const expansion of CHOICES.expansion) {
      for (const squeeze of CHOICES.squeeze) {
        for (const width of CHOICES.width) {
          for (const depth of CHOICES.depth) {
            yield { kernel, expansion, squeeze, width, depth, activation: "relu" as const };
          }
        }
      }
    }
  }
}

function run(options: Partial<Parameters<typeof evolve>[0]> = {}): Promise<Judged[]> {
  return evolve({
    space: SPACE,
    seed: 1,
    target: 1.5,
    exponent: -0.07,
    evaluations: 500,
    latency,
    quality: (candidate) => Promise.resolve(quality(candidate)),
    ...options,
  });
}

function bestOf(judged: readonly Judged[]): Judged {
  return judged.reduce((most, other) => other.reward > most.reward ? other : most);
}

for (
  const [name, rule] of [
    ["MnasNet's exponent", { target: 1.5, exponent: -0.07 }],
    ["MobileNetV3-Small's exponent", { target: 1.5, exponent: -0.15 }],
    ["a hard constraint", { target: 1.2, exponent: -0.07, constraint: "hard" }],
  ] as const
) {
  Deno.test(`with a latency table whose optimum is known, evolution finds it: ${name}`, async () => {
    const reward = (candidate: Candidate) => rewardOf(quality(candidate), latency(candidate), rule);
    const all = [...everyCandidate()];
    assert.equal(all.length, spaceSize(SPACE));
    const inWindow = all.filter((candidate) => {
      const ratio = latency(candidate) / rule.target;
      return ratio >= 0.75 && ratio <= 1.25;
    });
    const optimum = inWindow.reduce((most, other) => reward(other) > reward(most) ? other : most);
    for (const seed of [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]) {
      const judged = await run({ ...rule, seed });
      assert.equal(candidateKey(bestOf(judged).candidate), candidateKey(optimum), `seed ${seed}`);
    }
  });
}

Deno.test("evolution is better than as many random candidates", async () => {
  const space = SEARCH_SPACES.mobilenetv3;
  const worth = ({ stages }: Candidate) =>
    stages.reduce(
      (sum, { kernel, expansion, width, depth, squeeze }) =>
        sum + kernel + expansion + 4 * width + depth + (squeeze ? 1 : 0),
      0,
    );
  const cost = ({ stages }: Candidate) =>
    0.5 +
    stages.reduce((sum, { kernel, expansion, width, depth }) =>
      sum + 0.02 * depth * width * expansion * (1 + kernel / 10), 0);
  const options = {
    space,
    target: 2,
    exponent: -0.5,
    latency: cost,
    quality: (candidate: Candidate) => Promise.resolve(worth(candidate)),
  };
  const evolved = bestOf(await run({ ...options, evaluations: 400 }));
  const random = bestOf(await run({ ...options, evaluations: 400, population: 400 }));
  assert.ok(evolved.reward > random.reward, `${evolved.reward} against ${random.reward}`);
});

Deno.test("a seed gives the same candidates in the same order, another seed others", async () => {
  const keys = (judged: readonly Judged[]) => judged.map(({ candidate }) => candidateKey(candidate));
  const [first, second, other] = [
    await run({ evaluations: 100 }),
    await run({ evaluations: 100 }),
    await run({ evaluations: 100, seed: 2 }),
  ];
  assert.deepEqual(keys(first), keys(second));
  assert.notDeepEqual(keys(first), keys(other));
});

Deno.test("a run that is stopped and gone on from is the same as one that runs through", async () => {
  const whole = await run({ evaluations: 120 });
  const known = new Map<string, number>();
  let asked = 0;
  const remember = (candidate: Candidate) => {
    const key = candidateKey(candidate);
    if (!known.has(key)) {
      asked++;
      known.set(key, quality(candidate));
    }
    return Promise.resolve(known.get(key)!);
  };
  let count = 0;
  const part = await run({ evaluations: 120, quality: remember, isStopped: () => count++ >= 50 });
  assert.equal(part.length, 50);
  const rest = await run({ evaluations: 120, quality: remember });
  assert.deepEqual(rest, whole);
  assert.equal(asked, 120, "nothing is judged twice");
});

Deno.test("no candidate is judged twice, and a space that is used up ends the search", async () => {
  const tiny: SearchSpace = {
    name: "tiny",
    stages: [{ ...SPACE.stages[0], choices: { ...CHOICES, kernel: [3], depth: [1], width: [1] } }],
  };
  const judged = await run({ space: tiny, evaluations: 100 });
  assert.equal(judged.length, spaceSize(tiny));
  assert.equal(new Set(judged.map(({ candidate }) => candidateKey(candidate))).size, judged.length);
});

Deno.test("a target that nothing reaches is approached from the nearest side", async () => {
  const judged = await run({ target: 1000, evaluations: 200, exponent: 0 });
  assert.equal(judged.length, 200);
  assert.ok(Math.max(...judged.map(({ milliseconds }) => milliseconds)) > 2);
});

Deno.test("no item of a front is beaten in both, and every other item is", () => {
  const item = fc.record({ ms: fc.integer({ min: 1, max: 20 }), quality: fc.integer({ min: 0, max: 20 }) });
  fc.assert(fc.property(fc.array(item, { minLength: 1, maxLength: 30 }), (items) => {
    const front = paretoFront(items, ({ ms }) => ms, ({ quality }) => quality);
    const beats = (a: typeof items[number], b: typeof items[number]) =>
      a.ms <= b.ms && a.quality >= b.quality && (a.ms < b.ms || a.quality > b.quality);
    assert.ok(front.every((member) => !items.some((other) => beats(other, member))));
    const others = items.filter((item) => !front.includes(item));
    assert.ok(
      others.every((item) =>
        front.some((member) =>
          beats(member, item) || (member.ms === item.ms && member.quality === item.quality)
        )
      ),
    );
  }));
});

Deno.test("a mutation changes one part of one stage", () => {
  const space = SEARCH_SPACES.mobilenetv3;
  const roll = randomIntegers(3);
  for (let k = 0; k < 200; k++) {
    const parent = randomCandidate(space, roll);
    const child = mutated(space, parent, roll);
    const changes = parent.stages.flatMap((stage, index) =>
      Object.keys(stage).filter((part) =>
        stage[part as keyof typeof stage] !== child.stages[index][part as keyof typeof stage]
      )
    );
    assert.equal(changes.length, 1);
  }
});
