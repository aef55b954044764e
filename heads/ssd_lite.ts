/**
 * SSDLite: boxes from six feature maps, predicted by separable convolutions.
 *
 * Sandler et al., "MobileNetV2: Inverted Residuals and Linear Bottlenecks", §6.2; Howard et al., "Searching for
 * MobileNetV3", §6.3; torchvision `SSDLiteHead` and `SSDLiteFeatureExtractorMobileNet`.
 */
import { tap, type Taps } from "../core/backbones/taps.ts";
import type { ConvOptions, Extent, GraphBuilder, Padding, Value } from "../core/graph/mod.ts";
import { modelError } from "../core/errors.ts";
import { type AnchorSet, layAnchors, parseAnchors } from "./anchors.ts";
import type { Detections, DetectionSettings } from "./detections.ts";
import type { Decoder, Head, OutputKind } from "./head.ts";
import { decodeSsd } from "./ssd_detections.ts";

/** Input pixels per cell of the first map; each further map has half as many cells, rounded up. */
const FIRST_STRIDE = 16;

/** The geometry of an SSDLite head. */
export interface SsdLiteOptions {
  /** The number of classes, without the background. */
  readonly classes: number;
  /** The shapes at each cell of each of the six maps. */
  readonly anchors: AnchorSet;
  /** The taps of the backbone's two maps, at strides 16 and 32. @default {["C4.expand", "C5"]} */
  readonly features?: readonly [string, string];
  /** The width multiplier of the head's own four maps. @default {1} */
  readonly width?: number;
  /** @default {"same"} */
  readonly padding?: Padding;
  /** BatchNorm's ε. @default {1e-3} */
  readonly epsilon?: number;
  /**
   * How logits become scores: torchvision trains with softmax, TensorFlow's detection models with sigmoid.
   * @default {"softmax"}
   */
  readonly scores?: "softmax" | "sigmoid";
  /** The maximum number of boxes of one class that enter suppression. @default {300} */
  readonly candidates?: number;
  /** The IoU above which boxes are suppressed, unless the settings say otherwise. @default {0.55} */
  readonly iou?: number;
}

/** Channels of the maps that the head computes itself. */
const EXTRA_DEPTHS = [512, 256, 256, 128];

/** The spec of {@linkcode SSD_OUTPUTS}. */
export interface AnchorSpec {
  readonly kind: "anchors";
  readonly anchors: AnchorSet;
  /** The maximum number of boxes of one class that enter suppression. */
  readonly candidates: number;
  /** The IoU above which boxes are suppressed, unless the settings say otherwise. */
  readonly iou: number;
}

/** The outputs `scores`, `[1, A, K + 1]`, and `boxes`, `[1, A, 4]`: objects near anchors. */
export const SSD_OUTPUTS: OutputKind<AnchorSpec, DetectionSettings, Detections> = {
  kind: "anchors",
  outputs: () => ({ scores: [1, "anchors", "classes + 1"], boxes: [1, "anchors", 4] }),
  parse({ anchors, candidates, iou }, fail) {
    if (!isBetween(candidates, 1, 1e6)) return fail("candidates is invalid");
    if (!isBetween(iou, 0, 1)) return fail("iou must be between 0 and 1");
    return { kind: "anchors", anchors: parseAnchors(anchors, fail), candidates, iou };
  },
  decoder: ssdDecoder,
};

function isBetween(value: unknown, min: number, max: number): value is number {
  return typeof value === "number" && value >= min && value <= max;
}

/** An SSDLite detection head. Class k of its result is logit k + 1, after the background. */
export function ssdLite(options: SsdLiteOptions): Head<DetectionSettings, Detections> {
  const { anchors, candidates = 300, iou = 0.55 } = options;
  const spec: AnchorSpec = { kind: "anchors", anchors, candidates, iou };
  return { build: (g, taps) => buildSsdLite(g, taps, options), ...ssdDecoder(spec) };
}

