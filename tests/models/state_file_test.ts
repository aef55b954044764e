import assert from "node:assert/strict";
import { join } from "node:path";
import { readState as readTraining, writeState as writeTraining } from "../../models/fit/training_state.ts";
import { readRun, writeRun } from "../../models/state_file.ts";
import { inFolder } from "../support/folders.ts";

Deno.test("a state is read by its own key only, and restored", () =>
  inFolder(async (folder) => {
    const path = join(folder, "x.state");
    const saved = { progress: { key: "a", steps: 3 }, tensors: new Map([["w", Float32Array.of(1, 2)]]) };
    await writeRun(path, saved);
    assert.deepEqual(await readRun(path, "a", (found) => found), saved);
    assert.equal(await readRun(path, "b", (found) => found), undefined);
    assert.equal(await readRun(join(folder, "none"), "a", (found) => found), undefined);
  }));

Deno.test("a training's state comes back as it was, and a damaged one says what to do", () =>
  inFolder(async (folder) => {
    const path = join(folder, "x.state");
    const progress = {
      key: "k",
      stage: 0,
      step: 2,
      steps: 2,
      log: [],
      best: undefined,
      lossSum: 0.5,
      lossCount: 2,
      seconds: 1,
    };
    const moments = new Map([["w", { first: Float32Array.of(1), second: Float32Array.of(2) }]]);
    const [values, best] = [new Map([["w", Float32Array.of(3)]]), new Map([["w", Float32Array.of(4)]])];
    await writeTraining(path, { progress, values, moments, best });
    const { best: _, ...kept } = progress;
    assert.deepEqual(await readTraining(path, "k"), { progress: kept, values, moments, best });
    await Deno.writeTextFile(path, "nothing of the kind");
    await assert.rejects(readTraining(path, "k"), {
      name: "BneckError",
      message: `the state ${path} is damaged: remove it to begin again`,
    });
  }));
