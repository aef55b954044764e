import assert from "node:assert/strict";
import { join } from "node:path";
import { encodeSafetensors, parseSafetensors, safetensorsMetadata } from "../../../core/weights/mod.ts";
import { defaultRecipe } from "../../../models/fit/recipe.ts";
import { encodeFitted, fittedModel, isFittedFile, readFitted } from "../../../models/fit/fitted_file.ts";
import { fitGraph, geometryOf, learnsIn } from "../../../models/fit/network.ts";
import { graphParameters } from "../../../core/graph/mod.ts";
import { Model } from "../../../models/model.ts";
import { resolveModel } from "../../../models/open.ts";
import { testImage } from "../../support/test_image.ts";
import { inFolder } from "../../support/folders.ts";

const CLASSES = [{ name: "a", color: [1, 2, 3] }, { name: "b", color: [4, 5, 6] }] as const;

/** A file with weights of zero. */
function emptyFile(task: "segment" | "classify"): Uint8Array {
  const recipe = defaultRecipe(task, 30, { shorter: 128, crop: [96, 136] });
  const geometry = geometryOf(recipe, CLASSES.length);
  const learns = learnsIn("none");
  const weights = new Map(
    graphParameters(fitGraph(geometry, "none")).filter(({ name }) => learns({ scope: name })).map(
      ({ name, shape }) => [name, { shape, data: new Float32Array(shape.reduce((a, b) => a * b, 1)) }],
    ),
  );
  const metric = task === "segment" ? "mIoU" : "top-1 accuracy";
  return encodeFitted({
    name: "zeros",
    classes: CLASSES,
    licence: "CC0",
    weights,
    card: {
      geometry,
      recipe,
      data: { train: 24, val: 6, samples: 100, sources: ["photos"] },
      figures: { metric, value: 0.5, perClass: { a: 0.5, b: null } },
      date: "2026-01-31",
    },
  });
}

Deno.test("a fitted file is a model with its classes, sizes and figures", async () => {
  await inFolder(async (folder) => {
    for (const task of ["segment", "classify"] as const) {
      const path = join(folder, `${task}.safetensors`);
      await Deno.writeFile(path, emptyFile(task));
      assert.equal(await isFittedFile(path), true);
      const entry = await resolveModel({ model: path });
      assert.deepEqual([entry.name, entry.tasks], ["zeros", [task]]);
      assert.deepEqual(entry.labels[task]!.map(({ name }) => name), ["a", "b"]);
      assert.equal(entry.metrics[0].value, 0.5);
      assert.equal(entry.weights[0].licence, "CC0");
      const model = await Model.open(entry);
      // The crop's height is a multiple of 32, its width eight more.
      assert.deepEqual(model.inputExtent({ width: 200, height: 150 }), [128, 168]);
      const result = await model.predict(testImage(200, 150));
      assert.ok(result[task]);
      await model.close();
    }
  });
});

Deno.test("other files are not taken for fitted ones", async () => {
  await inFolder(async (folder) => {
    const path = join(folder, "w.safetensors");
    await Deno.writeFile(path, encodeSafetensors(new Map(), new Map([["bneck.name", "x"]])));
    assert.equal(await isFittedFile(path), false);
    assert.equal(await isFittedFile(join(folder, "none.safetensors")), false);
    assert.equal(await isFittedFile(folder), false);
  });
});

Deno.test("a card that anyone may have changed is checked, part by part", async () => {
  await inFolder(async (folder) => {
    const path = join(folder, "x.safetensors");
    const bytes = emptyFile("segment");
    const entries = safetensorsMetadata(bytes, path);
    const refuses = async (
      change: (card: Record<string, Record<string, unknown>>) => void,
      message: RegExp,
    ) => {
      const card = JSON.parse(entries.get("bneck.fit")!);
      change(card);
      const changed = new Map(entries).set("bneck.fit", JSON.stringify(card));
      await Deno.writeFile(path, encodeSafetensors(parseSafetensors(bytes, path), changed));
      await assert.rejects(
        () => readFitted(path).then((file) => fittedModel(file).build(["segment"])),
        message,
      );
    };
    await refuses((card) => card.geometry.task = "detect", /task must be segment or classify/);
    await refuses((card) => card.geometry.outputStride = 7, /output stride must be/);
    await refuses((card) => card.geometry.filters = 1e9, /filters must be between 1 and 4096/);
    await refuses((card) => card.geometry.tune = "__proto__", /does not say which blocks were tuned/);
    await refuses((card) => card.geometry.classes = 3, /classes and its labels differ/);
    await refuses(
      (card) => card.geometry.filters = 64,
      /does not match the network.*segment\.reduce\.weight/s,
    );
    await refuses((card) => card.figures.value = "\u001b[31m", /not a number/);
    await refuses((card) => card.figures.metric = "\u001b[31m", /metric is unknown/);
    await refuses((card) => card.data.train = "many", /not a number/);
    await refuses((card) => delete card.recipe, /a part of it is missing/);
    const broken = new Map(entries).set("bneck.fit", "{");
    await Deno.writeFile(path, encodeSafetensors(parseSafetensors(bytes, path), broken));
    await assert.rejects(() => readFitted(path), /bneck\.fit is not valid JSON/);
  });
});
