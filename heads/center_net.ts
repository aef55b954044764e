/**
 * CenterNet: objects as peaks of a heat map per class, with the distances from the peak to the box's sides.
 *
 * Zhou et al., "Objects as Points", 2019; the head of github.com/610265158/mobilenetv3_centernet.
 */
import { tap, type Taps } from "../core/backbones/taps.ts";
import type { GraphBuilder, Value } from "../core/graph/mod.ts";
import {
  type Detections,
  type DetectionSettings,
  nonMaximumSuppression,
  selectDetections,
} from "./detections.ts";
import type { Head, HeadOutputs, ImageView, OutputKind } from "./head.ts";
import { PeakHeap } from "./peak_heap.ts";

/** Input pixels per cell of the heat map. */
const STRIDE = 4;

/** The network predicts distances in units of this many pixels. */
const DISTANCE_UNIT = 16;

/** slim's default. The published weights have it folded in, so only parameter counts depend on it. */
const BATCH_NORM = { epsilon: 1e-5 };

/** The geometry of a CenterNet head: the features it joins, from coarse to fine. */
export interface CenterNetOptions {
  readonly classes: number;
  /** The tap at stride 32. */
  readonly coarse: string;
  /** Channels of the head's 1×1 convolution of `coarse`. */
  readonly neck: number;
  /** The taps at strides 16, 8 and 4, each with the channels that it and the coarser features contribute. */
  readonly laterals: readonly { readonly tap: string; readonly channels: number }[];
}

/** The outputs `heatmap`, logits `[1, K, h, w]`, and `distances`, `[1, 4, h, w]`: objects as peaks of the heat map. */
export const CENTER_NET_OUTPUTS: OutputKind<{ readonly kind: "peaks" }, DetectionSettings, Detections> = {
  kind: "peaks",
  outputs: () => ({ heatmap: [1, "classes", "height", "width"], distances: [1, 4, "height", "width"] }),
  parse: () => ({ kind: "peaks" }),
  decoder: (spec) => ({ spec, decode: decodeCenterNet }),
};

/** A CenterNet detection head. */
export function centerNet(options: CenterNetOptions): Head<DetectionSettings, Detections> {
  return {
    build: (g, taps) => buildCenterNet(g, taps, options),
    ...CENTER_NET_OUTPUTS.decoder({ kind: "peaks" }),
  };
}

function buildCenterNet(g: GraphBuilder, taps: Taps, options: CenterNetOptions): Record<string, Value> {
  let x = g.conv(tap(taps, options.coarse), {
    name: "detect.neck",
    channels: options.neck,
    kernel: 1,
    batchNorm: BATCH_NORM,
    activation: "h-swish",
  });
  options.laterals.forEach(({ tap: name, channels }, index) => {
    const level = `detect.level${4 - index}`;
    const lateral = lateralBranch(g, tap(taps, name), `${level}.lateral`, channels);
    const upsampled = g.resize(
      `${level}.upsample`,
      widen(g, x, `${level}.coarse`, channels),
      { factor: 2 },
      "asymmetric",
    );
    x = g.activation(`${level}.relu`, g.concat(`${level}.concat`, [lateral, upsampled]), "relu");
  });

  const mean = g.globalAveragePool("detect.attention.pool", x);
  const squeezed = g.conv(mean, {
    name: "detect.attention.squeeze",
    channels: x.channels / 4,
    kernel: 1,
    batchNorm: BATCH_NORM,
    activation: "relu",
  });
  const gate = g.conv(squeezed, {
    name: "detect.attention.excite",
    channels: x.channels,
    kernel: 1,
    bias: false,
    activation: "sigmoid",
  });
  const attended = g.multiply("detect.attention.scale", x, gate);
  const output = (name: string, channels: number) =>
    g.conv(g.depthwise(attended, { name: `${name}.depthwise`, kernel: 3, padding: "same", bias: false }), {
      name: `${name}.pointwise`,
      channels,
      kernel: 1,
    });
  return { heatmap: output("detect.heatmap", options.classes), distances: output("detect.distances", 4) };
}

function lateralBranch(g: GraphBuilder, input: Value, name: string, channels: number): Value {
  const reduced = g.conv(input, {
    name: `${name}.reduce`,
    channels: input.channels / 4,
    kernel: 1,
    batchNorm: BATCH_NORM,
    activation: "relu",
  });
  return separable(g, reduced, name, 5, channels);
}

/** The sum of a 3×3 and a 5×5 separable convolution. */
function widen(g: GraphBuilder, input: Value, name: string, channels: number): Value {
  return g.add(
    `${name}.add`,
    separable(g, input, `${name}.branch3`, 3, channels),
    separable(g, input, `${name}.branch5`, 5, channels),
  );
}

