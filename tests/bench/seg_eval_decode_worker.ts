/** The worker that only reads and decodes what the scoring reads, to tell how much of its time that is. */
import { readLabelMap } from "../../core/images/label_map.ts";
import { serveWorker } from "../../core/workers/mod.ts";
import type { CityscapesPair } from "../../datasets/cityscapes/mod.ts";

serveWorker<{ instances: boolean }, CityscapesPair, number>(({ instances }) => ({
  async run({ prediction, labelIds, instanceIds }) {
    const paths = instances ? [prediction, labelIds, instanceIds!] : [prediction, labelIds];
    const maps = await Promise.all(paths.map((path) => readLabelMap(path)));
    return maps.reduce((pixels, { data }) => pixels + data.length, 0);
  },
}), { concurrency: 2 });
