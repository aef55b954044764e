import assert from "node:assert/strict";
import { BneckError } from "../../../core/errors.ts";
import { encodeGreyPng, encodeRgbImage } from "../../../core/images/mod.ts";
import { decodeMask } from "../../../datasets/coco/mod.ts";
import { readCvat } from "../../../datasets/labelling/cvat.ts";
import { drawLabels, maskOfParts } from "../../../datasets/labelling/labelled_image.ts";
import { readLabelledDetections, readLabelledTruth } from "../../../datasets/labelling/label_files.ts";
import { readLabelme } from "../../../datasets/labelling/labelme.ts";
import { readYolo } from "../../../datasets/labelling/yolo.ts";
import { withFiles } from "./with_files.ts";

async function photo(width: number, height: number): Promise<Uint8Array> {
  return await encodeRgbImage({ width, height, data: new Uint8Array(width * height * 3) }, "png");
}

function labelme(shapes: readonly unknown[], more: object = {}): string {
  return JSON.stringify({
    version: "5.4.1",
    flags: {},
    shapes,
    imagePath: "..\\photos\\a.jpg",
    imageData: null,
    imageWidth: 8,
    imageHeight: 6,
    ...more,
  });
}

function cvat(body: string, head = "<annotations>"): string {
  return `<?xml version="1.0" encoding="utf-8"?>\n${head}<version>1.1</version><meta><task><labels>` +
    "<label><name>cat</name><attributes><attribute><name>age</name></attribute></attributes></label>" +
    `<label><name>dog &amp; bone</name></label></labels></task></meta>${body}</annotations>`;
}

const IMAGE = '<image id="0" name="a.jpg" width="8" height="6">';

/** The pixels of parts, rows from top to bottom, `#` for ones. */
function drawn(parts: Parameters<typeof maskOfParts>[0], width = 8, height = 6): string[] {
  const mask = decodeMask(maskOfParts(parts, { width, height }));
  return Array.from(
    { length: height },
    (_, y) => Array.from({ length: width }, (_, x) => mask[x * height + y] ? "#" : ".").join(""),
  );
}

Deno.test("labelme: polygons, rectangles, circles, masks and groups are objects, points and lines are counted", async () => {
  const mask = encodeGreyPng({ width: 3, height: 2, data: Uint8Array.of(1, 0, 1, 255, 1, 0) }).toBase64();
  const shapes = [
    { label: "cat", points: [[1, 1], [4, 1], [4, 3], [1, 3]], shape_type: "polygon", group_id: 4 },
    { label: "cat", points: [[5, 4], [7, 4], [7, 6], [5, 6]], group_id: 4 },
    { label: "dog", points: [[6, 5], [2, 1]], shape_type: "rectangle" },
    { label: "sun", points: [[4, 3], [4, 1]], shape_type: "circle" },
    { label: "owl", points: [[6.2, 1], [8, 2]], shape_type: "mask", mask },
    { label: "way", points: [[0, 0], [1, 1]], shape_type: "linestrip" },
  ];
  await withFiles(
    { "set/a.json": labelme(shapes), "set/classes.json": "{}", "set/b.txt": "x" },
    async (folder) => {
      const { images: [image], classes, notes } = await readLabelme(`${folder}/set`);
      assert.deepEqual([image.name, image.file, image.width, image.height], ["photos/a.jpg", "a.json", 8, 6]);
      assert.deepEqual(classes, ["cat", "dog", "owl", "sun"]);
      const [cat, dog, sun, owl] = image.objects;
      assert.deepEqual(drawn(cat.parts), [
        "........",
        ".###....",
        ".###....",
        "........",
        ".....##.",
        ".....##.",
      ]);
      assert.deepEqual(dog.parts, [{ kind: "box", box: [2, 1, 4, 4] }]);
      assert.equal(sun.parts[0].kind === "polygon" && sun.parts[0].corners.length, 24);
      // The last column of the mask is outside the image.
      assert.deepEqual(drawn(owl.parts).slice(1, 3), ["......#.", "......##"]);
      assert.match(notes.join("\n"), /1 points and lines are left out[\s\S]*1 JSON files that are not/);
    },
  );
});

