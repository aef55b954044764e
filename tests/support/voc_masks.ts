import { join } from "node:path";
import { writeFileAtomic } from "../../core/files/mod.ts";
import { encodeLabelPng } from "../../core/images/mod.ts";
import { COCO_80 } from "../../datasets/coco/labels.ts";
import { decodeMask, mergeRles, rasterizePolygon, type Rle } from "../../datasets/coco/mod.ts";
import { VOC_21 } from "../../datasets/voc/labels.ts";
import { pixelClasses } from "../../models/pipeline/object_masks.ts";

interface Instances {
  readonly images: readonly { id: number; file_name: string; width: number; height: number }[];
  readonly annotations: readonly {
    image_id: number;
    category_id: number;
    area: number;
    iscrowd: number;
    segmentation: readonly number[][] | { readonly counts: readonly number[] };
  }[];
}

const IGNORED = 255;

/**
 * Writes COCO's instances as label images of VOC's classes: larger objects first, objects of other classes on top as
 * background, crowds ignored.
 */
export async function writeVocMasks(annotations: string, folder: string): Promise<void> {
  const { images, annotations: objects }: Instances = JSON.parse(await Deno.readTextFile(annotations));
  const classes = pixelClasses(COCO_80, VOC_21);
  const classOf = new Map(COCO_80.map(({ categoryId }, k) => [categoryId, Math.max(0, classes[k])]));
  for (const { id, file_name, width, height } of images) {
    const data = new Uint8Array(width * height);
    const paint = ({ segmentation }: Instances["annotations"][number], value: number) => {
      const mask = decodeMask(
        "counts" in segmentation
          ? { height, width, counts: Uint32Array.from(segmentation.counts) }
          : mergeRles(segmentation.map((polygon): Rle => rasterizePolygon(polygon, height, width))),
      );
      mask.forEach((set, at) => set && (data[(at % height) * width + Math.floor(at / height)] = value));
    };
    const here = objects.filter(({ image_id }) => image_id === id);
    for (const object of here.filter(({ iscrowd }) => !iscrowd).sort((a, b) => b.area - a.area)) {
      paint(object, classOf.get(object.category_id)!);
    }
    for (const crowd of here.filter(({ iscrowd }) => iscrowd)) paint(crowd, IGNORED);
    const name = file_name.replace(/\.[^.]+$/, ".png");
    await writeFileAtomic(join(folder, name), encodeLabelPng({ width, height, data }, []));
  }
}
