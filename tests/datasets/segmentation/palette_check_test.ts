import assert from "node:assert/strict";
import { encodeLabelPng } from "../../../core/images/label_png.ts";
import { classColor, type Palette } from "../../../core/images/palette.ts";
import { contradiction, paletteNotes } from "../../../datasets/segmentation/palette_check.ts";

const LIST = {
  classes: [
    { id: 0, name: "sky", color: [128, 128, 128] },
    { id: 1, name: "road", color: [128, 64, 128] },
    { id: 2, name: "car", color: [64, 0, 128] },
  ],
  ignore: [3],
  ignored: [{ id: 3, name: "void", color: [0, 0, 0] }],
} as const;

const COLORS: Palette = [...LIST.classes, ...LIST.ignored].map(({ color }) => color);

Deno.test("a palette that gives an id the colour of another class contradicts the list", () => {
  const [sky, road, car, none] = COLORS;
  assert.match(
    contradiction([road, sky, car, none], LIST)!,
    /^id 0 has the colour of road \(128,64,128\), and is sky/,
  );
  assert.match(contradiction([sky, road, [1, 2, 3], car], LIST)!, /^id 3 has the colour of car/);
  assert.match(
    contradiction([[1, 2, 3], [4, 5, 6], [7, 8, 9]], LIST)!,
    /^none of their colours is the same; id 0 is/,
  );
});

Deno.test("palettes that agree, differ here and there, or say nothing do not contradict", () => {
  const [sky, road, , none] = COLORS;
  const grey = Array.from({ length: 256 }, (_, id) => [id, id, id] as const);
  const voc = Array.from({ length: 256 }, (_, id) => classColor(id));
  const padded: Palette = [sky, road, ...Array.from({ length: 254 }, () => none)];
  for (const palette of [COLORS, [sky, road, [1, 2, 3]] as const, grey, voc, padded, []]) {
    assert.equal(contradiction(palette, LIST), null);
  }
  assert.equal(contradiction([[1, 2, 3]], { classes: [{ id: 0, name: "sky" }], ignore: [] }), null);
});

Deno.test("the palettes of files are compared; files without one, or that cannot be read, say nothing", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const labels = { width: 1, height: 1, data: Uint8Array.of(0) };
    const [sky, road, car] = COLORS;
    await Deno.writeFile(`${folder}/a.png`, encodeLabelPng(labels, COLORS));
    await Deno.writeFile(`${folder}/b.png`, encodeLabelPng(labels, [car, road, sky]));
    await Deno.writeTextFile(`${folder}/c.png`, "text");
    const notes = (...names: string[]) => paletteNotes(names.map((name) => `${folder}/${name}.png`), LIST);
    assert.deepEqual(await notes("a", "c", "missing"), []);
    assert.match(
      (await notes("c", "a", "b"))[0],
      /^the palette of .*b\.png contradicts the colours of the class list: id 0/,
    );
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