/**
 * Decodes the outputs of an SSDLite head. Its anchors are laid again only when the size of the input changes.
 *
 * @throws {BneckError} when decoding, if the network returns another number of boxes than there are anchors
 */
export function ssdDecoder(spec: AnchorSpec): Decoder<DetectionSettings, Detections> {
  const { anchors, candidates, iou } = spec;
  let laid: { readonly size: Extent; readonly boxes: Float32Array } | undefined;
  return {
    spec,
    decode({ scores, boxes }, view, settings) {
      const size: Extent = [view.inputHeight, view.inputWidth];
      // Before anything is laid: a file may name any number of anchors.
      const grids = featureGrids(size, anchors.shapes.length);
      const count = grids.reduce((sum, [h, w], map) => sum + h * w * anchors.shapes[map].length, 0);
      if (scores.shape[1] !== count) {
        throw modelError(
          `the detector returns ${scores.shape[1]} boxes for an input of ${
            size.join("×")
          }, which has ${count} anchors`,
        );
      }
      if (laid?.size.join() !== size.join()) {
        laid = { size, boxes: layAnchors(anchors, grids, size) };
      }
      return decodeSsd(scores, boxes, laid!.boxes, view, {
        ...settings,
        iou: settings.iou ?? iou,
        candidates,
      });
    },
  };
}

/** The height and width in cells of every feature map for an input of `height` × `width` pixels. */
export function featureGrids([height, width]: Extent, maps: number): Extent[] {
  return Array.from({ length: maps }, (_, map) => {
    const stride = FIRST_STRIDE * 2 ** map;
    return [Math.ceil(height / stride), Math.ceil(width / stride)];
  });
}

function buildSsdLite(g: GraphBuilder, taps: Taps, options: SsdLiteOptions): Record<string, Value> {
  const { classes, anchors, width = 1, padding = "same", features = ["C4.expand", "C5"] } = options;
  const style = { batchNorm: { epsilon: options.epsilon ?? 1e-3 }, activation: "relu6", padding } as const;
  const depth = (channels: number) => Math.max(16, Math.floor(channels * width));

  const maps = features.map((name) => tap(taps, name));
  EXTRA_DEPTHS.forEach((channels, index) => {
    maps.push(extraMap(g, maps[maps.length - 1], `detect.extra${index + 1}`, {
      reduced: depth(channels / 2),
      channels: depth(channels),
    }, style));
  });
  if (maps.length !== anchors.shapes.length) {
    throw new RangeError(`${maps.length} feature maps, but anchors for ${anchors.shapes.length}`);
  }

  const predict = (kind: "boxes" | "scores", columns: number) =>
    g.concat(
      kind === "boxes" ? "detect.boxes" : "detect.logits",
      maps.map((map, index) => {
        const name = `detect.map${index + 1}.${kind}`;
        const depthwise = g.depthwise(map, { name: `${name}.depthwise`, kernel: 3, ...style });
        const channels = anchors.shapes[index].length * columns;
        const predicted = g.conv(depthwise, { name: `${name}.predict`, channels, kernel: 1 });
        return g.anchorRows(`${name}.rows`, predicted, columns);
      }),
    );
  const boxes = predict("boxes", 4);
  const logits = predict("scores", classes + 1);
  const scores = options.scores === "sigmoid"
    ? g.activation("detect.scores", logits, "sigmoid")
    : g.softmax("detect.scores", logits, 2);
  return { boxes, scores };
}

/** A map with half the cells of `input`, by a separable convolution between two 1×1 ones. */
function extraMap(
  g: GraphBuilder,
  input: Value,
  name: string,
  { reduced, channels }: { readonly reduced: number; readonly channels: number },
  style: Pick<ConvOptions, "batchNorm" | "activation" | "padding">,
): Value {
  const narrow = g.conv(input, { name: `${name}.reduce`, channels: reduced, kernel: 1, ...style });
  const moved = g.depthwise(narrow, { name: `${name}.depthwise`, kernel: 3, stride: 2, ...style });
  return g.conv(moved, { name: `${name}.expand`, channels, kernel: 1, ...style });
}
