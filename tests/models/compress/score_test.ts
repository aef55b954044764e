import assert from "node:assert/strict";
import { join } from "node:path";
import { encodeGreyPng, encodeRgbImage } from "../../../core/images/mod.ts";
import { findModel } from "../../../models/mod.ts";
import { openScorer } from "../../../models/compress/score.ts";

const WIDTH = 32, HEIGHT = 24;

Deno.test("models are scored on labels of labelme, YOLO and CVAT as on label maps and COCO's annotations", async () => {
  const folder = await Deno.makeTempDir({ prefix: "bneck-score-" });
  try {
    const write = async (path: string, content: string | Uint8Array) => {
      await Deno.mkdir(join(folder, path, ".."), { recursive: true });
      await Deno.writeFile(
        join(folder, path),
        typeof content === "string" ? new TextEncoder().encode(content) : content,
      );
    };
    const size = { width: WIDTH, height: HEIGHT };
    const photo = await encodeRgbImage({ ...size, data: new Uint8Array(WIDTH * HEIGHT * 3) }, "png");
    const box = { image_id: 1, category_id: 1, bbox: [4, 4, 8, 8], area: 64, iscrowd: 0 };
    const image = { id: 1, file_name: "a.png", ...size };
    const shape = { label: "cat", points: [[4, 4], [12, 12]], shape_type: "rectangle" };
    const labelme = { imagePath: "a.png", imageWidth: WIDTH, imageHeight: HEIGHT, shapes: [shape] };
    await write("photos/a.png", photo);
    await write("maps/a.png", encodeGreyPng({ ...size, data: new Uint8Array(WIDTH * HEIGHT) }));
    await write(
      "coco.json",
      JSON.stringify({
        images: [image],
        categories: [{ id: 1, name: "cat" }],
        annotations: [{ id: 1, ...box, segmentation: [[4, 4, 12, 4, 12, 12, 4, 12]] }],
      }),
    );
    await write("labelme/a.json", JSON.stringify(labelme));
    await write("yolo/labels/a.txt", "0 0.5 0.5 0.25 0.25\n");
    await write("yolo/labels/classes.txt", "cat\n");
    await write(
      "cvat.xml",
      `<annotations><image name="a.png" width="${WIDTH}" height="${HEIGHT}"><box label="cat" xtl="4" ytl="4" ` +
        `xbr="12" ybr="12"/></image></annotations>`,
    );
    await write(
      "classes.json",
      JSON.stringify({ classes: [{ id: 0, name: "background" }, { id: 1, name: "cat" }] }),
    );
    // Photos and labels in one folder.
    await write("labelme-beside/a.png", photo);
    await write("labelme-beside/not-labelled.png", photo);
    await write("labelme-beside/a.json", JSON.stringify(labelme));
    const model = findModel("mb3-large-075");
    const images = join(folder, "photos");
    const classes = join(folder, "classes.json");
    for (const truth of ["maps", "coco.json", "labelme", "yolo/labels", "cvat.xml"]) {
      const scorer = await openScorer(model, "segment", "mIoU", {
        images,
        classes,
        truth: join(folder, truth),
      });
      assert.equal(scorer.images, 1, truth);
      if (truth === "maps") continue;
      const detections = await openScorer(model, "detect", "AP", { images, truth: join(folder, truth) });
      assert.equal(detections.images, 1, truth);
    }
    const both = join(folder, "labelme-beside");
    assert.equal(
      (await openScorer(model, "segment", "mIoU", { images: both, classes, truth: both })).images,
      1,
    );
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
