import assert from "node:assert/strict";
import { parseLabelJson, parseLabelText } from "../../../datasets/imagenet/label_file.ts";

function pairs(text: string): (readonly [string, number | string])[] {
  return parseLabelText(text, "labels.csv").map(({ file, label }) => [file, label] as const);
}

Deno.test("lines of image and class are read with any separator, with or without a header", () => {
  const expected = [["a b.jpg", 3], ["c.jpg", "n01440764"]];
  assert.deepEqual(pairs("a b.jpg,3\nc.jpg,n01440764\n"), expected);
  assert.deepEqual(pairs("a b.jpg\t3\r\nc.jpg\tn01440764"), expected);
  assert.deepEqual(pairs("a b.jpg;3\n\nc.jpg; n01440764 "), expected);
  assert.deepEqual(pairs('Class,File\n3,"a b.jpg"\nn01440764,c.jpg'), expected);
  assert.deepEqual(pairs("val/a.JPEG 65\nval/b.JPEG   970"), [["val/a.JPEG", 65], ["val/b.JPEG", 970]]);
});

Deno.test("a class may be a name of several words, and an index beside it counts before it", () => {
  assert.deepEqual(pairs("a.jpg,great white shark"), [["a.jpg", "great white shark"]]);
  assert.deepEqual(pairs("label,image,index\ngreat white shark,a.jpg,2"), [["a.jpg", 2]]);
});

Deno.test("quoted cells may hold the separator and quotes", () => {
  assert.deepEqual(pairs('"a, ""b"".jpg",7'), [['a, "b".jpg', 7]]);
});

Deno.test("of Kaggle's PredictionString the first word is the class", () => {
  assert.deepEqual(
    pairs("ImageId,PredictionString\nILSVRC2012_val_00048981,n03995372 85 1 499 272 n03481172 131 0 499 254"),
    [["ILSVRC2012_val_00048981", "n03995372"]],
  );
});

Deno.test("label files without a class or an image are refused by line", () => {
  assert.throws(() => pairs("a.jpg,1\nb.jpg\n"), /labels\.csv: line 2 has no image or no class: b\.jpg/);
  assert.throws(() => pairs("a.jpg,1\n,2\n"), /line 2/);
  assert.throws(() => pairs(" \n"), /the file is empty/);
});

Deno.test("a JSON list gives indices, or wnids where there is none", () => {
  const rows = parseLabelJson(
    `[{ "file": "a", "wnid": "n01", "index": 4 }, { "file": "b", "wnid": "n02" }]`,
    "l.json",
  );
  assert.deepEqual(rows.map(({ file, label }) => [file, label]), [["a", 4], ["b", "n02"]]);
  for (
    const text of [
      "{",
      "{}",
      "[]",
      "[null]",
      `[{ "file": "a" }]`,
      `[{ "file": "", "index": 1 }]`,
      `[{ "file": "a", "index": -1 }]`,
      `[{ "file": 3, "index": 1 }]`,
      `[{ "file": "a", "index": 1.5 }]`,
    ]
  ) {
    assert.throws(() => parseLabelJson(text, "l.json"), /cannot (use|read) the labels l\.json/, text);
  }
});
