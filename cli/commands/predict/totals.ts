import type { ImageReport, StageTimes } from "../../../models/pipeline/job.ts";
import { formatMilliseconds, plural } from "../../console/format.ts";

/** What a run has done so far, for its closing lines. */
export class RunTotals {
  images = 0;
  failed = 0;
  files = 0;
  readonly #start = performance.now();
  readonly #stages: Record<keyof StageTimes, number> = { decode: 0, infer: 0, post: 0, encode: 0 };

  constructor(readonly skipped: number) {}

  /** An image is done. */
  done({ files, milliseconds }: ImageReport): void {
    this.images++;
    this.files += files.length;
    for (const stage of STAGES) this.#stages[stage] += milliseconds[stage];
  }

  /** An image could not be done. */
  fail(): void {
    this.failed++;
  }

  /** Seconds since the run began. */
  get seconds(): number {
    return (performance.now() - this.#start) / 1000;
  }

  /** Mean milliseconds of each stage. */
  get stages(): StageTimes {
    const mean = (stage: keyof StageTimes) =>
      Math.round(this.#stages[stage] / Math.max(1, this.images) * 10) / 10;
    return { decode: mean("decode"), infer: mean("infer"), post: mean("post"), encode: mean("encode") };
  }

  /** The closing lines. */
  summary(): string[] {
    const { images, failed, skipped, files, seconds } = this;
    const counts = [`${plural(images, "image")} done`];
    if (failed > 0) counts.push(`${failed} failed`);
    if (skipped > 0) counts.push(`${skipped} skipped`);
    if (files > 0) counts.push(`${plural(files, "file")} written`);
    const lines = [`${counts.join(", ")} in ${formatMilliseconds(seconds * 1000)}`];
    if (images > 0) {
      const stages = STAGES.map((stage) => `${stage} ${this.stages[stage].toFixed(1)}`).join(", ");
      lines.push(`${(images / seconds).toFixed(1)} images/s; mean ms of an image: ${stages}`);
    }
    return lines;
  }
}

const STAGES = ["decode", "infer", "post", "encode"] as const;
