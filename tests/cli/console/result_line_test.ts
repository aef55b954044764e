import assert from "node:assert/strict";
import fc from "fast-check";
import { displayWidth } from "../../../cli/console/output.ts";
import { resultLine } from "../../../cli/console/result_line.ts";

const FOUND =
  "5 person, 3 potted plant; background 49.2 %, person 33.2 %, potted plant 10.5 %, dining table 4.1 %";

Deno.test("lines that fit stay as they are, others are broken between what was found", () => {
  assert.equal(resultLine("a.jpg", "no objects", 80), "a.jpg: no objects");
  assert.equal(
    resultLine("photos/000000000790.jpg", FOUND, 80),
    "photos/000000000790.jpg: 5 person, 3 potted plant; background 49.2 %,\n" +
      "    person 33.2 %, potted plant 10.5 %, dining table 4.1 %",
  );
  assert.equal(
    resultLine("photos/000000000790.jpg", FOUND, 40),
    [
      "photos/000000000790.jpg: 5 person,",
      "    3 potted plant;",
      "    background 49.2 %,",
    ].join("\n").replace(
      "    3 potted plant;\n    background 49.2 %,",
      "    3 potted plant; background 49.2 %,",
    ) +
      "\n    person 33.2 %, potted plant 10.5 %,\n    dining table 4.1 %",
  );
});

Deno.test("a path that is wider than the terminal loses its middle", () => {
  const path = "models/weights/everyday-lraspp/samples/000000214753.jpg";
  assert.equal(
    resultLine(path, "2 horse, 2 person", 40),
    "models/weigh…p/samples/000000214753.jpg:\n    2 horse, 2 person",
  );
});

Deno.test("no line is wider than the terminal, and nothing that was found is lost", () => {
  const item = fc.string({ unit: "grapheme", minLength: 1, maxLength: 12 }).filter((text) =>
    !/[\s,;]/.test(text)
  );
  fc.assert(
    fc.property(
      fc.string({ unit: "grapheme", maxLength: 200 }),
      fc.array(item, { minLength: 1 }),
      fc.integer({ min: 30, max: 120 }),
      (place, items, columns) => {
        fc.pre(!/[\n\r]/.test(place));
        const lines = resultLine(place, items.join(", "), columns).split("\n");
        assert.ok(lines.every((line) => displayWidth(line) <= columns), lines.join("\n"));
        assert.ok(lines.join(" ").replaceAll(/ +/g, " ").endsWith(items.join(", ").replaceAll(/ +/g, " ")));
      },
    ),
  );
});
