import { randomIntegers } from "../../../core/random.ts";
import { object, type TestDetection, type TestTruth } from "./support.ts";

/** Forty images of three categories, with detections near and far. */
export function dataSet(): { truth: TestTruth; detections: TestDetection[] } {
  const random = randomIntegers(3);
  const truth: TestTruth = {
    images: [],
    annotations: [],
    categories: [1, 2, 5].map((id) => ({ id, name: `c${id}` })),
  };
  const detections: TestDetection[] = [];
  const ids = Array.from({ length: 40 }, (_, i) => (i * 17 + 3) % 101);
  for (const id of ids) {
    truth.images.push({ id, width: 200, height: 200 });
    for (let i = random(6); i > 0; i--) {
      const box: [number, number, number, number] = [random(99), random(99), 5 + random(99), 5 + random(99)];
      const category = [1, 2, 5][random(3)];
      truth.annotations.push(
        object(truth.annotations.length + 1, id, category, box, { iscrowd: +(random(9) === 0) }),
      );
      const found = { image_id: id, category_id: random(5) ? category : 1, score: random(50) / 50 };
      if (random(4)) {
        detections.push({ ...found, bbox: [box[0] + random(9), box[1] + random(9), box[2], box[3]] });
      }
      detections.push({ ...found, bbox: [random(99), random(99), 20, 20], score: random(50) / 50 });
    }
  }
  return { truth, detections };
}
