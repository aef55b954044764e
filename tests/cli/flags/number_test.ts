import assert from "node:assert/strict";
import { BneckError } from "../../../core/errors.ts";
import { countFlagWithDefault, parseCount, parseFraction } from "../../../cli/flags/number.ts";

const refuses = (parse: (text: string) => unknown, texts: readonly string[], message: RegExp) => {
  for (const text of texts) {
    assert.throws(
      () => parse(text),
      (error) => error instanceof BneckError && message.test(error.message),
      text,
    );
  }
};

Deno.test("counts are whole numbers of at least one", () => {
  assert.equal(parseCount("1"), 1);
  assert.equal(parseCount("4096"), 4096);
  refuses(
    parseCount,
    ["0", "-1", "1.5", "1e3", "", "x", " 1", "0x10", "9".repeat(30), "Infinity"],
    /at least 1/,
  );
});

Deno.test("counts may have other bounds", () => {
  assert.equal(parseCount("0", 0), 0);
  refuses((text) => parseCount(text, 1, 256), ["257"], /from 1 to 256/);
  assert.equal(countFlagWithDefault("runs", 50).default, "50");
});

Deno.test("fractions lie from 0 to 1", () => {
  for (
    const [text, value] of [["0", 0], ["1", 1], [".25", 0.25], ["0.001", 0.001], ["1e-3", 0.001]] as const
  ) {
    assert.equal(parseFraction(text), value);
  }
  refuses(parseFraction, ["-0.1", "1.01", "25%", "", "NaN", "0,5", "."], /from 0 to 1/);
});
