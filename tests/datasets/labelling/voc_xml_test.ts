import assert from "node:assert/strict";
import { BneckError } from "../../../core/errors.ts";
import { readLabelledTruth, readLabels } from "../../../datasets/labelling/label_files.ts";
import { readVocXml } from "../../../datasets/labelling/voc_xml.ts";
import { withFiles } from "./with_files.ts";

/** As the files of VOC2012 look. */
function voc(
  objects: string,
  { database = "The VOC2007 Database", size = "20", filename = "a.jpg" } = {},
): string {
  return `<annotation>\n\t<folder>VOC2012</folder>\n\t<filename>${filename}</filename>\n\t<source>\n` +
    `\t\t<database>${database}</database>\n\t</source>\n\t<size>\n\t\t<width>${size}</width>\n\t\t<height>10</height>\n` +
    `\t\t<depth>3</depth>\n\t</size>\n\t<segmented>0</segmented>${objects}\n</annotation>\n`;
}

function object(name: string, [x1, y1, x2, y2]: readonly number[], more = ""): string {
  return `\n\t<object>\n\t\t<name>${name}</name>\n\t\t<pose>Left</pose>\n\t\t<bndbox>\n\t\t\t<xmin>${x1}</xmin>` +
    `<ymin>${y1}</ymin><xmax>${x2}</xmax><ymax>${y2}</ymax>\n\t\t</bndbox>${more}\n\t</object>`;
}

const HEAD =
  "<part><name>head</name><bndbox><xmin>1</xmin><ymin>1</ymin><xmax>2</xmax><ymax>2</ymax></bndbox></part>";

Deno.test("Pascal VOC: boxes of VOC count pixels from 1, those of other programs are places; parts are left out", async () => {
  const files = {
    "set/a.xml": voc(
      object("person", [1, 1, 20, 10], HEAD) + object("dog", [3, 2, 4, 5], "<difficult>1</difficult>"),
    ),
    "set/b.xml": "\ufeff<?xml version='1.0'?>\n<!-- labelImg -->\n" +
      voc(object("cat &amp; dog", [3.5, 2, 8, 5]), { database: "Unknown", filename: "C:\\photos\\b.png" }),
    "set/c.xml": voc("", { filename: "" }),
  };
  await withFiles(files, async (folder) => {
    const { images, classes, notes } = await readLabels(`${folder}/set`);
    assert.deepEqual(classes, ["cat & dog", "dog", "person"]);
    assert.deepEqual(images.map(({ name, file, width, height }) => [name, file, width, height]), [
      ["a.jpg", "a.xml", 20, 10],
      ["b.png", "b.xml", 20, 10],
      ["c.jpg", "c.xml", 20, 10],
    ]);
    assert.deepEqual(images.map(({ objects }) => objects.map(({ parts }) => parts[0])), [
      [{ kind: "box", box: [0, 0, 20, 10] }, { kind: "box", box: [2, 1, 2, 4] }],
      [{ kind: "box", box: [3.5, 2, 4.5, 3] }],
      [],
    ]);
    assert.match(notes.join(), /1 difficult objects are neither missed nor found/);
    const truth = await readLabelledTruth(`${folder}/set`, undefined, {});
    assert.deepEqual([...truth.crowd], [0, 1, 0]);
    assert.deepEqual([...truth.area], [200, 8, 13.5]);
  });
});

const BOMB = '<!DOCTYPE a [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;">]>';

for (
  const [what, text, message] of [
    ["a size beyond all bounds", voc("", { size: "9999999999" }), /<size> has not named the size/],
    ["no size", "<annotation><filename>a.jpg</filename></annotation>", /<size> has not named the size/],
    ["a box that is none", voc(object("cat", [1, 1, NaN, 2])), /coordinate that is not a number/],
    ["a box that ends before it begins", voc(object("cat", [5, 1, 2, 2])), /ends before it begins/],
    ["an object without a name", voc(object("", [1, 1, 2, 2])), /without a <name>/],
    ["an entity", BOMB + voc(object("&b;", [1, 1, 2, 2])), /not valid XML/],
    ["another file among them", "<annotations/>", /begins with <annotations> and not/],
    ["XML that ends", voc("").slice(0, -20), /not valid XML/],
  ] as const
) {
  Deno.test(`Pascal VOC: ${what} is an error`, () =>
    withFiles({ "a.xml": voc(""), "evil.xml": text }, async (folder) => {
      await assert.rejects(readVocXml(folder), (error) => {
        assert.ok(error instanceof BneckError, String(error));
        assert.match(error.message, message);
        assert.match(error.message, /evil\.xml/);
        return true;
      });
    }));
}
