import assert from "node:assert/strict";
import { BneckError } from "../../../core/errors.ts";
import { parseClassList, readClassList } from "../../../datasets/segmentation/class_list.ts";
import { shared, testWithShared } from "../../support/shared.ts";

const ROAD = { id: 0, name: "road" };

Deno.test("a class list holds the classes that are not ignored", () => {
  const list = parseClassList({
    note: "anything",
    ignore: [11, 12],
    classes: [{ id: 4, name: "sky", color: [1, 2, 3] }, ROAD, { id: 11, name: "unlabelled" }],
  }, "classes.json");
  assert.deepEqual(list, {
    classes: [{ id: 4, name: "sky", color: [1, 2, 3] }, ROAD],
    ignore: [11, 12],
    ignored: [{ id: 11, name: "unlabelled" }],
  });
});

Deno.test("`ignore` may be one value or absent, and more can be ignored from outside", () => {
  assert.deepEqual(parseClassList({ classes: [ROAD] }, "c").ignore, []);
  assert.deepEqual(parseClassList({ classes: [ROAD], ignore: 255 }, "c", [3, 255]).ignore, [255, 3]);
});

Deno.test("every problem of a class list is named in one error", () => {
  const json = {
    ignored: 255,
    ignore: [-1, "x"],
    classes: [ROAD, { id: 0, name: "car", colour: 1 }, { id: 1.5, name: "road" }, { id: 3, name: " " }, 7, {
      id: 4,
      name: "sky",
      color: [0, 0, 256],
    }],
  };
  assert.throws(() => parseClassList(json, "my/classes.json"), (error) => {
    assert.ok(error instanceof BneckError);
    assert.equal(error.exitStatus, 2);
    assert.deepEqual(error.message.split("\n  "), [
      "cannot use the class list my/classes.json:",
      'the file has the unknown field "ignored" (known: classes, ignore, note, objects)',
      '"ignore" holds -1, which is not a pixel value (a whole number from 0 to 65535)',
      '"ignore" holds "x", which is not a pixel value (a whole number from 0 to 65535)',
      'classes[1] has the unknown field "colour" (known: id, name, color)',
      "classes[2] has the id 1.5, which is not a whole number from 0 to 65535",
      "classes[3] has no name",
      'classes[4] is not an object with "id" and "name"',
      "classes[5] has the color [0,0,256], which is not [red, green, blue] from 0 to 255",
      "the id 0 is used by more than one class",
      'the name "road" is used by more than one class',
    ]);
    return true;
  });
});

Deno.test("a class list of another shape, or with nothing left to score, is refused", () => {
  for (const json of [null, [], "road", { classes: {} }, { names: [] }]) {
    assert.throws(() => parseClassList(json, "c.json"), /c\.json.*expected an object with a list "classes"/);
  }
  for (const json of [{ classes: [] }, { classes: [ROAD], ignore: 0 }]) {
    assert.throws(() => parseClassList(json, "c.json"), /no class is left/);
  }
});

Deno.test("a class list that is missing or not JSON is refused by name", async () => {
  await assert.rejects(
    readClassList("/no/such/classes.json"),
    /cannot read the class list \/no\/such\/classes\.json/,
  );
  const path = await Deno.makeTempFile({ suffix: ".json" });
  await Deno.writeTextFile(path, "{ classes: ");
  await assert.rejects(readClassList(path), /not valid JSON/);
  await Deno.remove(path);
});

testWithShared(
  "data/camvid-mini/classes.json",
  "CamVid's class list has eleven classes, 11 ignored",
  async () => {
    const { classes, ignore } = await readClassList(shared("data/camvid-mini/classes.json"));
    assert.deepEqual(classes.map(({ id }) => id), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    assert.deepEqual(classes[6], { id: 6, name: "SignSymbol", color: [192, 128, 128] });
    assert.deepEqual(ignore, [11]);
  },
);
