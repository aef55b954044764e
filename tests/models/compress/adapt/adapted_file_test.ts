import assert from "node:assert/strict";
import { join } from "node:path";
import { encodeSafetensors, parseSafetensors, safetensorsMetadata } from "../../../../core/weights/mod.ts";
import {
  type AdaptCard,
  adaptedModel,
  encodeAdapted,
  isAdaptedFile,
  readAdapted,
} from "../../../../models/compress/adapt/adapted_file.ts";
import { baseGraph, sameGraph } from "../../../../models/compress/adapt/base.ts";
import { channelsOf, narrowed, originalCandidate } from "../../../../models/compress/adapt/candidate.ts";
import { baseOf } from "../../../../models/compress/adapt/known_base.ts";
import { modelOfCard } from "../../../../models/card.ts";
import { exportModel } from "../../../../models/export.ts";
import { type Network, openModel, openSubject, resolveModel, type Task } from "../../../../models/mod.ts";
import { testImage } from "../../../support/test_image.ts";

const CARD: AdaptCard = {
  channels: { "backbone.block12.expand": 400, "detect.neck": 360 },
  original: "mb3-large-075.coco-everyday",
  latency: { size: [384, 512], threads: 1, machine: "a test", original: 20, predicted: 17.9, measured: 18 },
  steps: 2,
  distilled: 0,
  images: 8,
  seed: 0,
  figures: { metric: "AP", original: 0.31, adapted: 0.3, images: 159 },
  date: "2026-11-29",
};

/** The embedded model for a task without a part of its channels. */
async function adapted(task: Task, channels: Readonly<Record<string, number>>): Promise<Uint8Array> {
  const entry = await resolveModel({ model: "everyday" });
  const network = await entry.build([task]) as Network;
  const places = Object.entries(channels).map(([name, count]) =>
    [name, Array.from({ length: count }, (_, i) => i)] as const
  );
  const candidate = narrowed(originalCandidate(network), new Map(places));
  const { base } = await baseOf("everyday", entry, [task]);
  return encodeAdapted({
    metadata: {
      name: "fast",
      summary: "made narrower",
      input: "image",
      tasks: network.tasks,
      inputSize: network.inputSize,
      sizeGrid: network.sizeGrid,
      licence: "MIT",
      source: "bneck adapt",
      preprocessing: "in the graph",
    },
    base,
    card: { ...CARD, channels },
    candidate,
  });
}

