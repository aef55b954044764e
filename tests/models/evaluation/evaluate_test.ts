import assert from "node:assert/strict";
import { evaluationOf } from "../../../cli/commands/eval/benchmark.ts";
import { type AnyBenchmark } from "../../../cli/commands/eval.ts";
import { ExitStatus } from "../../../core/errors.ts";
import { readLabelMap } from "../../../core/images/mod.ts";
import { CityscapesMetric, cityscapesSet } from "../../../datasets/cityscapes/mod.ts";
import { SegmentationMetric, segmentationSet } from "../../../datasets/segmentation/mod.ts";
import { evaluate } from "../../../models/evaluation/mod.ts";
import { findModel } from "../../../models/registry.ts";
import { CAMVID_CLASSES } from "../../cli/commands/eval/support.ts";
import { ROOT } from "../../support/shared.ts";
import { benchmark, ToyMetric, toySet } from "./toy/benchmark.ts";
import { copy, inFolder } from "../../support/folders.ts";
import { STREET_PHOTO, STREET_TRUTH } from "../../support/street.ts";

const MODEL = findModel("street");

/** Runs `test` with a folder that holds the photo of the embedded model, and its labels. */
function withStreet(test: (cwd: string) => Promise<void>): Promise<void> {
  return inFolder(async (cwd) => {
    await copy(STREET_PHOTO, `${cwd}/images/street.png`);
    await copy(STREET_TRUTH, `${cwd}/labels/street_L.png`);
    await test(cwd);
  });
}

const OPTIONS = { list: { ...CAMVID_CLASSES, ignore: [CAMVID_CLASSES.ignore] } };

Deno.test("a model is scored on a folder, and its saved predictions score the same", () =>
  withStreet(async (cwd) => {
    const set = await segmentationSet({ images: `${cwd}/images`, labels: `${cwd}/labels` });
    const metric = new SegmentationMetric(OPTIONS);
    const stages: string[] = [];
    const { inputSizes } = await evaluate(MODEL, set, metric, {
      workers: 1,
      savePredictions: `${cwd}/found`,
      onTimes: (milliseconds) => stages.push(...Object.keys(milliseconds)),
    });
    assert.deepEqual(inputSizes, [[360, 480]]);
    assert.deepEqual(stages, ["read + decode", "resize", "infer", "post", "count", "save"]);
    assert.ok(metric.result().meanIou! > 0.3);

    const again = new SegmentationMetric(OPTIONS);
    await evaluate({ predictions: `${cwd}/found` }, set, again, { workers: 1 });
    assert.deepEqual(again.result(), metric.result());
    const asked = new SegmentationMetric(OPTIONS);
    await evaluate({ model: "street" }, set, asked, { workers: 1 });
    assert.deepEqual(asked.result(), metric.result());

    await assert.rejects(
      evaluate(MODEL, set, metric, { savePredictions: `${cwd}/found` }),
      ({ message, hint, exitStatus }) => {
        assert.match(
          message,
          /^1 of 1 predictions exist already, so nothing was run:\n {2}.*street\.ids\.png$/,
        );
        assert.equal(hint.option, "overwrite");
        return exitStatus === ExitStatus.usage;
      },
    );
    await assert.rejects(
      evaluate(MODEL, set, metric, { savePredictions: cwd }),
      /holds inputs of this evaluation/,
    );
  }));

Deno.test("a metric that is left open is scored as the set and the model decide, what is given stays", async () => {
  const root = `${ROOT}tests/fixtures/cityscapes`;
  const source = { predictions: `${root}/results` };
  const set = await cityscapesSet(root);
  const open = new CityscapesMetric();
  await evaluate(source, set, open, { workers: 1 });
  assert.deepEqual(
    [open.images, open.options, open.classes],
    [3, { predictionIds: "labelIds", truthIds: "labelIds", instances: true, checkIds: true }, null],
  );
  const partial = new CityscapesMetric({ classes: ["car", "road"] });
  await evaluate(source, set, partial, { workers: 1 });
  assert.deepEqual(partial.classes, ["road", "car"]);
  assert.equal(partial.options.instances, false);
  const result = partial.result();
  assert.ok("leftOut" in result && result.leftOut.length === 17);
  assert.equal(result.classScores.sky, null);
});