Deno.test("CVAT: boxes, polygons, masks and ellipses are objects in the order of their depth", async () => {
  const xml = cvat(
    `${IMAGE}<polygon label="cat" points="0,0;8,0;8,6;0,6" z_order="2"><attribute name="age">3</attribute></polygon>` +
      '<box label="dog &amp; bone" xtl="1" ytl="2" xbr="3" ybr="5" z_order="-1" rotation="90"></box>' +
      '<mask label="cat" rle="1, 2, 1, 2" left="2" top="1" width="3" height="2" z_order="1"/>' +
      '<ellipse label="cat" cx="4" cy="3" rx="3" ry="2" z_order="3"/><points label="cat" points="1,1"/><tag label="cat"/>' +
      "</image>",
  );
  await withFiles({ "a.xml": xml }, async (folder) => {
    const { images: [{ objects }], classes, notes } = await readCvat(`${folder}/a.xml`);
    assert.deepEqual(classes, ["cat", "dog & bone"]);
    assert.deepEqual(objects.map(({ label }) => label), ["dog & bone", "cat", "cat", "cat"]);
    // A box of 2 × 3 about (2, 3.5), on its side.
    const [box] = objects[0].parts;
    assert.ok(box.kind === "polygon");
    const expected = [3.5, 2.5, 3.5, 4.5, 0.5, 4.5, 0.5, 2.5];
    assert.ok(box.corners.every((value, i) => Math.abs(value - expected[i]) < 1e-9));
    assert.deepEqual(drawn(objects[1].parts).slice(1, 3), ["...##...", "...##..."]);
    assert.deepEqual(drawn(objects[3].parts)[3], ".######.");
    assert.match(notes.join(), /2 shapes without an area/);
  });
});

Deno.test("YOLO: boxes and polygons of a data.yaml or a folder, images without labels, sizes of the images", async () => {
  const files = {
    "data.yaml": "path: .\ntrain: images/train\nval: images/val\nnames:\n  0: cat\n  1: dog\n",
    "images/val/a.png": await photo(20, 10),
    "images/val/b.png": await photo(4, 4),
    "labels/val/a.txt": "1 0.5 0.5 0.5 0.4\n\n0 0 0 1 0 1 1 0 1\n",
  };
  await withFiles(files, async (folder) => {
    for (const path of ["data.yaml", "labels", "labels/val"]) {
      const { images, classes } = await readYolo(`${folder}/${path}`);
      assert.deepEqual(classes, ["cat", "dog"]);
      assert.deepEqual(images.map(({ objects }) => objects.length), [2, 0]);
      const [{ label, parts: [part] }, polygon] = images[0].objects;
      assert.equal(label, "dog");
      assert.ok(part.kind === "box");
      assert.deepEqual(part.box, [5, 3, 10, 4]);
      assert.deepEqual(polygon.parts, [{ kind: "polygon", corners: [0, 0, 20, 0, 20, 10, 0, 10] }]);
    }
  });
});

Deno.test("YOLO's detections belong to images by name and to categories by the names of classes", async () => {
  const files = {
    "truth/data.yaml": "val: images\nnames: [cat, airplane]\n",
    "truth/images/x/a.png": await photo(20, 10),
    "truth/labels/x/a.txt": "1 0.5 0.5 0.5 0.4\n",
    "found/data.yaml": "names: [aeroplane, cow, cat]\n",
    "found/x/a.yolo.txt": "0 0.5 0.5 0.5 0.4 0.75\n1 0.5 0.5 0.1 0.1 0.5\n2 0 0 1 0 1 1 0.25\n",
  };
  await withFiles(files, async (folder) => {
    const truth = await readLabelledTruth(`${folder}/truth/data.yaml`, undefined, { masks: true });
    const found = await readLabelledDetections(`${folder}/found`, truth, { masks: true });
    assert.deepEqual([...found.category], [1, 0]);
    assert.deepEqual([...found.score], [0.75, 0.25]);
    assert.deepEqual([...found.box], [5, 3, 10, 4, 0, 0, 20, 10]);
    assert.equal(found.segmentations!.area[1], 100);
    assert.match(found.warnings.join(), /has no category for cow/);
    // A folder that names no classes has those of the ground truth.
    await Deno.remove(`${folder}/found/data.yaml`);
    await Deno.writeTextFile(`${folder}/found/x/a.yolo.txt`, "1 0.5 0.5 0.5 0.4 0.75\n");
    const assumed = await readLabelledDetections(`${folder}/found`, truth, {});
    assert.deepEqual([...assumed.category], [1]);
    assert.match(assumed.warnings.join(), /does not name its classes: taken for those of/);
  });
});

Deno.test("labels are drawn one over another", () => {
  const box = (x: number) => ({ kind: "box" as const, box: [x, 0, 2, 2] as const });
  const labels = {
    width: 4,
    height: 2,
    background: 9,
    objects: [{ id: 1, parts: [box(0)] }, { id: 300, parts: [box(1)] }],
  };
  assert.deepEqual([...drawLabels(labels, "a").data], [1, 300, 300, 9, 1, 300, 300, 9]);
  assert.throws(() => drawLabels({ ...labels, width: 1e6, height: 1e6 }, "a"), BneckError);
});

