import assert from "node:assert/strict";
import { parseImageSize, parseInput } from "../../../../cli/commands/profile/flags.ts";
import { BneckError, ExitStatus } from "../../../../core/errors.ts";

function refused(parse: () => unknown, message: RegExp): void {
  assert.throws(parse, (error: unknown) => {
    assert.ok(error instanceof BneckError);
    assert.equal(error.exitStatus, ExitStatus.usage);
    assert.match(error.message, message);
    return true;
  });
}

Deno.test("a size is a square, or height by width", () => {
  assert.deepEqual(parseImageSize("224"), { height: 224, width: 224 });
  assert.deepEqual(parseImageSize("1024x2048"), { height: 1024, width: 2048 });
  assert.deepEqual(parseImageSize("512×1024"), { height: 512, width: 1024 });
});

for (const text of ["", "x", "224x", "12.5", "-1", "1x2x3", "1e3"]) {
  Deno.test(`"${text}" is not a valid size`, () =>
    refused(() => parseImageSize(text), /expected a square's side/));
}

Deno.test("a size has sides of 1 to 16384 pixels", () => {
  refused(() => parseImageSize("0"), /1 to 16384 pixels, not 0/);
  refused(() => parseImageSize("1024x20000"), /not 20000/);
});

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
