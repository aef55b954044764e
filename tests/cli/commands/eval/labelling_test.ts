/** Labels of labelme, CVAT, Pascal VOC and YOLO as ground truth, through the command line. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { encodeGreyPng, encodeRgbImage } from "../../../../core/images/mod.ts";
import { runCli } from "../../../support/run_cli.ts";
import { inFolder, write } from "../../../support/folders.ts";

const WIDTH = 64, HEIGHT = 48;

/** Boxes x, y, width, height of each image, and what was found of them. */
const IMAGES = [
  { name: "a", cats: [[4, 4, 24, 20], [40, 8, 16, 32]], found: [[5, 4, 24, 20, 0.9], [40, 10, 16, 30, 0.8]] },
  { name: "b", cats: [[10, 10, 20, 20]], found: [[11, 12, 20, 20, 0.7], [40, 30, 8, 8, 0.6]] },
] as const;

function corners([x, y, w, h]: readonly number[]): number[][] {
  return [[x, y], [x + w, y], [x + w, y + h], [x, y + h]];
}

/** The same labels in every form. */
function withLabels(body: (folder: string) => Promise<void>): Promise<void> {
  return inFolder(async (folder) => {
    const put = (path: string, content: string | Uint8Array) => write(join(folder, path), content);
    const yolo = ([x, y, w, h, ...score]: readonly number[]) =>
      [0, (x + w / 2) / WIDTH, (y + h / 2) / HEIGHT, w / WIDTH, h / HEIGHT, ...score].join(" ") + "\n";
    const coco = {
      images: IMAGES.map(({ name }, k) => ({
        id: k + 1,
        file_name: `${name}.png`,
        width: WIDTH,
        height: HEIGHT,
      })),
      categories: [{ id: 1, name: "cat" }],
      annotations: IMAGES.flatMap(({ cats }, k) =>
        cats.map((bbox) => ({
          ...{ image_id: k + 1, category_id: 1, bbox, area: bbox[2] * bbox[3], iscrowd: 0 },
          segmentation: [corners(bbox).flat()],
        }))
      ).map((annotation, k) => ({ id: k + 1, ...annotation })),
    };
    const results = IMAGES.flatMap(({ found }, k) =>
      found.map((box) => ({ image_id: k + 1, category_id: 1, bbox: box.slice(0, 4), score: box[4] }))
    );
    await put("truth.json", JSON.stringify(coco));
    await put("found.json", JSON.stringify(results));
    await put(
      "classes.json",
      '{"ignore":255,"classes":[{"id":0,"name":"background"},{"id":1,"name":"Cat"}]}',
    );
    await put("yolo/data.yaml", "path: .\nval: images\nnames: [cat]\n");
    await put("found/data.yaml", "names: [cat]\n");
    let cvat = "<annotations>";
    for (const { name, cats, found } of IMAGES) {
      const image = await encodeRgbImage(
        { width: WIDTH, height: HEIGHT, data: new Uint8Array(WIDTH * HEIGHT * 3) },
        "png",
      );
      await put(`yolo/images/${name}.png`, image);
      await put(`yolo/labels/${name}.txt`, cats.map(yolo).join(""));
      await put(`found/${name}.txt`, found.map(yolo).join(""));
      const shapes = cats.map((box) => ({ label: "cat", points: corners(box), shape_type: "polygon" }));
      const head = { imagePath: `${name}.png`, imageWidth: WIDTH, imageHeight: HEIGHT };
      await put(`labelme/${name}.json`, JSON.stringify({ ...head, shapes }));
      cvat += `<image name="${name}.png" width="${WIDTH}" height="${HEIGHT}">` +
        cats.map(([x, y, w, h]) => `<box label="cat" xtl="${x}" ytl="${y}" xbr="${x + w}" ybr="${y + h}"/>`)
          .join("") +
        "</image>";
      const sides = (box: readonly number[]) =>
        ["xmin", "ymin", "xmax", "ymax"].map((side, i) =>
          `<${side}>${i < 2 ? box[i] : box[i] + box[i - 2]}</${side}>`
        ).join("");
      const objects = cats.map((box) => `<object><name>cat</name><bndbox>${sides(box)}</bndbox></object>`);
      await put(
        `voc/${name}.xml`,
        `<annotation><filename>${name}.png</filename><size><width>${WIDTH}</width><height>${HEIGHT}</height></size>` +
          `${objects.join("")}</annotation>`,
      );
      const data = new Uint8Array(WIDTH * HEIGHT);
      for (const [x, y, w, h] of cats) {
        for (let row = y; row < y + h; row++) data.fill(1, row * WIDTH + x, row * WIDTH + x + w);
      }
      await put(`ids/${name}.png`, encodeGreyPng({ width: WIDTH, height: HEIGHT, data }));
    }
    await put("cvat.xml", `${cvat}</annotations>`);
    await body(folder);
  });
}

