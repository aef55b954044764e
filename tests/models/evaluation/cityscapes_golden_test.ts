/** @slow scores whole sets at full size */
/** The official script's results on every case of the golden file. */
import assert from "node:assert/strict";
import { BneckError } from "../../../core/errors.ts";
import {
  CityscapesMetric,
  cityscapesSet,
  pairPredictions,
  readCityscapes,
} from "../../../datasets/cityscapes/mod.ts";
import { evaluate } from "../../../models/evaluation/mod.ts";
import { ROOT, shared, testWithShared } from "../../support/shared.ts";

interface Case {
  readonly folder?: string;
  readonly pairs: [truth: string, prediction: string][];
  readonly evalInstLevelScore: boolean;
  readonly expected: Record<string, unknown> & { error?: string };
  readonly instanceStats?: Record<"classes" | "categories", Record<string, Record<string, number>>>;
}

/** What our error must name where the official script stops; it takes no case as done without one. */
const ERRORS: Record<string, RegExp> = {
  err_size:
    /ulm_000000_000001_pred\.png.*ulm_000000_000001_gtFine_labelIds\.png: the first has 60 × 32 .* 64 × 32/,
  err_pred_255: /ulm_000000_000001_pred\.png: it holds a value outside the label table: 255 \(598 pixels\)/,
  err_gt_200: /ulm_000000_000001_gtFine_labelIds\.png: .*outside the label table: 200 \(1 pixel\)/,
  err_rgb: /ulm_000000_000001_pred\.png: it is a colour image, not a label map/,
};

/** Numbers of instance scores may differ in the rounding of sums; all others are exact. */
function assertScores(found: unknown, expected: unknown, path: string): void {
  if (typeof expected === "object" && expected !== null) {
    assert.deepEqual(Object.keys(found as object).sort(), Object.keys(expected).sort(), path);
    for (const [key, value] of Object.entries(expected)) {
      assertScores((found as Record<string, unknown>)[key], value, `${path}.${key}`);
    }
  } else if (typeof expected === "number" && typeof found === "number" && path.includes("Inst")) {
    assert.ok(Math.abs(found - expected) <= 1e-12, `${path}: ${found}, expected ${expected}`);
  } else assert.equal(found, expected, path);
}

Deno.test("a small set of made-up frames gives the official script's numbers", async () => {
  const root = `${ROOT}tests/fixtures/cityscapes`;
  const { expected } = JSON.parse(await Deno.readTextFile(`${root}/expected.json`));
  const metric = new CityscapesMetric();
  await evaluate({ predictions: `${root}/results` }, await cityscapesSet(root), metric, { workers: 2 });
  assertScores(metric.result(), expected, "fixture");
});

testWithShared(
  ["golden/cityscapes.json", "data/cityscapes-synthetic"],
  "every golden case gives the official script's numbers or is refused where it stops",
  async (t) => {
    const golden = JSON.parse(await Deno.readTextFile(shared("golden/cityscapes.json")));
    const cases = Object.entries<Case>(golden.cases);
    assert.equal(cases.length, 10);
    for (const [name, { folder, pairs, evalInstLevelScore, expected, instanceStats }] of cases) {
      await t.step(name, async () => {
        const root = shared(`data/cityscapes-synthetic/${folder ?? name}`);
        const found = await pairPredictions(await readCityscapes(root, "val"), `${root}/results`);
        const metric = new CityscapesMetric({ instances: evalInstLevelScore });
        const results = { predictions: `${root}/results` };
        const scoring = evaluate(results, await cityscapesSet(root), metric, { workers: 2 });
        if (expected.error !== undefined) {
          await assert.rejects(
            scoring,
            (error) => error instanceof BneckError && ERRORS[name].test(error.message),
          );
          return;
        }
        assert.deepEqual(
          found.map(({ labelIds, prediction }) => [labelIds, prediction]),
          pairs.map(([truth, prediction]) => [`${root}/${truth}`, `${root}/${prediction}`]),
        );
        await scoring;
        assert.equal(metric.options.predictionIds, "labelIds");
        assertScores(metric.result(), expected, name);
        const statistics = metric.instanceStats();
        for (const kind of ["classes", "categories"] as const) {
          for (const [key, counts] of Object.entries(instanceStats![kind])) {
            const { tp, fn, tpWeighted, fnWeighted } = statistics[kind][key];
            assert.deepEqual([tp, fn], [counts.tp, counts.fn]);
            for (const [ours, theirs] of [[tpWeighted, counts.tpWeighted], [fnWeighted, counts.fnWeighted]]) {
              assert.ok(Math.abs(ours - theirs) <= 1e-12 * theirs, `${key}: ${ours}, expected ${theirs}`);
            }
          }
        }
      });
    }
  },
);
