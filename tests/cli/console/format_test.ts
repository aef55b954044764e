import assert from "node:assert/strict";
import fc from "fast-check";
import {
  formatBytes,
  formatClock,
  formatCount,
  formatMilliseconds,
  formatPercent,
  groupDigits,
  plural,
} from "../../../cli/console/format.ts";

Deno.test("counts have three digits and a unit", () => {
  const cases: [number, string][] = [
    [0, "0"],
    [7, "7"],
    [999, "999"],
    [1000, "1.00 k"],
    [1234, "1.23 k"],
    [56_700, "56.7 k"],
    [999_499, "999 k"],
    [999_500, "1.00 M"],
    [1_234_567, "1.23 M"],
    [219_000_000, "219 M"],
    [9.03e9, "9.03 G"],
    [-1500, "-1.50 k"],
    [2.5, "2.50"],
    [NaN, "NaN"],
  ];
  for (const [value, text] of cases) assert.equal(formatCount(value), text);
});

Deno.test("a count never shows four digits before its unit, and is right within half a percent", () => {
  const units: Record<string, number> = { "": 1, k: 1e3, M: 1e6, G: 1e9, T: 1e12 };
  fc.assert(fc.property(fc.integer({ min: 1, max: 1e14 }), (value) => {
    const [digits, unit = ""] = formatCount(value).split(" ");
    assert.ok(digits.replace(".", "").length <= 3, formatCount(value));
    assert.ok(
      Math.abs(Number(digits) * units[unit] / value - 1) <= 0.0051,
      `${value} → ${formatCount(value)}`,
    );
  }));
});

Deno.test("sizes are in binary units", () => {
  assert.equal(formatBytes(0), "0 B");
  assert.equal(formatBytes(1023), "1023 B");
  assert.equal(formatBytes(1536), "1.50 KiB");
  assert.equal(formatBytes(13.4 * 1024 ** 2), "13.4 MiB");
  assert.equal(formatBytes(25274793984), "23.5 GiB");
});

Deno.test("times are in the unit that fits", () => {
  assert.equal(formatMilliseconds(0.42), "0.42 ms");
  assert.equal(formatMilliseconds(12.34), "12.3 ms");
  assert.equal(formatMilliseconds(999.4), "999 ms");
  assert.equal(formatMilliseconds(999.6), "1.00 s");
  assert.equal(formatMilliseconds(61_500), "61.5 s");
});

Deno.test("a clock counts in minutes and hours", () => {
  assert.equal(formatClock(7), "0:07");
  assert.equal(formatClock(59.7), "1:00");
  assert.equal(formatClock(725), "12:05");
  assert.equal(formatClock(3723), "1:02:03");
  assert.equal(formatClock(-3), "0:00");
});

Deno.test("percentages have one decimal, long numbers groups of three", () => {
  assert.equal(formatPercent(0.12345), "12.3 %");
  assert.equal(formatPercent(NaN), "NaN");
  assert.equal(groupDigits(1234567), "1 234 567");
  assert.equal(groupDigits(-1234), "-1 234");
  assert.equal(groupDigits(1234.5678), "1 234.5678");
  assert.equal(groupDigits(12), "12");
});

Deno.test("one image, two images", () => {
  assert.equal(plural(1, "image"), "1 image");
  assert.equal(plural(0, "image"), "0 images");
  assert.equal(plural(2, "class", "classes"), "2 classes");
});
