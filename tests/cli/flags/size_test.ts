import assert from "node:assert/strict";
import fc from "fast-check";
import { ExitStatus } from "../../../core/errors.ts";
import { formatSize, parseImageSize, parseSize } from "../../../cli/flags/size.ts";
import { LARGEST_SIDE } from "../../../models/input_size.ts";

Deno.test("one number is the shorter side, two are height and width in this order", () => {
  assert.deepEqual(parseSize("520"), { kind: "shorter", pixels: 520 });
  assert.deepEqual(parseSize("1024x2048"), { kind: "exact", height: 1024, width: 2048 });
  assert.deepEqual(parseSize("512X1024"), { kind: "exact", height: 512, width: 1024 });
  assert.deepEqual(parseSize("512×1024"), { kind: "exact", height: 512, width: 1024 });
});

Deno.test("anything else is refused with an example", () => {
  for (const text of ["", "x", "520px", "1024x", "x2048", "1x2x3", "-5", "5.5", "1e3", "9999999"]) {
    assert.throws(() => parseSize(text), /such as 520, or HEIGHTxWIDTH, such as 1024x2048/, text);
  }
});

Deno.test("no side is empty or absurdly long", () => {
  for (const text of ["0", "0x10", "10x0", `${LARGEST_SIDE + 1}`, `10x${LARGEST_SIDE + 1}`]) {
    assert.throws(() => parseSize(text), /1 to 16384 pixels/, text);
  }
});

Deno.test("an exact size is a square, or height by width", () => {
  assert.deepEqual(parseImageSize("224"), { height: 224, width: 224 });
  assert.deepEqual(parseImageSize("1024x2048"), { height: 1024, width: 2048 });
  assert.deepEqual(parseImageSize("512×1024"), { height: 512, width: 1024 });
});

for (const text of ["", "x", "224x", "12.5", "-1", "1x2x3", "1e3"]) {
  Deno.test(`"${text}" is not a valid exact size`, () =>
    assert.throws(() => parseImageSize(text), {
      exitStatus: ExitStatus.usage,
      message: /expected a square's side/,
    }));
}

Deno.test("an exact size has sides of 1 to 16384 pixels", () => {
  assert.throws(() => parseImageSize("0"), {
    exitStatus: ExitStatus.usage,
    message: /1 to 16384 pixels, not 0/,
  });
  assert.throws(() => parseImageSize("1024x20000"), { exitStatus: ExitStatus.usage, message: /not 20000/ });
});

Deno.test("a size is printed as it is typed", () => {
  const side = fc.integer({ min: 1, max: LARGEST_SIDE });
  fc.assert(fc.property(
    fc.oneof(
      side.map((pixels) => ({ kind: "shorter" as const, pixels })),
      fc.tuple(side, side).map(([height, width]) => ({ kind: "exact" as const, height, width })),
    ),
    (size) => assert.deepEqual(parseSize(formatSize(size)), size),
  ));
});