async function withFile(bytes: Uint8Array, test: (path: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    const path = join(folder, "fast.safetensors");
    await Deno.writeFile(path, bytes);
    await test(path);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("the embedded models' tables build the graphs that they run", async () => {
  for (
    const [name, tasks] of [
      ["everyday", ["detect"]],
      ["everyday", ["segment"]],
      ["everyday", ["detect", "segment"]],
      ["street", ["segment"]],
      ["street", ["detect", "segment"]],
    ] as const
  ) {
    const entry = await resolveModel({ model: name });
    const { base } = await baseOf(name, entry, tasks);
    const { graph } = await entry.build(tasks) as Network;
    assert.ok(sameGraph(graph, baseGraph(base)), `${name} ${tasks}`);
  }
});

Deno.test("an adapted file is a model: it predicts, is profiled and exported", async () => {
  await withFile(await adapted("detect", CARD.channels), async (path) => {
    assert.equal(await isAdaptedFile(path), true);
    const model = await openModel({ model: path });
    assert.deepEqual(Object.keys(model.tasks), ["detect"]);
    const image = testImage(320, 240);
    assert.ok((await model.predict(image, { detect: { score: 0.01, max: 5 } })).detect!.count > 0);
    await model.close();
    const [subject, original] = [await openSubject(path), await openSubject("mb3-large-075")];
    assert.ok(subject.costs.madds < original.costs.madds);
    const entry = (await modelOfCard(path))!;
    assert.equal(entry.name, "fast");
    assert.equal(entry.metrics[0].value, 0.3);
    const exported = await exportModel(entry, { size: [384, 512] });
    assert.ok(exported.bytes.length > 1e6);
  });
});

Deno.test("what is written is read again", async () => {
  await withFile(await adapted("segment", { "segment.block14.expand": 640 }), async (path) => {
    const file = await readAdapted(path);
    assert.deepEqual(file.card, { ...CARD, channels: { "segment.block14.expand": 640 } });
    assert.deepEqual(file.metadata.inputSize, { kind: "shorter", pixels: 352 });
    const network = await adaptedModel(file).build(["segment"]) as Network;
    assert.equal(channelsOf(originalCandidate(network)).get("segment.block14.expand"), 640);
  });
});

Deno.test("an adapted file may be adapted again", async () => {
  await withFile(await adapted("detect", CARD.channels), async (path) => {
    const entry = (await modelOfCard(path))!;
    const { base, channels } = await baseOf(path, entry, ["detect"]);
    assert.equal(base.kind, "table");
    assert.deepEqual(Object.fromEntries(channels), CARD.channels);
  });
});

Deno.test("a card that anyone may have changed is checked, part by part", async () => {
  const bytes = await adapted("detect", CARD.channels);
  const entries = safetensorsMetadata(bytes, "x");
  const tensors = parseSafetensors(bytes, "x");
  const refuses = async (
    change: (
      card: Record<string, unknown> & { base: Record<string, unknown> },
      all: Map<string, string>,
    ) => void,
    message: RegExp,
  ) => {
    const card = JSON.parse(entries.get("bneck.adapt")!);
    const all = new Map(entries);
    change(card, all);
    if (all.get("bneck.adapt") === entries.get("bneck.adapt")) all.set("bneck.adapt", JSON.stringify(card));
    await withFile(encodeSafetensors(tensors, all), async (path) => {
      await assert.rejects(async () => {
        await (await modelOfCard(path))!.build(["detect"]);
      }, { name: "BneckError", message });
    });
  };
  await refuses((card) => (card.channels = { nobody: 8 }), /no group of channels nobody/);
  await refuses((card) => (card.channels = { "detect.neck": 481 }), /between 1 and 480/);
  await refuses((card) => (card.channels = { "detect.neck": 1e9 }), /between 1 and 480/);
  await refuses((card) => (card.channels = { "detect.neck": -1 }), /whole numbers from 1/);
  await refuses((card) => (card.channels = { "detect.neck": "8" }), /whole numbers from 1/);
  await refuses((card) => (card.channels = { "detect.neck": 352 }), /of the wrong shape/);
  await refuses((card) => (card.channels = []), /not an object/);
  await refuses((card) => (card.base = { kind: "magic" }), /unknown kind/);
  await refuses(
    (card) => (card.base = { kind: "architecture", architecture: "x", classes: 0 }),
    /its classes must be/,
  );
  await refuses(
    (card) => (card.base = { kind: "architecture", architecture: "x", classes: 3, preprocessing: {} }),
    /interpolation is unknown/,
  );
  await refuses(
    (card) => (card.base = { kind: "fitted", geometry: { task: "segment", filters: 1e9 } }),
    /output stride/,
  );
  await refuses((_, all) => void all.delete("bneck.network"), /bneck.network is missing/);
  await refuses((_, all) => void all.set("bneck.network", "{"), /not valid JSON/);
  await refuses(
    (_, all) => void all.set("bneck.network", "{}"),
    /bneck.network, the version of its form, is missing/,
  );
  await refuses((_, all) => void all.set("bneck.adapt", "[1]"), /not an object/);
  await refuses((card) => (card.latency = { size: [1] }), /two lengths/);
  await refuses((card) => (card.steps = null), /steps is not a number/);
});

Deno.test("a network of the zoo is a base by its name", async () => {
  const entry = await resolveModel({ model: "everyday" });
  const preprocessing = {
    size: { kind: "shorter", pixels: 256 },
    interpolation: "bilinear",
    crop: [224, 224],
    mean: [0.5, 0.5, 0.5],
    std: [0.5, 0.5, 0.5],
  } as const;
  const { base } = await baseOf("x", {
    ...entry,
    name: "x",
    architecture: "torchvision-mobilenetv3-small-1.0",
    preprocessing,
    tasks: ["classify"],
    labels: { classify: [{ name: "a" }, { name: "b" }] },
  }, ["classify"]);
  assert.equal(base.kind, "architecture");
});
