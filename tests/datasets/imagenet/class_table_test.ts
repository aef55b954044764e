import assert from "node:assert/strict";
import { mapOutputs, parseClassTable, readClassTable } from "../../../datasets/imagenet/class_table.ts";
import { IMAGENET_1000, IMAGENET_1001 } from "../../../datasets/imagenet/labels.ts";
import { BACKGROUND } from "../../../datasets/imagenet/mod.ts";
import { shared, testWithShared } from "../../support/shared.ts";

const TWO = [{ wnid: "n01", label: "tench" }, { wnid: "n02", label: "goldfish, Carassius auratus" }];

Deno.test("class tables are read in every form in use", () => {
  const [first, second] = TWO;
  const forms = [
    `{ "n02": { "index": 1, "label": "${second.label}" }, "n01": { "index": 0, "label": "tench" } }`,
    `{ "0": ["n01", "tench"], "1": ["n02", "${second.label}"] }`,
    `[{ "wnid": "n01", "label": "tench" }, { "wnid": "n02", "label": "${second.label}" }]`,
    `n01 ${first.label}\r\nn02 ${second.label}\n\n`,
  ];
  for (const form of forms) assert.deepEqual(parseClassTable(form, "table"), TWO, form);
  const unnamed = TWO.map(({ wnid }) => ({ wnid, label: wnid }));
  for (const form of [`["n01", "n02"]`, "n01\nn02", `{ "n01": 0, "n02": 1 }`]) {
    assert.deepEqual(parseClassTable(form, "table"), unnamed, form);
  }
});

Deno.test("class tables with gaps, repeats or other content are refused by name", async () => {
  const refused = (text: string, message: RegExp) =>
    assert.throws(() => parseClassTable(text, "t.json"), { name: "BneckError", message });
  refused("", /t\.json: it is empty/);
  refused("[]", /it is empty/);
  refused("{", /not valid JSON/);
  refused("[1]", /entry 0 has no wnid/);
  refused("[null]", /entry 0 has no wnid/);
  refused(`{ "n01": { "index": 0 }, "n02": { "index": 2 } }`, /n02 has the index 2, expected 0 to 1/);
  refused(`{ "n01": { "index": 0 }, "n02": { "index": 0 } }`, /n01 and n02 have the same index 0/);
  refused(`{ "n01": null }`, /"n01" has no index/);
  refused(`{ "zero": ["n01", "tench"] }`, /"zero" is not "index"/);
  refused(`["n01", "n01"]`, /n01 occurs twice/);
  await assert.rejects(readClassTable("/no/such/table"), /cannot read the class table \/no\/such\/table/);
});

testWithShared(
  "data/imagenet-mini/wnids.json",
  "ImageNet's table has a thousand classes in the order of wnids",
  async () => {
    const table = await readClassTable(shared("data/imagenet-mini/wnids.json"));
    assert.equal(table.length, 1000);
    assert.deepEqual(table[0], { wnid: "n01440764", label: "tench" });
    const wnids = table.map(({ wnid }) => wnid);
    assert.deepEqual(wnids, wnids.toSorted());
  },
);

const FISH = [{ wnid: "n01443537", label: "goldfish" }, { wnid: "n01440764", label: "tench" }];

Deno.test("without a table the classes are the classifier's own, after its background", () => {
  const [plain, behind] = [mapOutputs(IMAGENET_1000, undefined), mapOutputs(IMAGENET_1001, undefined)];
  assert.deepEqual(plain.classes, behind.classes);
  assert.deepEqual(plain.classes[0], { wnid: "n01440764", label: IMAGENET_1000[0].name });
  assert.deepEqual([plain.classOf.length, plain.classOf[0], plain.classOf[999]], [1000, 0, 999]);
  assert.deepEqual([behind.classOf.length, behind.classOf[0], behind.classOf[1000]], [1001, BACKGROUND, 999]);
});

Deno.test("a table's classes are found by their WordNet ids, whatever their order and number", () => {
  const { classes, classOf } = mapOutputs(IMAGENET_1001, FISH);
  assert.deepEqual(classes, FISH);
  assert.deepEqual(classOf.slice(0, 4), [BACKGROUND, 1, 0, BACKGROUND]);
});

Deno.test("classes without WordNet ids are matched by their places", () => {
  const named = (count: number) => Array.from({ length: count }, (_, k) => ({ name: `class ${k}` }));
  assert.deepEqual(mapOutputs(named(2), FISH).classOf, [0, 1]);
  assert.deepEqual(mapOutputs(named(3), FISH).classOf, [BACKGROUND, 0, 1]);
  assert.throws(() => mapOutputs(named(5), FISH), /the model has 5 outputs and the data set 2 classes/);
});

Deno.test("a table with a class that the classifier does not know is refused", () => {
  const table = [...FISH, { wnid: "n99999999", label: "unicorn" }];
  assert.throws(
    () => mapOutputs(IMAGENET_1000, table),
    /does not know every class of the table: n99999999 \(unicorn\)/,
  );
});
