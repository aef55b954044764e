import assert from "node:assert/strict";
import { join } from "node:path";
import { encodeAdapted } from "../../../models/adapt/adapted_file.ts";
import { adaptedContent } from "../../../models/adapt/adapted_content.ts";
import { sameGraph } from "../../../models/adapt/base.ts";
import { channelsOf, narrowed } from "../../../models/adapt/candidate.ts";
import { planAdapt } from "../../../models/adapt/plan.ts";
import { modelOfCard } from "../../../models/card.ts";
import { Model, type Network } from "../../../models/mod.ts";
import { testImage } from "../../support/test_image.ts";
import { fakeTensors, withCheckpoint } from "../fake_checkpoint.ts";

const PATHS = Array.from({ length: 12 }, (_, i) => `${i}.jpg`);
const TARGET = { fraction: 0.8 };

for (
  const architecture of [
    "mobilenet_v3_small",
    "lraspp_mobilenet_v3_large",
    "ssdlite320_mobilenet_v3_large",
    "deeplabv3_mobilenet_v3_large",
  ]
) {
  Deno.test(`weights of ${architecture} can be adapted, and what is written is a model without them`, async () => {
    await withCheckpoint(fakeTensors(architecture), async (path) => {
      const plan = await planAdapt(path, PATHS, { target: TARGET });
      assert.ok(plan.original.layout.groups.length > 8, `${plan.original.layout.groups.length} groups`);
      const places = plan.original.layout.groups.map(({ name, channels }) =>
        [name, Array.from({ length: Math.ceil(channels / 2) }, (_, i) => 2 * i)] as const
      );
      const candidate = narrowed(plan.original, new Map(places));
      const latency = { machine: "a test", original: 2, target: 1, predicted: 1, measured: 1, beside: 2 };
      const content = adaptedContent(plan, {
        candidate,
        records: [],
        latency,
        distilled: { steps: 0, before: 0, after: 0 },
        baselines: [],
        seconds: 1,
      }, { name: "half" });
      const file = join(path, "..", "half.safetensors");
      await Deno.writeFile(file, encodeAdapted(content));
      await Deno.remove(path);
      const entry = (await modelOfCard(file))!;
      const network = await entry.build(entry.tasks) as Network;
      assert.ok(sameGraph(network.graph, candidate.graph));
      const model = await Model.fromNetwork("half", network);
      await model.predict(testImage(160, 120));
      await model.close();
      // It may be adapted again.
      const again = await planAdapt(file, PATHS, { target: TARGET });
      assert.deepEqual(channelsOf(again.original), channelsOf(candidate));
    });
  });
}

Deno.test("images for comparisons are not those that features are sampled from", async () => {
  const plan = await planAdapt("street", PATHS, {
    target: TARGET,
    tasks: ["segment"],
    samples: 5,
    compared: 3,
  });
  assert.equal(plan.sampled.length, 5);
  assert.equal(plan.compared.length, 3);
  assert.ok(plan.compared.every((path) => !plan.sampled.includes(path) && !plan.trained.includes(path)));
  assert.equal(plan.trained.length, 9);
  // The street decoder's heights are 8 above multiples of 32.
  assert.deepEqual([plan.size, plan.crop], [[360, 480], [264, 256]]);
});

Deno.test("another seed chooses other images, and a state belongs to a seed and images", async () => {
  const of = (seed: number, paths = PATHS) =>
    planAdapt("street", paths, { target: TARGET, tasks: ["segment"], samples: 4, compared: 2, seed });
  const [one, same, other, fewer] = await Promise.all([of(1), of(1), of(2), of(1, PATHS.slice(1))]);
  assert.deepEqual([same.sampled, same.key], [one.sampled, one.key]);
  assert.notDeepEqual([...other.sampled, ...other.compared], [...one.sampled, ...one.compared]);
  assert.equal(new Set([one.key, other.key, fewer.key]).size, 3);
});

Deno.test("settings out of range and tasks that a model lacks are refused", async () => {
  const refused = (options: Partial<Parameters<typeof planAdapt>[2]>, message: RegExp) =>
    assert.rejects(planAdapt("street", PATHS, { target: TARGET, ...options }), {
      name: "BneckError",
      message,
    });
  await refused({ target: { fraction: 1 } }, /between 0 and 1/);
  await refused({ target: { milliseconds: 0 } }, /above 0 ms/);
  await refused({ step: 0 }, /between 0 and 1/);
  await refused({ tasks: ["classify"] }, /cannot classify; it can detect and segment/);
  await assert.rejects(
    planAdapt("street", PATHS.slice(0, 3), { target: TARGET }),
    /at least 4 images, not 3/,
  );
});
