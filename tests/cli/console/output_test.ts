import assert from "node:assert/strict";
import fc from "fast-check";
import {
  displayWidth,
  oneLine,
  printable,
  printableColored,
  printableJson,
  truncate,
  wrap,
} from "../../../cli/console/output.ts";

Deno.test("a hostile file name cannot send control codes to the terminal", () => {
  assert.equal(printable("a\x1b]0;title\x07\u202egpj.exe"), "a\\x1b]0;title\\x07\\u202egpj.exe");
  assert.equal(printable("Straße 東京.jpg"), "Straße 東京.jpg");
  assert.equal(printable("two\nlines\tand a tab"), "two\nlines\tand a tab");
});

Deno.test("a name with line breaks stays one line", () => {
  assert.equal(oneLine("two\nlines\tand\x1b[2J.jpg"), "two\\nlines\\tand\\x1b[2J.jpg");
});

Deno.test("printable text never holds an escape, a carriage return or a bell", () => {
  fc.assert(fc.property(fc.string({ unit: "binary" }), (text) => {
    // deno-lint-ignore no-control-regex
    assert.doesNotMatch(printable(text), /[\x00-\x08\x0b-\x1f\x7f-\x9f]/);
  }));
});

Deno.test("width counts wide characters twice, accents and colour codes not at all", () => {
  assert.equal(displayWidth("road"), 4);
  assert.equal(displayWidth("東京"), 4);
  assert.equal(displayWidth("e\u0301"), 1);
  assert.equal(displayWidth("🚗"), 2);
  assert.equal(displayWidth("\x1b[31mred\x1b[39m"), 3);
});

Deno.test("truncated text fits and says that something is missing", () => {
  assert.equal(truncate("street.jpg", 10), "street.jpg");
  assert.equal(truncate("street.jpg", 7), "street…");
  assert.equal(truncate("東京駅.jpg", 6), "東京…");
  assert.equal(truncate("abc", 0), "");
  fc.assert(fc.property(fc.string({ unit: "grapheme" }), fc.nat(20), (text, columns) => {
    assert.ok(displayWidth(truncate(text, columns)) <= columns);
  }));
});

Deno.test("wrapping keeps every word and no line is too long that could be shorter", () => {
  fc.assert(
    fc.property(
      fc.array(fc.stringMatching(/^[a-z]{1,12}$/)),
      fc.integer({ min: 1, max: 30 }),
      (words, columns) => {
        const lines = wrap(words.join(" "), columns);
        assert.deepEqual(lines.join(" "), words.join(" "));
        for (const line of lines) assert.ok(line.length <= columns || !line.includes(" "), line);
      },
    ),
  );
});

Deno.test("JSON holds no control characters, and is the same value", () => {
  fc.assert(fc.property(fc.json({ stringUnit: "binary" }), (json) => {
    const value = JSON.parse(json);
    const text = printableJson(value, 2);
    // deno-lint-ignore no-control-regex
    assert.doesNotMatch(text.replaceAll("\n", ""), /[\x00-\x1f\x7f-\x9f\u202a-\u202e]/);
    assert.deepEqual(JSON.parse(text), value);
  }));
  assert.equal(printableJson("\u009b31m\u202e"), '"\\u009b31m\\u202e"');
});

Deno.test("composed text keeps its colours and nothing else", () => {
  assert.equal(printableColored("\x1b[1;31mred\x1b[0m\x1b[2J\x07"), "\x1b[1;31mred\x1b[0m\\x1b[2J\\x07");
});
