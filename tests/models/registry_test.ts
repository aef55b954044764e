import assert from "node:assert/strict";
import { inputExtent, MODELS, sizeGrid } from "../../models/mod.ts";
import { shared, testWithShared } from "../support/shared.ts";

const PUBLISHED = MODELS.filter(({ weights }) => weights.some(({ download }) => download));

Deno.test("every name and alias means one model", () => {
  const names = MODELS.flatMap(({ name, aliases }) => [name, ...aliases]);
  assert.equal(new Set(names).size, names.length);
  for (const { name, architecture } of PUBLISHED) assert.ok(name.startsWith(`${architecture}.`), name);
});

Deno.test("every model has a label for each class, and a licence", () => {
  for (const { name, tasks, labels, weights, verified } of MODELS) {
    for (const task of tasks) assert.ok(labels[task]!.length > 1, name);
    assert.ok(weights.length > 0 && weights.every(({ licence, from }) => licence && from), name);
    assert.ok(verified.length > 0, name);
  }
});

Deno.test("every download has an address, a digest and a name of its own, and says that it was not fetched", () => {
  const files = new Set<string>();
  for (const { name, weights: [{ download }], verified } of PUBLISHED) {
    assert.match(download!.url, /^https:\/\/[^ ]+\.(pth|pt)$/, name);
    assert.match(download!.sha256, /^[0-9a-f]{8,64}$/, name);
    assert.ok(download!.url.includes(download!.sha256), name);
    assert.ok(!files.has(download!.fileName) && !/[/\\]/.test(download!.fileName), name);
    files.add(download!.fileName);
    assert.match(verified, /not fetched here: no network where this was built$/);
  }
});

Deno.test("metrics are shares", () => {
  for (const { name, metrics } of MODELS) {
    for (const { value } of metrics) assert.ok(value > 0.1 && value < 1, name);
  }
});

interface Reference {
  readonly model: string;
  readonly weights: string;
  readonly url: string;
  readonly sha256_prefix: string;
  readonly file_size_mb: number;
  readonly metrics: Readonly<Record<string, number | string>>;
  readonly preprocessing: {
    readonly resize_shorter_side?: number;
    readonly center_crop?: number | null;
    readonly mean: readonly number[];
    readonly std: readonly number[];
  };
}

testWithShared(
  "reference/torchvision-weights.json",
  "torchvision's entries are as torchvision has them",
  () => {
    const { weights } = JSON.parse(Deno.readTextFileSync(shared("reference/torchvision-weights.json"))) as {
      weights: Reference[];
    };
    let compared = 0;
    for (const reference of weights.filter(({ model }) => !model.includes("quantized"))) {
      const name = `${reference.model}.${reference.weights.toLowerCase()}`;
      const entry = MODELS.find((model) => model.name === name)!;
      const { download } = entry.weights[0];
      assert.equal(download!.url, reference.url);
      assert.equal(download!.sha256, reference.sha256_prefix);
      assert.equal(download!.mebibytes, reference.file_size_mb);
      const values = Object.values(reference.metrics).filter((value) => typeof value === "number");
      assert.deepEqual(entry.metrics.map(({ value }) => Number((value * 100).toFixed(3))), values, name);
      const preprocessing = entry.preprocessing!;
      assert.deepEqual([...preprocessing.mean], reference.preprocessing.mean);
      assert.deepEqual([...preprocessing.std], reference.preprocessing.std);
      const { resize_shorter_side: resize, center_crop: crop } = reference.preprocessing;
      if (resize) {
        assert.deepEqual(inputExtent(preprocessing.size, sizeGrid(preprocessing), 640, 480)[0], resize);
      }
      assert.deepEqual(preprocessing.crop, crop ? [crop, crop] : undefined);
      compared++;
    }
    assert.equal(compared, 12);
  },
);
