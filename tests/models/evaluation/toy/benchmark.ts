/** A benchmark that bneck does not know: the pixels that a model gives each of its classes. */
import type { EvaluationSet, SetImage } from "../../../../datasets/evaluation_set.ts";
import type { Metric, TallyMetric } from "../../../../datasets/metric.ts";
import type { Benchmark } from "../../../../cli/commands/eval/benchmark.ts";
import type { ToyTally } from "./tally.ts";

export class ToyMetric implements Metric<[ToyTally], readonly number[]>, TallyMetric<ToyTally> {
  images = 0;
  #pixels: number[] = [];

  add(tally: ToyTally): void {
    this.addTally(tally);
  }

  addTally(tally: ToyTally): void {
    this.images++;
    this.#pixels = tally.map((pixels, k) => pixels + (this.#pixels[k] ?? 0));
  }

  merge(other: ToyMetric): void {
    const images = this.images + other.images;
    this.addTally(other.#pixels);
    this.images = images;
  }

  result(): readonly number[] {
    return this.#pixels;
  }

  toJSON(): unknown {
    return { images: this.images, pixels: this.#pixels };
  }
}

/** The set of some photos. */
export function toySet(photos: readonly string[]): EvaluationSet<SetImage, ToyTally, ToyMetric> {
  return {
    task: "segment",
    images: photos.map((image, k) => ({ name: `photo ${k}`, image })),
    total: photos.length,
    tallyModule: new URL("./tally.ts", import.meta.url).href,
    imageFolder: "photos",
    matchModel: ({ classes }) => ({ settings: { classes: classes.length } }),
  };
}

/** What its line in the list of benchmarks would load. */
export const benchmark: Benchmark<ToyMetric, null> = {
  name: "toy",
  restore({ state }) {
    const { images, pixels } = state as { images: number; pixels: number[] };
    const metric = new ToyMetric();
    metric.addTally(pixels);
    metric.images = images;
    return { metric, settings: null };
  },
  present: (metric) => ({
    metrics: () => ({ pixels: metric.result().reduce((sum, pixels) => sum + pixels, 0) }),
    json: () => metric.result(),
    table: () => metric.result().join(" "),
    notes: () => [],
    report: () => "",
  }),
};