Deno.test("parts of a set merge to the whole, through JSON and into an open metric", async () => {
  const root = `${ROOT}tests/fixtures/cityscapes`;
  const source = { predictions: `${root}/results` };
  const whole = new CityscapesMetric();
  await evaluate(source, await cityscapesSet(root), whole, { workers: 1 });
  const merged = new CityscapesMetric();
  for (const number of [2, 1]) {
    const part = new CityscapesMetric();
    const set = await cityscapesSet(root, { shard: { number, count: 2 } });
    assert.equal(set.total, 3);
    await evaluate(source, set, part, { workers: 1 });
    merged.merge(CityscapesMetric.fromJSON(JSON.parse(JSON.stringify(part)), "part.json"));
  }
  assert.equal(JSON.stringify(merged), JSON.stringify(whole));
});

Deno.test("predictions of another numbering or of other classes are not added to a metric", () =>
  withStreet(async (cwd) => {
    const root = `${ROOT}tests/fixtures/cityscapes`;
    const frames = await cityscapesSet(root);
    await assert.rejects(
      evaluate(MODEL, frames, new CityscapesMetric({ predictionIds: "trainIds" })),
      /cannot add predictions in labelIds to a metric that reads them as trainIds/,
    );
    const set = await segmentationSet({ images: `${cwd}/images`, labels: `${cwd}/labels` });
    const extra = { id: 40, name: "unicorn" };
    const list = { classes: [...OPTIONS.list.classes, extra], ignore: OPTIONS.list.ignore };
    const metric = new SegmentationMetric({ list });
    const truth = await readLabelMap(STREET_TRUTH);
    metric.add(truth, truth);
    await assert.rejects(
      evaluate(MODEL, set, metric),
      /cannot add images of a model that knows other classes/,
    );
  }));

Deno.test("a set without photos, and a model that cannot do the task, are refused before anything runs", async () => {
  const set = await cityscapesSet(`${ROOT}tests/fixtures/cityscapes`);
  await assert.rejects(
    evaluate(MODEL, set, new CityscapesMetric()),
    /^BneckError: 3 of 3 ground truth images have no photo in .*leftImg8bit\/val/,
  );
  const classify = { ...toySet([STREET_PHOTO]), task: "classify" } as const;
  await assert.rejects(evaluate(MODEL, classify, new ToyMetric()), /cannot classify; it can/);
  await assert.rejects(evaluate({ predictions: "x" }, classify, new ToyMetric()), /takes no predictions/);
});

Deno.test("a model that the registry does not have is evaluated as well", async () => {
  const metric = new ToyMetric();
  await evaluate({ ...MODEL, name: "mine" }, toySet([STREET_PHOTO]), metric, { workers: 1 });
  assert.equal(metric.images, 1);
});

Deno.test("a new benchmark is its own folder: it is evaluated, saved, merged and presented as the others", async () => {
  const metric = new ToyMetric();
  await evaluate(MODEL, toySet([STREET_PHOTO, STREET_PHOTO]), metric, { workers: 2 });
  const { width, height } = await readLabelMap(STREET_TRUTH);
  assert.equal(metric.images, 2);
  assert.equal(metric.result().reduce((sum, pixels) => sum + pixels, 0), 2 * width * height);

  const known: AnyBenchmark = benchmark;
  const { state } = evaluationOf(known, metric, null);
  const saved = { format: "bneck evaluation 1", benchmark: "toy", settings: null, shards: null } as const;
  const restored = known.restore({ ...saved, state: JSON.parse(JSON.stringify(state())) }, "toy.json");
  restored.metric.merge(metric);
  assert.equal(restored.metric.images, 4);
  assert.deepEqual(evaluationOf(known, restored.metric, null).metrics(), { pixels: 4 * width * height });
});

Deno.test("what evaluates knows no benchmark by its name", () => {
  for (const { name } of Deno.readDirSync(`${ROOT}models/evaluation`)) {
    const lines = Deno.readTextFileSync(`${ROOT}models/evaluation/${name}`).split("\n");
    const code = lines.filter((line) => !line.trim().startsWith("*")).join("\n");
    assert.doesNotMatch(
      code,
      /datasets\/(cityscapes|coco|imagenet)|"(cityscapes|coco|imagenet|segmentation)"/,
      name,
    );
  }
});
