/** Files of the shapes that exporters of segmenters write, and files that nothing can be made of. */
import assert from "node:assert/strict";
import { BneckError } from "../../../core/errors.ts";
import { labelsOf } from "../../../heads/mod.ts";
import { adoptedBytes, predicted } from "./adoptions.ts";
import { foreignModel } from "./foreign_model.ts";
import { type Case, CAT_AND_DOG, floats, rows } from "./exported.ts";

const SEGMENTERS: Readonly<Record<string, Case & { readonly labels: readonly number[] }>> = {
  "Mask2Former: classes and masks of queries": {
    outputs: [
      floats("class_queries_logits", [1, 2, 3], [9, 0, 0, 0, 9, 0]),
      floats("masks_queries_logits", [1, 2, 2, 2], [9, -9, 9, -9, -9, 9, -9, 9]),
    ],
    answers: CAT_AND_DOG,
    labels: [0, 1],
  },
  "MediaPipe's selfies: one map, its axis last": {
    input: { shape: [1, 32, 32, 3] },
    outputs: [floats("activation_10", [1, 2, 2, 1], [0.1, 0.9, 0.1, 0.9])],
    labels: [0, 1],
  },
  "IS-Net: a map of the input's size, coarser ones and features": {
    outputs: [
      floats("o0", [1, 1, 32, 32], Array.from({ length: 1024 }, (_, at) => at % 32 < 16 ? 0.1 : 0.9)),
      ...[16, 8, 4, 2].map((side) => floats(`f${side}`, [1, 64, side, side], [0.5])),
    ],
    labels: [0, 1],
  },
  "one map of probabilities without a channel": {
    outputs: [floats("mask", [1, 2, 2], [0.1, 0.9, 0.1, 0.9])],
    labels: [0, 1],
  },
  "Paddle's class map of rank 4": {
    outputs: [{ name: "argmax_0.tmp_0", shape: [1, 2, 2, 1], values: [0, 1, 0, 1], elementType: "int32" }],
    answers: CAT_AND_DOG,
    labels: [0, 1],
  },
  "probabilities of pixels": {
    outputs: [floats("softmax", [1, 2, 2, 2], [0.75, 0.25, 0.75, 0.25, 0.25, 0.75, 0.25, 0.75])],
    answers: CAT_AND_DOG,
    labels: [0, 1],
  },
};

for (const [name, { answers = {}, labels, ...parts }] of Object.entries(SEGMENTERS)) {
  Deno.test(`pixels have their classes: ${name}`, async () => {
    const { segment } = await predicted(await adoptedBytes(foreignModel(parts), answers));
    const { data } = labelsOf(segment!);
    assert.deepEqual([data[0], data[63]], labels);
  });
}

const REFUSED: Readonly<Record<string, Case & { readonly message: RegExp }>> = {
  "YuNet's maps of strides": {
    input: { shape: [1, 3, 96, 96] },
    outputs: [8, 16, 32].flatMap((stride) => {
      const cells = (96 / stride) ** 2;
      return [floats(`cls_${stride}`, [1, cells, 1], [0.5]), floats(`bbox_${stride}`, [1, cells, 4], [0.5])];
    }),
    message: /not read as any kind/,
  },
  "RTMDet's maps of strides": {
    outputs: [4, 2, 1].flatMap((side) => [
      floats(`cls_${side}`, [1, 80, side, side], [0.5]),
      floats(`reg_${side}`, [1, 4, side, side], [0.5]),
    ]),
    message: /a detector's maps of several strides, which are not decoded; export it with its decoding/,
  },
  "a tiny YOLO's two maps": {
    outputs: [4, 2].map((side) => floats(`conv_${side}`, [1, 255, side, side], [0.5])),
    message: /maps of several strides/,
  },
  "YOLOv5's maps of anchors": {
    outputs: [4, 2, 1].map((side) => floats(`o${side}`, [1, 3, side, side, 85], [0.5])),
    message: /maps of several strides/,
  },
  "key points beside the boxes": {
    outputs: [floats("output0", [1, 56, 84], rows(56 * 84, [0]).map((_, at) => at >= 5 * 84 ? 17 : 0.5))],
    message: /as yolo-v8, it would have a probability of 17/,
  },
  "BlazeFace's anchors": {
    outputs: [floats("regressors", [1, 896, 16], [-3]), floats("classificators", [1, 896, 1], [-3])],
    message: /not read as any kind/,
  },
  "an SSD without its anchors": {
    outputs: [
      floats("loc", [1, 8, 4], rows(8, [-3, 2, -1, -2]).map((_, at) => [1, 2, -3, -2][at % 4])),
      floats("conf", [1, 8, 3], [0.25]),
    ],
    message: /not read as any kind/,
  },
  "depth": { outputs: [floats("depth", [1, 8, 8], [3.5])], message: /floats \[1, 8, 8\], which is not read/ },
  "features of an image": {
    outputs: [floats("image_embeds", [1, 512], [0.5])],
    message: /not read as any kind/,
  },
  "two images": {
    outputs: [floats("out", [1, 3], [0.5])],
    companions: [{ name: "other", elementType: "float32", shape: [1, 3, 32, 32] }],
    message: /takes 2 inputs \(images: .*; other: .*\): supported are graphs of one image/,
  },
};

for (const [name, { answers = {}, message, ...parts }] of Object.entries(REFUSED)) {
  Deno.test(`what has to be decoded otherwise is refused: ${name}`, async () => {
    await assert.rejects(adoptedBytes(foreignModel(parts), answers), (error) => {
      assert.ok(error instanceof BneckError, String(error));
      assert.match(error.message, message);
      return true;
    });
  });
}
