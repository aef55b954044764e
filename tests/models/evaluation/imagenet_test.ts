import assert from "node:assert/strict";
import { encodeRgbImage } from "../../../core/images/mod.ts";
import {
  AccuracyMetric,
  type ImagenetImage,
  imagenetSet,
  type RankedClasses,
} from "../../../datasets/imagenet/mod.ts";
import { evaluate } from "../../../models/evaluation/mod.ts";
import { openModel } from "../../../models/open.ts";
import { testImage } from "../../support/test_image.ts";
import { fakeTensors, withCheckpoint } from "../../models/fake_checkpoint.ts";
import { inFolder, write } from "../../support/folders.ts";

const NAMES = ["ape", "bee", "cat", "dog", "eel", "fox"];

Deno.test("a classifier is run over folders of images, and ranks them as the model does", () =>
  withCheckpoint(fakeTensors("mobilenet_v3_small", NAMES.length), (weights) =>
    inFolder(async (cwd) => {
      await write(`${cwd}/names.txt`, NAMES.join("\n"));
      const images = NAMES.map((_, k) => testImage(40 + 30 * k, 60));
      for (const [k, name] of NAMES.entries()) {
        await write(`${cwd}/images/${name}/${k}.png`, await encodeRgbImage(images[k], "png"));
      }
      const request = { weights, labels: `${cwd}/names.txt`, architecture: "mobilenet_v3_small" };
      const set = await imagenetSet(`${cwd}/images`);
      const metric = new AccuracyMetric(set.classCount);
      const ranked: RankedClasses[] = [];
      const { inputSizes } = await evaluate<ImagenetImage, RankedClasses, AccuracyMetric>(
        request,
        set,
        metric,
        {
          workers: 1,
          onImage: (_image, prediction) => ranked.push(prediction),
        },
      );
      assert.deepEqual(inputSizes, [[224, 224]]);

      const model = await openModel(request);
      const expected = new AccuracyMetric(NAMES.length);
      for (const [truth, image] of images.entries()) {
        const { classes, scores } = (await model.predict(image, { classify: { top: 5 } })).classify!;
        assert.deepEqual(ranked[truth], { ranked: [...classes], score: scores[0], truth });
        expected.addRanked([...classes], truth);
      }
      await model.close();
      assert.deepEqual(metric.result(), expected.result());
    })));
