import assert from "node:assert/strict";
import {
  mnasNet,
  mobileNetV1,
  mobileNetV2,
  mobileNetV3,
  type OutputStride,
  proxylessNas,
  tap,
  type Taps,
} from "../../../core/backbones/mod.ts";
import type { GraphBuilder, Value } from "../../../core/graph/mod.ts";
import { built, shapesAt } from "./describe_blocks.ts";

type Build = (g: GraphBuilder, image: Value, outputStride?: OutputStride) => Taps;

/** Each with the channels of C1, C2.end.depthwise, C2.end, C3.end, C4.expand, C4.end and C5. */
const BACKBONES: Record<string, readonly [Build, readonly number[]]> = {
  "MobileNetV1": [
    (g, x, outputStride) => mobileNetV1(g, x, { outputStride }),
    [128, 256, 256, 512, 512, 1024, 1024],
  ],
  "MobileNetV2": [
    (g, x, outputStride) => mobileNetV2(g, x, { outputStride }),
    [24, 192, 32, 96, 576, 320, 1280],
  ],
  "MobileNetV2 0.35, narrow head": [
    (g, x, outputStride) => mobileNetV2(g, x, { outputStride, width: 0.35, narrowHead: true }),
    [8, 96, 16, 32, 192, 112, 448],
  ],
  "MobileNetV3-Large": [
    (g, x, outputStride) => mobileNetV3(g, x, { size: "large", outputStride }),
    [24, 120, 40, 112, 672, 160, 960],
  ],
  "MobileNetV3-Small": [
    (g, x, outputStride) => mobileNetV3(g, x, { size: "small", outputStride }),
    [16, 88, 24, 48, 288, 96, 576],
  ],
  "MobileNetV3-Large for detection": [
    (g, x, outputStride) => mobileNetV3(g, x, { size: "large", tail: "detection", outputStride }),
    [24, 120, 40, 112, 672, 80, 480],
  ],
  "MobileNetV3-Small for segmentation": [
    (g, x, outputStride) => mobileNetV3(g, x, { size: "small", tail: "segmentation", outputStride }),
    [16, 88, 24, 48, 144, 48, 288],
  ],
  "MnasNet-A1": [
    (g, x, outputStride) => mnasNet(g, x, { variant: "A1", outputStride }),
    [24, 120, 40, 112, 672, 320, 1280],
  ],
  "MnasNet-A1 0.5, scaled head": [
    (g, x, outputStride) => mnasNet(g, x, { variant: "A1", outputStride, width: 0.5, scaleHead: true }),
    [16, 72, 24, 56, 336, 160, 640],
  ],
  "MnasNet-B1": [
    (g, x, outputStride) => mnasNet(g, x, { variant: "B1", outputStride }),
    [24, 120, 40, 96, 576, 320, 1280],
  ],
  "MnasNet-small": [
    (g, x, outputStride) => mnasNet(g, x, { variant: "small", outputStride }),
    [16, 96, 16, 32, 192, 144, 1280],
  ],
  "ProxylessNAS-Mobile": [
    (g, x, outputStride) => proxylessNas(g, x, { target: "mobile", outputStride }),
    [32, 120, 40, 96, 576, 320, 1280],
  ],
  "ProxylessNAS-CPU": [
    (g, x, outputStride) => proxylessNas(g, x, { target: "cpu", outputStride }),
    [32, 144, 48, 104, 624, 360, 1432],
  ],
  "ProxylessNAS-GPU": [
    (g, x, outputStride) => proxylessNas(g, x, { target: "gpu", outputStride }),
    [32, 168, 56, 128, 768, 432, 1728],
  ],
};

for (const [name, [build, channels]] of Object.entries(BACKBONES)) {
  Deno.test(`${name}: taps have the channels and the strides of their names`, () => {
    for (const outputStride of [undefined, 32, 16, 8] as const) {
      const { graph, taps } = built((g, image) => build(g, image, outputStride));
      const names = ["C1", "C2.end.depthwise", "C2.end", "C3.end", "C4.expand", "C4.end", "C5"];
      assert.deepEqual(names.map((name) => tap(taps, name).channels), channels);

      const shapes = shapesAt(graph, 193, 97);
      const strides = {
        "C1": 4,
        "C2": 8,
        "C2.end": 8,
        "C3": 16,
        "C3.end": 16,
        "C4": 32,
        "C4.end": 32,
        "C5": 32,
      };
      for (const [name, stride] of Object.entries(strides)) {
        const actual = Math.min(stride, outputStride ?? 32);
        const [, , height, width] = shapes.get(tap(taps, name).layer)!;
        assert.deepEqual([height, width], [Math.ceil(193 / actual), Math.ceil(97 / actual)], name);
      }
      const [, , height] = shapes.get(tap(taps, "C4.expand").layer)!;
      assert.equal(height, Math.ceil(193 / Math.min(16, outputStride ?? 32)));
    }
  });
}

Deno.test("without the head there is no C5", () => {
  const backbones: ((g: GraphBuilder, image: Value) => Taps)[] = [
    (g, image) => mobileNetV2(g, image, { head: false }),
    (g, image) => mobileNetV3(g, image, { size: "small", head: false }),
    (g, image) => mnasNet(g, image, { variant: "A1", head: false }),
  ];
  for (const build of backbones) {
    const { graph, taps } = built(build);
    assert.ok(!("C5" in taps) && "C4.end" in taps);
    assert.ok(!graph.layers.some((layer) => layer.name === "backbone.head"));
  }
});

Deno.test("a tap that does not exist is answered with those that do", () => {
  const { taps } = built((g, image) => mobileNetV1(g, image));
  assert.throws(() => tap(taps, "C9"), /unknown tap C9; known taps: C1, C1\.expand, .*C5/);
});
