import type { PairScore } from "../../../../datasets/segmentation/segmentation_scores.ts";

/** An image and its score. */
export interface ScoredImage<Files> {
  readonly files: Files;
  readonly score: PairScore;
}

/** The images with the lowest mean IoU so far: as many as are asked for, whatever the number of images. */
export class WorstImages<Files> {
  readonly #worst: ScoredImage<Files>[] = [];

  constructor(readonly most: number) {}

  /** An image was scored; one without anything to score is not remembered. */
  add(files: Files, score: PairScore): void {
    if (score.meanIou === null || this.most === 0) return;
    const place = this.#worst.findIndex((other) => score.meanIou! < other.score.meanIou!);
    if (place >= 0) this.#worst.splice(place, 0, { files, score });
    else this.#worst.push({ files, score });
    if (this.#worst.length > this.most) this.#worst.pop();
  }

  /** The images, the worst first. */
  get list(): readonly ScoredImage<Files>[] {
    return this.#worst;
  }
}
