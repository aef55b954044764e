/** Made-up street scenes in Cityscapes' labels: truth, instances, a prediction with the usual mistakes. */
import type { LabelMap } from "../../core/images/mod.ts";
import { randomNumbers } from "../../core/random.ts";

export interface StreetScene {
  /** Label ids. */
  readonly truth: LabelMap;
  /** Instance ids, 16 bits. */
  readonly instances: LabelMap;
  /** Label ids. */
  readonly prediction: LabelMap;
}

const [ROAD, SIDEWALK, BUILDING, POLE, SIGN, VEGETATION, SKY] = [7, 8, 11, 17, 20, 21, 23];
const [PERSON, RIDER, CAR, BICYCLE, EGO_VEHICLE] = [24, 25, 26, 33, 1];

/**
 * A scene of the given size: sky above a skyline, trees, road and pavements to the horizon, poles, and about
 * thirty objects. The prediction displaces the outlines by up to a few pixels and takes some blobs for other
 * classes.
 */
export function streetScene(width: number, height: number, seed: number): StreetScene {
  const random = randomNumbers(seed);
  const truth = new Uint8Array(width * height);
  const instances = new Uint16Array(width * height);
  const skyline = wave(random, 0.25 * height, 0.12 * height);
  const trees = wave(random, 0.4 * height, 0.1 * height);
  const horizon = 0.5 * height;
  for (let x = 0; x < width; x++) {
    const [roof, crown] = [skyline(x), trees(x)];
    for (let y = 0; y < height; y++) {
      const side = Math.abs(x - width / 2) - (y - horizon) * 1.1;
      let label = y < roof ? SKY : BUILDING;
      if (y > crown && y < 0.52 * height && roof < 0.24 * height) label = VEGETATION;
      if (y > horizon) label = side < 0 ? ROAD : side < 0.12 * width ? SIDEWALK : BUILDING;
      if (y > 0.93 * height) label = EGO_VEHICLE;
      truth[y * width + x] = label;
    }
  }
  instances.set(truth);
  const scale = height / 1024;
  for (let k = 0; k < 8; k++) rectangle(random() * width, 0.55 * height, 8 * scale, 260 * scale, POLE);
  for (let k = 0; k < 6; k++) rectangle(random() * width, 0.4 * height, 40 * scale, 40 * scale, SIGN);
  for (let k = 0; k < 30; k++) {
    const label = [PERSON, PERSON, RIDER, CAR, CAR, CAR, BICYCLE][Math.floor(random() * 7)];
    const size = (20 + 90 * random() ** 2) * scale;
    ellipse(
      random() * width,
      (0.5 + 0.3 * random()) * height,
      label === CAR ? 1.6 * size : 0.5 * size,
      size,
      label,
      k,
    );
  }
  return {
    truth: { width, height, data: truth },
    instances: { width, height, data: instances },
    prediction: { width, height, data: predict(truth, width, height, random) },
  };

  function rectangle(left: number, bottom: number, w: number, h: number, label: number): void {
    for (let y = Math.max(0, Math.floor(bottom - h)); y < bottom; y++) {
      for (let x = Math.floor(left); x < Math.min(width, left + w); x++) truth[y * width + x] = label;
    }
  }

  function ellipse(cx: number, cy: number, rx: number, ry: number, label: number, number: number): void {
    for (let y = Math.max(0, Math.ceil(cy - ry)); y < Math.min(height, cy + ry); y++) {
      const half = rx * Math.sqrt(1 - ((y - cy) / ry) ** 2);
      for (let x = Math.max(0, Math.ceil(cx - half)); x < Math.min(width, cx + half); x++) {
        truth[y * width + x] = label;
        instances[y * width + x] = label * 1000 + number;
      }
    }
  }
}

/** The truth with wavy displacements, and forty blobs of other classes. */
function predict(truth: Uint8Array, width: number, height: number, random: () => number): Uint8Array {
  const prediction = new Uint8Array(truth.length);
  const scale = height / 1024;
  const [aside, down] = [wave(random, 0, 1 + 3 * scale), wave(random, 0, 1 + 3 * scale)];
  const across = Array.from({ length: height }, (_, y) => aside(y));
  const along = Array.from({ length: width }, (_, x) => down(x));
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const fromX = Math.min(width - 1, Math.max(0, Math.round(x + across[y])));
      const fromY = Math.min(height - 1, Math.max(0, Math.round(y + along[x])));
      const label = truth[fromY * width + fromX];
      prediction[y * width + x] = label === EGO_VEHICLE ? ROAD : label;
    }
  }
  const labels = [ROAD, SIDEWALK, BUILDING, POLE, SIGN, VEGETATION, SKY, PERSON, RIDER, CAR, BICYCLE];
  for (let k = 0; k < 40; k++) {
    const [cx, cy, radius] = [random() * width, random() * height, 1 + (4 + 35 * random()) * scale];
    const label = labels[Math.floor(random() * labels.length)];
    for (let y = Math.max(0, Math.ceil(cy - radius)); y < Math.min(height, cy + radius); y++) {
      const half = Math.sqrt(radius ** 2 - (y - cy) ** 2);
      const row = y * width;
      prediction.fill(
        label,
        row + Math.max(0, Math.ceil(cx - half)),
        row + Math.min(width, Math.ceil(cx + half)),
      );
    }
  }
  return prediction;
}

/** A smooth curve around `middle` with waves of all lengths. */
function wave(random: () => number, middle: number, height: number): (at: number) => number {
  const parts = Array.from({ length: 7 }, (_, k) => ({
    phase: random() * 2 * Math.PI,
    frequency: 2 ** k * 2 * Math.PI / 2048 * (0.7 + 0.6 * random()),
    height: height / 1.6 ** k,
  }));
  return (at) =>
    parts.reduce((sum, part) => sum + part.height * Math.sin(part.phase + part.frequency * at), middle);
}