for (const iouType of ["bbox", "segm"]) {
  Deno.test(`eval coco gives the same ${iouType} numbers for labels in every form`, () =>
    withLabels(async (cwd) => {
      const score = async (annotations: string, detections: string) => {
        const args = ["eval", "coco", "--annotations", annotations, "--detections", detections];
        const { code, stdout, stderr } = await runCli([...args, "--iou-type", iouType, "--json"], { cwd });
        assert.equal(code, 0, stderr);
        return JSON.parse(stdout).metrics;
      };
      const expected = await score("truth.json", "found.json");
      assert.ok(expected.AP > 0.3 && expected.AP < 0.9);
      for (const truth of ["truth.json", "labelme", "cvat.xml", "voc", "yolo/data.yaml", "yolo/labels"]) {
        assert.deepEqual(await score(truth, "found"), expected, truth);
      }
    }));
}

Deno.test("a data.yaml in the folder that the user is in finds the labels of images beside it", () =>
  withLabels(async (folder) => {
    const run = (cwd: string, path: string) =>
      runCli(["eval", "coco", "--annotations", path, "--detections", `${folder}/found`, "--json"], { cwd });
    const { code, stdout, stderr } = await run(join(folder, "yolo"), "data.yaml");
    assert.equal(code, 0, stderr);
    assert.equal(stdout, (await run(folder, join(folder, "yolo/data.yaml"))).stdout);
    assert.equal(JSON.parse(stdout).objects, 3);
    await Deno.rename(join(folder, "yolo/labels"), join(folder, "yolo/texts"));
    const without = await run(join(folder, "yolo"), "data.yaml");
    assert.equal(without.code, 1);
    assert.match(
      without.stderr,
      /^bneck: error: none of the 2 images of data\.yaml has labels: those of images\/a\.png would be labels\/a\.txt$/m,
    );
  }));

Deno.test("eval segmentation draws labels in every form as label maps are", () =>
  withLabels(async (cwd) => {
    for (const labels of ["labelme", "cvat.xml", "voc", "yolo/labels", "truth.json"]) {
      const sizes = labels.startsWith("yolo") ? ["--images", "yolo/images"] : [];
      const args = ["eval", "segmentation", "--labels", labels, ...sizes, "--predictions", "ids"];
      const { code, stdout, stderr } = await runCli([...args, "--classes", "classes.json", "--json"], {
        cwd,
      });
      assert.equal(code, 0, stderr);
      const { images, mIoU, pixels } = JSON.parse(stdout);
      assert.deepEqual([images, mIoU, pixels], [2, 1, 2 * WIDTH * HEIGHT], labels);
    }
    await Deno.writeTextFile(join(cwd, "dogs.txt"), "background\ndog\n");
    const args = [
      "eval",
      "segmentation",
      "--labels",
      "labelme",
      "--predictions",
      "ids",
      "--classes",
      "dogs.txt",
    ];
    const { code, stderr } = await runCli(args, { cwd });
    assert.equal(code, 2);
    assert.match(stderr, /labelme has objects of classes that are not in the class list: cat; add them/);
  }));

Deno.test("a report names the files of drawn labels, each once, by their digest", () =>
  withLabels(async (cwd) => {
    const files = { labelme: 2, "cvat.xml": 1, voc: 2, "yolo/labels": 2, "truth.json": 1 };
    for (const [labels, count] of Object.entries(files)) {
      const args = ["eval", "segmentation", "--labels", labels, "--images", "yolo/images"];
      const scored = labels === "labelme" ? [] : ["--predictions", "ids"];
      const { code, stderr } = await runCli(
        [...args, ...scored, "--classes", "classes.json", "--report", "report.html"],
        { cwd },
      );
      assert.equal(code, 0, stderr);
      const report = await Deno.readTextFile(join(cwd, "report.html"));
      const truth = report.match(/<dt>ground truth<\/dt>\s*<dd>(\d+) files?, SHA-256 [0-9a-f]{64}/);
      assert.equal(Number(truth?.[1]), count, labels);
    }
  }));

Deno.test("eval segmentation takes a list, a limit and a shard of drawn labels, and runs a model", () =>
  withLabels(async (cwd) => {
    await Deno.writeTextFile(join(cwd, "list.txt"), "b\n");
    const run = async (...args: string[]) => {
      const all = [
        "eval",
        "segmentation",
        "--labels",
        "labelme",
        "--classes",
        "classes.json",
        "--json",
        ...args,
      ];
      const { code, stdout, stderr } = await runCli(all, { cwd });
      assert.equal(code, 0, stderr);
      return JSON.parse(stdout).images;
    };
    assert.equal(await run("--predictions", "ids", "--list", "list.txt"), 1);
    assert.equal(await run("--predictions", "ids", "--limit", "1"), 1);
    assert.equal(await run("--predictions", "ids", "--shard", "2/2"), 1);
    assert.equal(await run("--images", "yolo/images"), 2);
  }));