function separable(g: GraphBuilder, input: Value, name: string, kernel: number, channels: number): Value {
  const depthwise = g.depthwise(input, { name: `${name}.depthwise`, kernel, padding: "same", bias: false });
  return g.conv(depthwise, { name: `${name}.pointwise`, channels, kernel: 1, batchNorm: BATCH_NORM });
}

/**
 * Decodes boxes from the heat map's logits `[1, K, h, w]` and the distances `[1, 4, h, w]`: the cells that are the largest
 * of their 3×3 neighbourhood, the `max` best of all classes.
 */
export function decodeCenterNet(
  { heatmap, distances }: HeadOutputs,
  view: ImageView,
  settings: DetectionSettings,
): Detections {
  const [, classes, height, width] = heatmap.shape;
  const peaks = findPeaks(heatmap.data, { classes, height, width }, {
    min: logit(settings.score),
    max: settings.max,
    wanted: settings.classes,
  });

  const detections = {
    count: peaks.length,
    boxes: new Float32Array(peaks.length * 4),
    scores: new Float32Array(peaks.length),
    classes: new Int32Array(peaks.length),
  };
  const plane = height * width;
  const scaleX = view.width / view.inputWidth;
  const scaleY = view.height / view.inputHeight;
  peaks.forEach((index, row) => {
    const cell = index % plane;
    const x = (cell % width) * STRIDE;
    const y = Math.floor(cell / width) * STRIDE;
    const distance = (side: number) => distances.data[side * plane + cell] * DISTANCE_UNIT;
    detections.boxes[row * 4] = (x - distance(0)) * scaleX;
    detections.boxes[row * 4 + 1] = (y - distance(1)) * scaleY;
    detections.boxes[row * 4 + 2] = (x + distance(2)) * scaleX;
    detections.boxes[row * 4 + 3] = (y + distance(3)) * scaleY;
    detections.scores[row] = 1 / (1 + Math.exp(-heatmap.data[index]));
    detections.classes[row] = Math.floor(index / plane);
  });
  return settings.iou === undefined
    ? detections
    : selectDetections(detections, nonMaximumSuppression(detections, settings.iou));
}

/**
 * The flat indices of the largest local maxima of `[classes, height, width]`, best first; of equal values the first in the
 * order row, column, class, in which the published network reads its heat map.
 *
 * @param options.min the minimum value
 * @param options.max the maximum number of maxima
 * @param options.wanted the only classes to look at; absent, all
 */
export function findPeaks(
  logits: Float32Array,
  { classes, height, width }: { readonly classes: number; readonly height: number; readonly width: number },
  { min, max, wanted }: {
    readonly min: number;
    readonly max: number;
    readonly wanted?: ReadonlySet<number>;
  },
): number[] {
  const plane = height * width;
  const heap = new PeakHeap(max, (index) => (index % plane) * classes + Math.floor(index / plane));
  let threshold = min;
  const offer = (at: number) => {
    if (logits[at] >= threshold && isPeak(logits, at, width, height)) {
      threshold = Math.max(min, heap.offer(at, logits[at]));
    }
  };
  for (let channel = 0; channel < classes; channel++) {
    if (wanted && !wanted.has(channel)) continue;
    const end = (channel + 1) * plane;
    let at = channel * plane;
    // Nearly all cells are below the threshold, eight at a time.
    for (; at + 8 <= end; at += 8) {
      if (
        logits[at] >= threshold || logits[at + 1] >= threshold ||
        logits[at + 2] >= threshold || logits[at + 3] >= threshold ||
        logits[at + 4] >= threshold || logits[at + 5] >= threshold ||
        logits[at + 6] >= threshold || logits[at + 7] >= threshold
      ) { for (let i = at; i < at + 8; i++) offer(i); }
    }
    for (; at < end; at++) offer(at);
  }
  return heap.sorted();
}

/** Whether none of the neighbours of a cell in planes `[height, width]` is larger. */
function isPeak(logits: Float32Array, at: number, width: number, height: number): boolean {
  const value = logits[at];
  const x = at % width;
  const y = Math.floor(at / width) % height;
  const left = x > 0 ? -1 : 0;
  const right = x < width - 1 ? 1 : 0;
  const above = y > 0 ? -width : 0;
  const below = y < height - 1 ? width : 0;
  return !(
    logits[at + left] > value || logits[at + right] > value ||
    logits[at + above] > value || logits[at + below] > value ||
    logits[at + above + left] > value || logits[at + above + right] > value ||
    logits[at + below + left] > value || logits[at + below + right] > value
  );
}

function logit(probability: number): number {
  return probability <= 0 ? -Infinity : Math.log(probability / (1 - probability));
}
