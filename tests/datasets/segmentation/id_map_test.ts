import assert from "node:assert/strict";
import { parseIdList, readIdMap } from "../../../datasets/segmentation/id_map.ts";

Deno.test("a label map can be a list of from:to", async () => {
  assert.deepEqual([...parseIdList("7:0, 8:1,65535:255")], [[7, 0], [8, 1], [65535, 255]]);
  assert.deepEqual([...await readIdMap("26:13")], [[26, 13]]);
});

Deno.test("a label map can be a JSON file", async () => {
  const path = await Deno.makeTempFile({ suffix: ".json" });
  await Deno.writeTextFile(path, `{ "7": 0, "255": 11 }`);
  assert.deepEqual([...await readIdMap(path)], [[7, 0], [255, 11]]);
  for (
    const [text, message] of [["[1]", /expected an object/], ["{", /not valid JSON/], [`{"a":1}`, /a to 1/], [
      `{"1":70000}`,
      /70000/,
    ]] as const
  ) {
    await Deno.writeTextFile(path, text);
    await assert.rejects(readIdMap(path), message);
  }
  await Deno.remove(path);
  await assert.rejects(
    readIdMap(path),
    /cannot read the label map .*give a JSON file or a list like 7:0,8:1/,
  );
});

Deno.test("entries that are not two pixel values, or contradict each other, are refused", () => {
  for (
    const list of ["7", "7:0:1", "7:x", "7:-1", "-7:1", "7:0,,8:1", "70000:1", "1:70000", "7:0,7:1", "7:"]
  ) {
    assert.throws(() => parseIdList(list), { name: "BneckError", exitStatus: 2 }, list);
  }
});
