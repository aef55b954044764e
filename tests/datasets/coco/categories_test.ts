import assert from "node:assert/strict";
import { mapCategories } from "../../../datasets/coco/categories.ts";
import { readAnnotations } from "../../../datasets/coco/mod.ts";
import { COCO_80 } from "../../../datasets/coco/labels.ts";
import { resolveModel } from "../../../models/open.ts";
import { fakeTensors, withCheckpoint } from "../../models/fake_checkpoint.ts";

/** Annotations of no objects, with some of COCO's categories. */
function truthWith(categories: readonly { readonly categoryId: number; readonly name: string }[]) {
  const truth = {
    images: [],
    annotations: [],
    categories: categories.map(({ categoryId, name }) => ({ id: categoryId, name })),
  };
  return readAnnotations({ name: "truth.json", bytes: new TextEncoder().encode(JSON.stringify(truth)) });
}

Deno.test("ids that COCO does not use are missed by no one, classes that the annotations lack are named", () =>
  withCheckpoint(fakeTensors("ssdlite320_mobilenet_v3_large"), async (weights) => {
    const { name, labels } = await resolveModel({ weights, architecture: "ssdlite320_mobilenet_v3_large" });
    const model = { name, classes: labels.detect! };
    assert.deepEqual(mapCategories(model, truthWith(COCO_80)).warnings, []);
    const { warnings } = mapCategories(model, truthWith(COCO_80.slice(1)));
    assert.deepEqual(warnings, ["truth.json has no category for person; these are not scored"]);
  }));