const POINT = [1, 1];
const TRIANGLE = { label: "cat", points: [[0, 0], [4, 0], [4, 4]], shape_type: "polygon" };

const HOSTILE_LABELME: Readonly<Record<string, readonly [text: string, message: RegExp]>> = {
  "a size beyond all bounds": [
    labelme([], { imageWidth: 1e9, imageHeight: 1e9 }),
    /are not the size of an image/,
  ],
  "no size": [labelme([], { imageWidth: null }), /newer labelme writes them/],
  "shapes that are none": [labelme([7]), /shapes\[0\] has no label/],
  "points that are texts": [labelme([{ ...TRIANGLE, points: [["x", 1]] }]), /not a number/],
  "points out of this world": [
    labelme([{ ...TRIANGLE, points: [POINT, POINT, [1e300, 0]] }]),
    /coordinate that is not/,
  ],
  "points that are pairs of nothing": [
    labelme([{ ...TRIANGLE, points: [[1], [2], [3]] }]),
    /is not \[x, y\]/,
  ],
  "a polygon of two points": [labelme([{ ...TRIANGLE, points: [POINT, POINT] }]), /fewer than three/],
  "a rectangle of a million points": [
    labelme([{ label: "cat", points: Array(1_000_000).fill(POINT), shape_type: "rectangle" }]),
    /two or four points/,
  ],
  "an unknown shape": [labelme([{ ...TRIANGLE, shape_type: "\x1b[31mcube" }]), /unknown shape_type "\\u001b/],
  "a mask that is no PNG": [labelme([{ ...TRIANGLE, shape_type: "mask", mask: "AAAA" }]), /must be a PNG/],
  "a mask that is not base 64": [labelme([{ ...TRIANGLE, shape_type: "mask", mask: "?" }]), /not base 64/],
  "JSON that ends": [labelme([]).slice(0, -20), /not valid JSON/],
  "an image that is an object": [labelme([], { imagePath: {} }), /imagePath is not a text/],
};

for (const [what, [text, message]] of Object.entries(HOSTILE_LABELME)) {
  Deno.test(`labelme: ${what} is an error that names the file`, () =>
    withFiles({ "evil.json": text }, async (folder) => {
      await assert.rejects(readLabelme(folder), (error) => {
        assert.ok(error instanceof BneckError);
        assert.match(error.message, message);
        assert.match(error.message, /evil\.json/);
        return true;
      });
    }));
}

const BOMB = '<!DOCTYPE annotations [<!ENTITY a "aaaaaaaaaa">' +
  Array.from({ length: 9 }, (_, k) => {
    const [name, other] = ["abcdefghij"[k + 1], "abcdefghij"[k]];
    return `<!ENTITY ${name} "${`&${other};`.repeat(10)}">`;
  }).join("") + "]>";

const HOSTILE_CVAT: Readonly<Record<string, readonly [text: string, message: RegExp]>> = {
  "a bomb of entities": [
    cvat(`${IMAGE}<tag label="&j;"/></image>`, `${BOMB}<annotations>`),
    /undefined entity/,
  ],
  "an external entity": [
    cvat(
      `${IMAGE}<tag label="&x;"/></image>`,
      '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><annotations>',
    ),
    /undefined entity/,
  ],
  "elements without end": [cvat(IMAGE + "<box>".repeat(100_000)), /nests its elements|has no label/],
  "deep elements": [cvat("<a>".repeat(1000)), /elements more than 32 deep/],
  "XML that ends": [cvat(IMAGE).slice(0, -30), /not valid XML/],
  "another root": ["<svg></svg>", /begins with <svg>/],
  "a track without a task": [
    cvat('<track id="0" label="cat"><box frame="0" xtl="0" ytl="0" xbr="1" ybr="1"/></track>'),
    /without a size of frames/,
  ],
  "a size beyond all bounds": [cvat('<image name="a" width="999999" height="999999"/>'), /has an image of/],
  "a mask outside its image": [
    cvat(`${IMAGE}<mask label="cat" rle="9" left="7" top="0" width="9" height="1"/></image>`),
    /does not lie in its image/,
  ],
  "run lengths of too many pixels": [
    cvat(`${IMAGE}<mask label="cat" rle="1,99999999" left="0" top="0" width="2" height="2"/></image>`),
    /invalid run lengths/,
  ],
  "run lengths of too few pixels": [
    cvat(`${IMAGE}<mask label="cat" rle="1" left="0" top="0" width="2" height="2"/></image>`),
    /run lengths of 1 pixels in place of 4/,
  ],
  "points that are none": [cvat(`${IMAGE}<polygon label="cat" points="1,2;3;x,y"/></image>`), /not a number/],
  "bytes that are not UTF-8": ["<annotations>\xff", /./],
  "no images": [cvat(""), /holds no images of CVAT/],
};

for (const [what, [text, message]] of Object.entries(HOSTILE_CVAT)) {
  Deno.test(`CVAT: ${what} is an error that names the file`, () => {
    const bytes = what.startsWith("bytes") ? Uint8Array.from(text, (c) => c.charCodeAt(0)) : text;
    return withFiles({ "evil.xml": bytes }, async (folder) => {
      await assert.rejects(readCvat(`${folder}/evil.xml`), (error) => {
        assert.ok(error instanceof BneckError, String(error));
        assert.match(error.message, message);
        assert.match(error.message, /evil\.xml/);
        return true;
      });
    });
  });
}

const HOSTILE_YOLO: Readonly<Record<string, readonly [line: string, message: RegExp]>> = {
  "a class that there is not": ["7 0.5 0.5 0.1 0.1", /line 1 has the class 7: .* 0 to 1/],
  "a class that is a fraction": ["0.5 0.5 0.5 0.1 0.1", /class 0\.5/],
  "a class that is negative": ["-1 0.5 0.5 0.1 0.1", /class -1/],
  "words": ["0 a b c d", /not a number/],
  "infinity": ["0 Infinity 0 1 1", /not a number/],
  "a number beyond doubles": ["0 1e999 0 1 1", /not a share of the image/],
  "pixels": ["0 320 240 100 50", /pixels have to be divided/],
  "a negative size": ["0 0.5 0.5 -0.1 0.1", /negative size/],
  "too few numbers": ["0 0.5", /has 2 numbers/],
  "a score": ["0 0.5 0.5 0.1 0.1 0.9", /ends with a score/],
  "an odd polygon": ["0 0 0 1 0 1 1 0", /ends with a score/],
};

for (const [what, [line, message]] of Object.entries(HOSTILE_YOLO)) {
  Deno.test(`YOLO: ${what} is an error that names file and line`, async () => {
    const files = { "classes.txt": "cat\ndog\n", "a.png": await photo(4, 4), "a.txt": line };
    await withFiles(files, async (folder) => {
      await assert.rejects(readYolo(folder), (error) => {
        assert.ok(error instanceof BneckError, String(error));
        assert.match(error.message, message);
        assert.match(error.message, /a\.txt: line 1/);
        return true;
      });
    });
  });
}

Deno.test("YOLO: a data.yaml that is a bomb, names nothing or is of keypoints is refused", async () => {
  const bomb = 'a: &a ["x","x","x","x","x","x","x","x","x"]\n' +
    Array.from(
      { length: 8 },
      (_, k) => `${"bcdefghi"[k]}: &${"bcdefghi"[k]} [${`*${"abcdefgh"[k]},`.repeat(9)}]\n`,
    ).join("");
  for (
    const [yaml, message] of [
      [`${bomb}names: *i\n`, /not valid YAML/],
      ["names: 7\n", /not a list of the names/],
      ["names: {0: a, 5: b}\n", /not a list of the names/],
      ["names: [a]\nkpt_shape: [17, 4]\n", /"kpt_shape" is not/],
      ["names: [a]\nkpt_shape: [1000000000, 3]\n", /"kpt_shape" is not/],
      ["[1, 2", /not valid YAML/],
      ["names: [a]\n", /names no images to validate on/],
      ["names: [a]\nval: nowhere\n", /does not exist/],
    ] as const
  ) {
    await withFiles({ "data.yaml": yaml }, async (folder) => {
      await assert.rejects(readYolo(`${folder}/data.yaml`), (error) => {
        assert.ok(error instanceof BneckError, String(error));
        assert.match(error.message, message);
        return true;
      });
    });
  }
});

Deno.test("YOLO: labels without an image and folders without names say what to do", async () => {
  await withFiles({
    "labels/classes.txt": "cat",
    "labels/a.txt": "0 0 0 0 0",
    "labels/b.png": await photo(2, 2),
  }, async (folder) => {
    await assert.rejects(
      readYolo(`${folder}/labels`),
      /1 of 1 files of labels have no image in .*\n {2}a\.txt/,
    );
  });
  await withFiles({ "a.txt": "0 0 0 0 0" }, async (folder) => {
    await assert.rejects(readYolo(folder), /put a data\.yaml with "names", or a classes\.txt/);
  });
});
