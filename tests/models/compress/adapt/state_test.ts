import assert from "node:assert/strict";
import { join } from "node:path";
import { readState, type StepRecord, writeLog, writeState } from "../../../../models/compress/adapt/state.ts";
import { inFolder } from "../../../support/folders.ts";

const RECORD: StepRecord = {
  step: 1,
  group: "a.expand",
  from: 16,
  to: 8,
  predicted: 9,
  measured: 9.1,
  original: 10,
  distance: 0.01,
  parameters: 100,
  madds: 1000,
  seconds: 2,
  rejected: [],
};

Deno.test("a state is read again by its own key only", async () => {
  await inFolder(async (folder) => {
    const path = join(folder, "x.state");
    assert.equal(await readState(path, "key"), undefined);
    const weights = new Map([["a.expand", { weight: Float32Array.of(1, 2), bias: Float32Array.of(3) }], [
      "b",
      {
        weight: Float32Array.of(4),
      },
    ]]);
    const state = {
      key: "key",
      original: 10,
      score: 0.3,
      records: [RECORD],
      kept: new Map([["a.expand", [0, 2]]]),
      weights,
    };
    await writeState(path, state);
    assert.deepEqual(await readState(path, "key"), state);
    assert.equal(await readState(path, "other"), undefined);
  });
});

Deno.test("a damaged state is told, and what to do", async () => {
  await inFolder(async (folder) => {
    const path = join(folder, "x.state");
    await Deno.writeTextFile(path, "nothing of the kind");
    await assert.rejects(readState(path, "key"), {
      name: "BneckError",
      message: /is damaged: remove it to begin again/,
    });
    await assert.rejects(readState(folder, "key"), { name: "BneckError", message: /cannot read the state/ });
  });
});

Deno.test("the log is a line of JSON for each step", async () => {
  await inFolder(async (folder) => {
    const path = join(folder, "x.jsonl");
    await writeLog(path, [RECORD, { ...RECORD, step: 2 }]);
    const lines = (await Deno.readTextFile(path)).trimEnd().split("\n").map((line) => JSON.parse(line));
    assert.deepEqual(lines.map(({ step }) => step), [1, 2]);
  });
});
