import assert from "node:assert/strict";
import { join } from "node:path";
import { readFeatures, writeFeatures } from "../../../models/fit/feature_file.ts";
import { inFolder } from "../../support/folders.ts";

Deno.test("features are read as they were written, in half precision; damaged ones say what to do", () =>
  inFolder(async (folder) => {
    const path = join(folder, "features-1/train-0/000.safetensors");
    const features = { C3: { shape: [1, 2, 2], data: Float32Array.of(1, -0.5, 0, 2) } };
    await writeFeatures(path, features, Uint8Array.of(0, 255));
    const read = readFeatures(path);
    assert.deepEqual([...read.features.get("C3")!.data], [1, -0.5, 0, 2]);
    assert.deepEqual([...read.labels!], [0, 255]);
    const advice = new RegExp(
      `the features ${path} are damaged or gone: remove the folder ${folder}/features-1 to have all computed again`,
    );
    await Deno.writeFile(path, new Uint8Array(100).fill(7));
    assert.throws(() => readFeatures(path), advice);
    await Deno.remove(path);
    assert.throws(() => readFeatures(path), advice);
  }));
