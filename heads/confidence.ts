/** How sure a segmentation network is: probabilities of classes, and mattes. */
import type { LabelMap } from "../core/images/image.ts";
import { axesOver } from "./label_axes.ts";
import type { LabelLogits, MatteValues } from "./label_logits.ts";

/** A number from 0 to 255 for each pixel. */
export interface ByteMap extends LabelMap {
  readonly data: Uint8Array<ArrayBuffer>;
}

/** The mean probability (softmax) of the winning class over the coarse grid, 0…1: low where no class fits. */
export function meanProbability({ data, height, width, matte, areShares }: LabelLogits): number {
  const plane = height * width;
  let total = 0;
  if (matte) {
    for (let cell = plane; cell < data.length; cell++) {
      const probability = probabilityOf(data[cell], matte);
      total += Math.max(probability, 1 - probability);
    }
    return total / plane;
  }
  for (let cell = 0; cell < plane; cell++) {
    let largest = -Infinity;
    for (let at = cell; at < data.length; at += plane) if (data[at] > largest) largest = data[at];
    let sum = 0;
    for (let at = cell; at < data.length; at += plane) {
      sum += areShares ? Math.max(0, data[at]) : Math.exp(data[at] - largest);
    }
    total += areShares ? shareOf(largest, sum) : 1 / sum;
  }
  return total / plane;
}

/**
 * The probability (softmax over the interpolated logits, or the interpolated share) of the class in `labels` at every pixel, 0…255; 0 where the label
 * is not a class.
 *
 * @param leaveOut labels whose pixels stay 0: exponentials are what takes the time
 */
export function confidenceOf(
  logits: LabelLogits,
  labels: LabelMap,
  leaveOut: ReadonlySet<number> = new Set(),
): ByteMap {
  if (logits.matte) return confidenceOfMatte(logits, labels);
  const { data, classes, width: cells, imageWidth: width, imageHeight: height, areShares } = logits;
  const plane = logits.height * cells;
  const confidence = new Uint8Array(width * height);
  if (logits.classMap) return { width, height, data: confidence.fill(255) };
  const [across, downward] = axesOver(logits);
  const values = new Float64Array(classes);
  const isWanted = Uint8Array.from(values, (_, label) => leaveOut.has(label) ? 0 : 1);
  for (const row of downward.cells) {
    for (let y = row.start; y < row.end; y++) {
      const down = downward.weights[y];
      for (const column of across.cells) {
        for (let x = column.start; x < column.end; x++) {
          const at = y * width + x;
          if (isWanted[labels.data[at]] !== 1) continue;
          const right = across.weights[x];
          let largest = -Infinity;
          for (let c = 0; c < classes; c++) {
            const top = c * plane + row.low * cells;
            const bottom = c * plane + row.high * cells;
            const upper = data[top + column.low] + right * (data[top + column.high] - data[top + column.low]);
            const lower = data[bottom + column.low] +
              right * (data[bottom + column.high] - data[bottom + column.low]);
            values[c] = upper + down * (lower - upper);
            if (values[c] > largest) largest = values[c];
          }
          let sum = 0;
          for (let c = 0; c < classes; c++) {
            sum += areShares ? Math.max(0, values[c]) : Math.exp(values[c] - largest);
          }
          const value = values[labels.data[at]];
          confidence[at] = Math.round(
            255 * (areShares ? shareOf(value, sum) : Math.exp(value - largest) / sum),
          );
        }
      }
    }
  }
  return { width, height, data: confidence };
}

/** A share of a sum that may be nothing. */
function shareOf(value: number, sum: number): number {
  return sum > 0 ? Math.max(0, value) / sum : 0;
}

function confidenceOfMatte(logits: LabelLogits, labels: LabelMap): ByteMap {
  const { width, height, data: matte } = matteOf(logits);
  return { width, height, data: matte.map((value, at) => labels.data[at] === 1 ? value : 255 - value) };
}

/** A number of a matte, less that of the threshold, as a probability. */
function probabilityOf(value: number, { values, threshold }: MatteValues): number {
  const number = value + threshold;
  return values === "logits" ? 1 / (1 + Math.exp(-number)) : Math.min(Math.max(number, 0), 1);
}

/**
 * How much of each pixel is not background, 0…255: the probability of the one thing that a network knows, interpolated as
 * the network returns it (probabilities, or logits before their sigmoid); of others, of all classes but the first.
 */
export function matteOf(logits: LabelLogits): ByteMap {
  const { imageWidth: width, imageHeight: height, matte } = logits;
  const data = new Uint8Array(width * height);
  if (matte === undefined) {
    const { data: background } = confidenceOf(logits, { width, height, data });
    return { width, height, data: background.map((value) => 255 - value) };
  }
  const plane = logits.data.subarray(logits.width * logits.height);
  const [across, down] = axesOver(logits);
  const line = new Float32Array(width);
  for (const row of down.cells) {
    for (let y = row.start; y < row.end; y++) {
      const share = down.weights[y];
      const [top, bottom] = [row.low * logits.width, row.high * logits.width];
      for (const { low, high, start, end } of across.cells) {
        const left = plane[top + low] + share * (plane[bottom + low] - plane[top + low]);
        const right = plane[top + high] + share * (plane[bottom + high] - plane[top + high]);
        for (let x = start; x < end; x++) line[x] = left + across.weights[x] * (right - left);
      }
      for (let x = 0, to = y * width; x < width; x++, to++) {
        data[to] = Math.round(255 * probabilityOf(line[x], matte));
      }
    }
  }
  return { width, height, data };
}
