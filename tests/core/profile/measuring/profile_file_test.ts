import assert from "node:assert/strict";
import fc from "fast-check";
import { BneckError, ExitStatus } from "../../../../core/errors.ts";
import {
  type KernelEvent,
  parseProfile,
  readProfile,
} from "../../../../core/profile/measuring/profile_file.ts";
import { body, event, kernel, run, trace } from "./trace.ts";

const SESSION = event("model_loading_array", 1, 50) + event("session_initialization", 60, 900);

function names(kernels: readonly KernelEvent[]): unknown[] {
  return kernels.map(({ name, children }) => children.length > 0 ? [name, ...names(children)] : name);
}

Deno.test("kernels are read with their times and shapes, run by run", () => {
  const runs = parseProfile(trace(
    SESSION,
    kernel("Conv", 0, 1010, 30),
    kernel("Relu", 1, 1045, 5, "features.relu"),
    body(1005, 50) + run(1000, 60),
    kernel("Conv", 0, 2010, 20),
    body(2005, 25) + run(2000, 40),
  ));
  assert.deepEqual(runs.map((one) => one.milliseconds), [0.06, 0.04]);
  assert.deepEqual(runs[0].kernels[0], {
    name: "Conv_0",
    operator: "Conv",
    index: 0,
    start: 1010,
    duration: 30,
    inputShapes: [[1, 3, 8, 8], []],
    outputShapes: [[1, 4, 8, 8]],
    outputBytes: 1024,
    inputBytes: 4 * 3 * 64 + 8,
    type: "float",
    memory: undefined,
    children: [],
  });
  assert.deepEqual(runs.map((one) => names(one.kernels)), [["Conv_0", "features.relu"], ["Conv_0"]]);
});

Deno.test("the bodies of loops and branches are the children of their nodes", () => {
  const [{ kernels }] = parseProfile(trace(
    kernel("Conv", 0, 10, 5),
    kernel("MatMul", 0, 30, 3) + body(28, 6),
    kernel("MatMul", 0, 40, 3),
    kernel("Relu", 0, 52, 1) + body(51, 3) + kernel("If", 1, 50, 5) + body(38, 20),
    kernel("Loop", 1, 20, 45),
    kernel("Add", 2, 70, 5),
    body(9, 70) + run(5, 80),
  ));
  assert.deepEqual(names(kernels), [
    "Conv_0",
    ["Loop_1", "MatMul_0", "MatMul_0", ["If_1", "Relu_0"]],
    "Add_2",
  ]);
});

Deno.test("a branch that runs nothing has no children", () => {
  const [{ kernels }] = parseProfile(
    trace(kernel("Conv", 0, 10, 5), body(21, 1), kernel("If", 1, 20, 5), body(9, 20), run(5, 30)),
  );
  assert.deepEqual(names(kernels), ["Conv_0", "If_1"]);
});

Deno.test("names stand in the file as they are, quotes, backslashes and line breaks included", () => {
  const odd = [
    'he said "hi"',
    "C:\\new\\table",
    "two\nlines",
    "",
    'a","args" : {',
    "größe_kernel_time",
    "}}",
  ];
  const runs = parseProfile(trace(...odd.map((name, i) => kernel("Conv", i, 10 + i, 1, name)), run(5, 100)));
  assert.deepEqual(names(runs[0].kernels), odd);
});

Deno.test("a run that the file does not hold to its end is left out", () => {
  const whole = trace(
    kernel("Conv", 0, 10, 5) + run(5, 20) + kernel("Conv", 0, 110, 5) + run(105, 20),
  );
  const first = whole.indexOf("model_run");
  for (let length = 1; length < whole.length; length++) {
    const runs = parseProfile(whole.slice(0, length));
    if (length < first) assert.equal(runs.length, 0);
    else assert.ok(runs.length <= 2 && runs.every((one) => one.kernels.length === 1));
  }
  assert.equal(parseProfile(whole).length, 2);
});

Deno.test("any bytes are a profile without runs, or are refused", () => {
  fc.assert(fc.property(fc.string({ unit: "binary", maxLength: 300 }), (noise) => {
    try {
      parseProfile(`[\n${kernel("Conv", 0, 1, 1)}${noise}`);
      parseProfile(noise);
    } catch (error) {
      assert.ok(error instanceof BneckError);
    }
  }));
});

Deno.test("text that is not a list of events is refused", () => {
  assert.throws(() => parseProfile("<html>"), /onnxruntime's profile is not a list of events/);
});

Deno.test("the file is found by its prefix", async () => {
  const folder = await Deno.makeTempDir();
  const prefix = `${folder}/record`;
  await assert.rejects(readProfile(prefix), /wrote no profile/);
  await Deno.writeTextFile(`${folder}/record.onnx`, "not this");
  await Deno.writeTextFile(`${prefix}_2026-11-22_23-51-55_712.json`, trace(run(5, 2000)));
  assert.deepEqual((await readProfile(prefix)).map((one) => one.milliseconds), [2]);
  await Deno.remove(folder, { recursive: true });
});

Deno.test("a profile of very many runs is refused before it is read", async () => {
  const folder = await Deno.makeTempDir();
  const path = `${folder}/record_1.json`;
  await Deno.writeTextFile(path, "[");
  await Deno.truncate(path, 300 * 2 ** 20);
  await assert.rejects(readProfile(`${folder}/record`), (error: unknown) => {
    assert.ok(error instanceof BneckError);
    assert.equal(error.exitStatus, ExitStatus.unusableModel);
    assert.match(error.message, /grown to 300 MiB$/);
    assert.deepEqual(error.hint, { option: "runs", advice: "measure fewer" });
    return true;
  });
  await Deno.remove(folder, { recursive: true });
});

Deno.test("who waits gets the runs up to the one that reaches a number of kernels", () => {
  const one = (at: number) => kernel("Conv", 0, at + 10, 3) + kernel("Relu", 1, at + 20, 3) + run(at, 30);
  const text = trace(SESSION, one(1000), one(2000), one(3000));
  assert.equal(parseProfile(text, 3).length, 2);
  assert.equal(parseProfile(text, 1).length, 1);
  assert.equal(parseProfile(text).length, 3);
});
