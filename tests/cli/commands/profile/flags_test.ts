import assert from "node:assert/strict";
import { parseInput } from "../../../../cli/commands/profile/flags.ts";
import { BneckError, ExitStatus } from "../../../../core/errors.ts";

function refused(parse: () => unknown, message: RegExp): void {
  assert.throws(parse, (error: unknown) => {
    assert.ok(error instanceof BneckError);
    assert.equal(error.exitStatus, ExitStatus.usage);
    assert.match(error.message, message);
    return true;
  });
}

Deno.test("an input has a shape, a value or both, and may have colons in its name", () => {
  assert.deepEqual(parseInput("image:1x3x224x224"), { name: "image", shape: [1, 3, 224, 224] });
  assert.deepEqual(parseInput("input:0:1x3"), { name: "input:0", shape: [1, 3] });
  assert.deepEqual(parseInput("length:1=7"), { name: "length", shape: [1], value: 7 });
  assert.deepEqual(parseInput("threshold=-0.5"), { name: "threshold", value: -0.5 });
  assert.deepEqual(parseInput("a=b:2=1e-3"), { name: "a=b", shape: [2], value: 0.001 });
});

for (const text of ["", "image", "image:", "image:1x", "image:axb", "=1", ":1x3"]) {
  Deno.test(`"${text}" is not a valid input`, () => refused(() => parseInput(text), /expected NAME:SHAPE/));
}

Deno.test("an input has elements, and not more than the largest image", () => {
  refused(() => parseInput("x:1x0"), /1 to \d+ elements, not 0/);
  refused(() => parseInput("x:999999x999999"), /elements, not 999998000001/);
});
