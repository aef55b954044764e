import assert from "node:assert/strict";
import { join } from "node:path";
import { encodeGreyPng, encodeRgbImage } from "../../../core/images/mod.ts";
import type { ClassList } from "../../../datasets/segmentation/mod.ts";
import { inspectMasks, pairMasks } from "../../../models/fit/mod.ts";
import { readMask } from "../../../models/fit/masks.ts";

const LIST: ClassList = { classes: [{ id: 0, name: "background" }, { id: 1, name: "leaf" }], ignore: [255] };
const WIDTH = 32, HEIGHT = 24;

Deno.test("a head learns the same from labels of labelme and CVAT as from label maps", async () => {
  const folder = await Deno.realPath(await Deno.makeTempDir({ prefix: "bneck-masks-" }));
  try {
    for (const name of ["photos", "masks", "labelme"]) await Deno.mkdir(join(folder, name));
    let cvat = "<annotations>";
    for (let k = 0; k < 4; k++) {
      const [x, y, w, h] = [2 + k, 3, 10, 8 + k];
      const image = { width: WIDTH, height: HEIGHT, data: new Uint8Array(WIDTH * HEIGHT * 3).fill(40 * k) };
      await Deno.writeFile(join(folder, `photos/${k}.png`), await encodeRgbImage(image, "png"));
      const data = new Uint8Array(WIDTH * HEIGHT);
      for (let row = y; row < y + h; row++) data.fill(1, row * WIDTH + x, row * WIDTH + x + w);
      await Deno.writeFile(
        join(folder, `masks/${k}.png`),
        encodeGreyPng({ width: WIDTH, height: HEIGHT, data }),
      );
      const shapes = [{ label: "Leaf", points: [[x, y], [x + w, y + h]], shape_type: "rectangle" }];
      const labels = { imagePath: `${k}.png`, imageWidth: WIDTH, imageHeight: HEIGHT, shapes };
      await Deno.writeTextFile(join(folder, `labelme/${k}.json`), JSON.stringify(labels));
      cvat +=
        `<image name="${k}.png" width="${WIDTH}" height="${HEIGHT}"><box label="leaf" xtl="${x}" ytl="${y}" ` +
        `xbr="${x + w}" ybr="${y + h}"/></image>`;
    }
    await Deno.writeTextFile(join(folder, "cvat.xml"), `${cvat}</annotations>`);
    const inspected = async (labels: string) => {
      const pairs = await pairMasks(join(folder, "photos"), join(folder, labels), LIST);
      const { train, val } = await inspectMasks(pairs, { share: 0.25 }, LIST, { seed: 1 });
      const images = [...train, ...val];
      const masks = await Promise.all(images.map(readMask));
      return { pixels: images.map(({ name, pixels }) => [name, ...pixels]), masks };
    };
    const expected = await inspected("masks");
    assert.deepEqual(await inspected("labelme"), expected);
    assert.deepEqual(await inspected("cvat.xml"), expected);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
