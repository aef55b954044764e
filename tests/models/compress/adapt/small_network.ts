/** A small network with residuals, squeeze-and-excitation and a head, for tests. */
import { mobileNetV3 } from "../../../../core/backbones/mod.ts";
import { bindWeights, GraphBuilder, randomWeights } from "../../../../core/graph/mod.ts";
import { VOC_21 } from "../../../../datasets/voc/labels.ts";
import { lrAspp } from "../../../../heads/mod.ts";
import type { CalibrationImage } from "../../../../models/compress/adapt/calibration.ts";
import type { Network } from "../../../../models/mod.ts";
import { noise } from "../../../core/graph/finite_differences.ts";

const SIDE = 64;

/** V3-Small of a width, with an LR-ASPP decoder and random weights. */
export function smallNetwork(width = 1): Network {
  const g = new GraphBuilder();
  const image = g.preprocess(g.image(), { resize: "antialias", mean: [127, 127, 127], std: [64, 64, 64] });
  const taps = mobileNetV3(g, image, { size: "small", width, head: false });
  const head = lrAspp({ classes: VOC_21.length, high: "C4.end", low: "C2.end", filters: 32 });
  const graph = g.finish({ "segment.logits": head.build(g, taps).logits });
  return {
    graph,
    weights: bindWeights(graph, randomWeights(graph, 5), "random"),
    tasks: { segment: { head, labels: VOC_21 } },
    inputSize: { kind: "exact", height: SIDE, width: SIDE },
    sizeGrid: { height: { step: 32 }, width: { step: 32 } },
  };
}

/** Images of noise, as the network is fed them. */
export function noiseImages(count: number): CalibrationImage[] {
  return Array.from({ length: count }, (_, seed) => {
    const data = Uint8Array.from(noise(SIDE * SIDE * 3, seed + 1), (value) => 127 + 120 * value);
    const size = BigInt64Array.of(BigInt(SIDE), BigInt(SIDE));
    return {
      path: `${seed}.png`,
      feeds: { image: { shape: [1, SIDE, SIDE, 3], data }, size: { shape: [2], data: size } },
    };
  });
}
