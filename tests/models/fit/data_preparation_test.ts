import assert from "node:assert/strict";
import fc from "fast-check";
import type { RgbImage } from "../../../core/images/mod.ts";
import { randomNumbers } from "../../../core/random.ts";
import { augment, type Augmentation, OUTSIDE, recolor } from "../../../models/fit/augment.ts";
import type { InspectedImage } from "../../../models/fit/data.ts";
import { classesOfMask, classTable } from "../../../models/fit/masks.ts";
import { classWeights, passOrder, planSamples } from "../../../models/fit/plan.ts";
import { splitClasses, splitNames } from "../../../models/fit/split.ts";
import { testImage } from "../../support/test_image.ts";

const AUGMENTATION: Augmentation = {
  crop: [40, 56],
  shorter: 40,
  scale: [0.6, 1.8],
  aspect: 0.1,
  brightness: 0.3,
  contrast: 0.3,
  color: 0.4,
};

/** An image whose red tells its label, in blocks large enough to survive scaling. */
function labelled(width: number, height: number) {
  const data = new Uint8Array(width * height * 3);
  const labels = new Uint8Array(width * height);
  for (let i = 0; i < labels.length; i++) {
    labels[i] = (i % width) * 2 < width ? 1 : 0;
    data[i * 3] = labels[i] ? 250 : 5;
  }
  return { image: { width, height, data }, labels: { width, height, data: labels } };
}

Deno.test("labels stay on what they label, whatever the variant", () => {
  const plain = { ...AUGMENTATION, brightness: 0, contrast: 0, color: 0 };
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 40 }), fc.integer({ min: 20, max: 120 }), (variant, side) => {
      const { image, labels } = augment(labelled(side + 13, side), variant, plain, randomNumbers(variant));
      assert.deepEqual([image.width, image.height], [56, 40]);
      assert.deepEqual([labels!.width, labels!.height], [56, 40]);
      let wrong = 0;
      labels!.data.forEach((label, i) => {
        if (label === OUTSIDE) return;
        const red = image.data[i * 3];
        if (label === 1 ? red < 90 : red > 165) wrong++;
      });
      // A column where they meet may fall to either side.
      assert.ok(wrong <= 40 * 2, `${wrong} labels are off`);
    }),
  );
});

Deno.test("the first two variants are the photo itself and its mirror image", () => {
  const image = testImage(56, 40);
  const none = () => assert.fail("nothing is random about them");
  assert.deepEqual(augment({ image }, 0, AUGMENTATION, none).image, image);
  const mirrored = augment({ image }, 1, AUGMENTATION, none).image;
  for (const [x, y] of [[0, 0], [55, 39], [10, 20]]) {
    assert.equal(mirrored.data[(y * 56 + x) * 3], image.data[(y * 56 + 55 - x) * 3]);
  }
});

Deno.test("a variant that is smaller than its sample is mirrored beyond its edges, where labels are ignored", () => {
  const settings = { ...AUGMENTATION, scale: [0.25, 0.25] as const };
  const { image, labels } = augment(labelled(56, 40), 5, settings, randomNumbers(3));
  assert.ok(labels!.data.includes(OUTSIDE));
  assert.ok(image.data.some((value, i) => labels!.data[Math.floor(i / 3)] === OUTSIDE && value > 0));
});

Deno.test("brightness, contrast and colour are Pillow's", () => {
  const image: RgbImage = { width: 2, height: 1, data: Uint8Array.of(100, 150, 200, 10, 20, 30) };
  assert.deepEqual(recolor(image, 1, 1, 1).data, image.data);
  // from PIL import Image, ImageEnhance: Brightness(1.5), Contrast(1.2), Color(0.5) one after another.
  assert.deepEqual([...recolor(image, 1.5, 1.2, 0.5).data], [188, 233, 237, 5, 11, 20]);
});

Deno.test("masks become classes; a value of no class is named with its place", () => {
  const table = classTable({ classes: [{ id: 3, name: "a" }, { id: 9, name: "b" }], ignore: [255] });
  const mask = (...data: number[]) => ({ width: 2, height: 2, data: Uint8Array.from(data) });
  const photo = { width: 2, height: 2 };
  assert.deepEqual([...classesOfMask(mask(3, 9, 255, 3), table, "m.png", photo).data], [0, 1, 255, 0]);
  assert.throws(
    () => classesOfMask(mask(3, 3, 3, 4), table, "m.png", photo),
    /m\.png has the value 4 at column 1, row 1/,
  );
  const deep = { width: 1, height: 1, data: Uint16Array.of(300) };
  assert.throws(() => classesOfMask(deep, table, "m.png", deep), /the value 300/);
  assert.throws(
    () => classesOfMask(deep, table, "m.png", photo),
    /m\.png is 1×1, its image 2×2: a mask must have the size of its image/,
  );
});

function imageWith(...pixels: number[]): InspectedImage {
  return { name: "", image: "", truth: "", width: 10, height: 10, pixels: Float64Array.from(pixels) };
}

