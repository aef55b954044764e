import assert from "node:assert/strict";
import fc from "fast-check";
import { BneckError } from "../../../core/errors.ts";
import { readClassList } from "../../../datasets/segmentation/class_list.ts";
import { parseClassText } from "../../../datasets/segmentation/class_text.ts";

const SKY_ROAD = { classes: [{ id: 0, name: "sky" }, { id: 1, name: "road, paved" }] };

Deno.test("class lists of other programs are read", () => {
  const lists: [string, unknown][] = [
    ["sky\nroad, paved\n", SKY_ROAD],
    ["\n sky \r\n\r\nroad, paved", SKY_ROAD],
    ["__ignore__\nsky\nroad, paved\n", { ...SKY_ROAD, ignore: [255] }],
    ["Pixel Value, Class\n0, sky\n1, road, paved\n", SKY_ROAD],
    ['Pixel Value,Class\n0,sky\n1,"road, paved"\n', SKY_ROAD],
    ["0 sky\n1 road, paved\n", SKY_ROAD],
    ["0: sky\n1: road, paved\n", SKY_ROAD],
    ['{"id2label": {"0": "sky", "1": "road, paved"}, "num_labels": 2}', SKY_ROAD],
    ['{"0": "sky", "1": "road, paved"}', SKY_ROAD],
    ['{"sky": 0, "road, paved": 1}', SKY_ROAD],
    ['["sky", "road, paved"]', SKY_ROAD],
    [
      "# label:color_rgb:parts:actions\nbackground:0,0,0::\ncar:64,0,128::\n",
      {
        classes: [{ id: 0, name: "background", color: [0, 0, 0] }, {
          id: 1,
          name: "car",
          color: [64, 0, 128],
        }],
      },
    ],
  ];
  for (const [text, expected] of lists) assert.deepEqual(parseClassText(text, "list"), expected, text);
});

Deno.test("a list in UTF-16, or with a byte order mark, is read as the same in UTF-8", async () => {
  const path = await Deno.makeTempFile();
  const json = '{"ignore": 2, "classes": [{"id": 0, "name": "größe"}]}';
  const units = Uint16Array.from(json, (character) => character.charCodeAt(0));
  const little = new Uint8Array(units.buffer);
  const big = Uint8Array.from(little, (_, i) => little[i ^ 1]);
  const utf8 = new TextEncoder().encode(json);
  const files = [
    utf8,
    [0xef, 0xbb, 0xbf, ...utf8],
    [0xff, 0xfe, ...little],
    [0xfe, 0xff, ...big],
  ];
  try {
    for (const bytes of files) {
      await Deno.writeFile(path, Uint8Array.from(bytes));
      assert.deepEqual(await readClassList(path), { classes: [{ id: 0, name: "größe" }], ignore: [2] });
    }
  } finally {
    await Deno.remove(path);
  }
});

Deno.test("any text gives classes or an error of ours", async () => {
  const path = await Deno.makeTempFile();
  const line = fc.oneof(
    fc.string(),
    fc.constantFrom("car:64,0,128::", "0, sky", "{", "[", "# x", "a:300,0,0::", "99999 x", "__ignore__", '"'),
  );
  try {
    await fc.assert(
      fc.asyncProperty(fc.array(line, { maxLength: 5 }), async (lines) => {
        await Deno.writeTextFile(path, lines.join("\n"));
        try {
          const { classes } = await readClassList(path);
          assert.ok(classes.length > 0);
        } catch (error) {
          assert.ok(error instanceof BneckError, `${error instanceof Error ? error.stack : error}`);
        }
      }),
      { numRuns: 200 },
    );
  } finally {
    await Deno.remove(path);
  }
});