Deno.test("weights of classes follow median frequency, and have the mean 1 over all pixels", () => {
  const images = [imageWith(600, 300, 100, 0)];
  const weights = classWeights(images, 4, 1);
  assert.equal(weights[3], 0);
  assert.ok(Math.abs(weights[1] / weights[0] - 2) < 1e-6 && Math.abs(weights[2] / weights[0] - 6) < 1e-6);
  const mean = [0.6, 0.3, 0.1].reduce((sum, share, i) => sum + share * weights[i], 0);
  assert.ok(Math.abs(mean - 1) < 1e-6);
  for (const weight of classWeights(images, 3, 0)) assert.ok(Math.abs(weight - 1) < 1e-6);
});

Deno.test("images of rare classes get more samples, and every image gets one", () => {
  const images = [...Array.from({ length: 15 }, () => imageWith(100, 0)), imageWith(50, 50)];
  const plan = planSamples(images, 2, 4);
  const counts = images.map((_, at) => plan.filter(({ image }) => image === at).length);
  assert.ok(counts[15] > 2 * counts[0], counts.join());
  assert.ok(counts.every((count) => count >= 1));
  assert.ok(Math.abs(plan.length - 64) <= 8, `${plan.length} samples`);
});

Deno.test("a pass sees every sample once, in an order that follows from the seed", () => {
  const order = passOrder(500, 1, 0, 0);
  assert.deepEqual([...order].toSorted((a, b) => a - b), Array.from({ length: 500 }, (_, i) => i));
  assert.deepEqual(passOrder(500, 1, 0, 0), order);
  for (const other of [passOrder(500, 2, 0, 0), passOrder(500, 1, 1, 0), passOrder(500, 1, 0, 1)]) {
    assert.notDeepEqual(other, order);
  }
});

Deno.test("each class keeps images to learn from and to validate on, however they are named", () => {
  const folder = (name: string, count: number) =>
    Array.from({ length: count }, (_, i) => `${name}/IMG_${String(i + 1).padStart(4, "0")}`);
  const names = [...folder("bolt", 10), ...folder("nut", 20), ...folder("washer", 2), "pin/1"];
  const classes = names.map((name) => ["bolt", "nut", "washer", "pin"].indexOf(name.split("/")[0]));
  const { train, val, sequences, divided } = splitClasses(names, classes, 0.2, 0);
  assert.deepEqual(val.map((place) => names[place]).filter((name) => !name.startsWith("washer")), [
    ...["bolt/IMG_0009", "bolt/IMG_0010"],
    ...["nut/IMG_0017", "nut/IMG_0018", "nut/IMG_0019", "nut/IMG_0020"],
  ]);
  assert.equal(val.length, 7, "one of two washers, and not the only pin");
  assert.deepEqual([...train, ...val].toSorted((a, b) => a - b), names.map((_, i) => i));
  assert.deepEqual([sequences, divided], [2, 2]);
});

Deno.test("the ends of all sequences are for validation where that is asked for", () => {
  const names = ["a1", "a2", "a3", "a4", "a5", "b1", "b2", "b3", "b4", "b5", "x", "y", "z"];
  const { val, train, divided } = splitNames(names, 0.2, 0, true);
  assert.equal(divided, 2);
  assert.deepEqual(val.slice(0, 2), [4, 9]);
  assert.equal(val.length, 3);
  assert.equal(train.length, 10);
});

Deno.test("sequences are not divided between training and validation", () => {
  const frames = (drive: string, count: number) =>
    Array.from({ length: count }, (_, i) => `${drive}_${String(30 * i + 90).padStart(6, "0")}`);
  const names = [...frames("0001TP", 60), ...frames("0006R0", 100), ...frames("0016E5", 200)];
  const { train, val, sequences } = splitNames(names, 0.2, 0);
  assert.equal(sequences, 3);
  const drives = new Set(val.map((at) => names[at].slice(0, 6)));
  assert.ok(val.length > 0 && train.every((at) => !drives.has(names[at].slice(0, 6))));
  assert.equal(train.length + val.length, names.length);

  // Numbers that do not follow each other are no sequence.
  const photos = ["IMG_1034", "IMG_2801", "IMG_0040", "IMG_9917", "IMG_5120"];
  const split = splitNames(photos, 0.2, 0);
  assert.deepEqual([split.sequences, split.val.length, split.train.length], [0, 1, 4]);

  // Of a single video the end is kept.
  assert.deepEqual(splitNames(frames("clip", 10), 0.2, 0).val, [8, 9]);
});

Deno.test("any names are divided in two parts that are not empty, the same for a seed", () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(fc.stringMatching(/^[ab]?\d{0,3}$/), { minLength: 2, maxLength: 40 }),
      fc.double({ min: 0.05, max: 0.5, noNaN: true }),
      fc.nat(100),
      (names, share, seed) => {
        const { train, val } = splitNames(names, share, seed);
        assert.ok(train.length > 0 && val.length > 0);
        assert.deepEqual([...train, ...val].toSorted((a, b) => a - b), names.map((_, i) => i));
        assert.deepEqual(splitNames(names, share, seed), splitNames(names, share, seed));
      },
    ),
  );
});
