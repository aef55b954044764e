/**
 * The tables of the MobileNetV3 paper (arXiv 1905.02244v5) and of its authors' READMEs, as printed, beside the
 * networks that they speak of.
 */
import type { PaperRow, PaperTable } from "./paper_table.ts";
import { CITYSCAPES_HALF_SIZE, CITYSCAPES_SIZE } from "./segmentation.ts";

const MILLION = 1e6;
const BILLION = 1e9;

const TABLE_3: PaperTable = {
  name: "table3",
  title: "ImageNet classification in floating point, 224×224",
  rule: "plain",
  batchNormCounts: true,
  rows: [
    classification("V3-Large 1.0", "mobilenetv3-large-1.0", [75.2, 219, 5.4, 51, 61, 44], {
      footnote: "table 9 and the authors' README print 217 MAdds for the same network",
    }),
    classification("V3-Large 0.75", "mobilenetv3-large-0.75", [73.3, 155, 4.0, 39, 46, 40]),
    classification("MnasNet-A1", "mnasnet-a1", [75.2, 315, 3.9, 71, 86, 61], {
      footnote: "its README's text says 312 MAdds, its README's table 315.2",
    }),
    classification("ProxylessNAS-Mobile", "proxylessnas-mobile", [74.6, 320, 4.0, 72, 84, 60], {
      footnote: "4.046M params without BatchNorm, printed as 4.0",
    }),
    classification("V2 1.0", "mobilenetv2-1.0", [72.0, 300, 3.4, 64, 76, 56], {
      footnote: "3.47M params without BatchNorm, printed as 3.4",
    }),
    classification("V3-Small 1.0", "mobilenetv3-small-1.0", [67.4, 56, 2.5, 15.8, 19.4, 14.4], {
      footnote: "table 9 prints 57 MAdds for the same network",
    }),
    classification("V3-Small 0.75", "mobilenetv3-small-0.75", [65.4, 44, 2.0, 12.8, 15.6, 11.7], {
      footnote: "2.03M params without BatchNorm, printed as 2.0",
    }),
    classification("Mnas-small", "mnasnet-small", [64.9, 65.1, 1.9, 20.3, 24.2, 17.2], {
      footnote:
        "the printed network (MnasNet-search1) was never published; counted is the one that was (66.0 %, 68M, 2.0M)",
    }),
    classification("V2 0.35", "mobilenetv2-0.35", [60.8, 59.2, 1.6, 16.6, 19.6, 13.9], {
      footnote: "1.66M params without BatchNorm, printed as 1.6",
    }),
  ],
};

const TABLE_6: PaperTable = {
  name: "table6",
  title: "SSDLite on COCO, 320×320; † halves the channels between C4 and C5",
  rule: "plain",
  batchNormCounts: false,
  rows: [
    detection("V1", "ssdlite-mobilenetv1", [22.2, 228, 5.1, 1.3], {
      footnote: "copied from the MobileNetV2 paper, which counts 80 classes",
    }),
    detection("V2", "ssdlite-mobilenetv2-1.0", [22.1, 162, 4.3, 0.8], {
      footnote: "copied from the MobileNetV2 paper, which counts 80 classes",
    }),
    detection("MnasNet", "ssdlite-mnasnet-a1-1.0", [23.0, 174, 4.88, 0.84]),
    detection("V3", "ssdlite-mobilenetv3-large", [22.0, 137, 4.97, 0.62], {
      footnote: "0.619B with h-swish counted, which no other row of this table needs",
    }),
    detection("V3†", "ssdlite-mobilenetv3-large-reduced", [22.0, 119, 3.22, 0.51]),
    detection("V2 0.35", "ssdlite-mobilenetv2-0.35", [13.7, 66, 0.93, 0.16], {
      footnote: "0.167B seems cut rather than rounded: params agree to 0.1 %",
    }),
    detection("V2 0.5", "ssdlite-mobilenetv2-0.5", [16.6, 79, 1.54, 0.27]),
    detection("MnasNet 0.35", "ssdlite-mnasnet-a1-0.35", [15.6, 68, 1.02, 0.18]),
    detection("MnasNet 0.5", "ssdlite-mnasnet-a1-0.5", [18.5, 85, 1.68, 0.29]),
    detection("V3-Small", "ssdlite-mobilenetv3-small", [16.0, 52, 2.49, 0.21]),
    detection("V3-Small†", "ssdlite-mobilenetv3-small-reduced", [16.1, 43, 1.77, 0.16]),
  ],
};

const TABLE_7: PaperTable = {
  name: "table7",
  title: "Cityscapes val, counted at 1025×2049; RF2 halves the last blocks, F is the head's filters",
  rule: "extended",
  batchNormCounts: true,
  rows: [
    segmentation("1 V2 R-ASPP F=256", "raspp-mobilenetv2-f256", [72.84, 2.11, 21.29, 3900]),
    segmentation("2 V2 RF2 R-ASPP F=256", "raspp-mobilenetv2-rf2-f256", [72.56, 1.15, 13.68, 3030]),
    segmentation("3 V2 RF2 LR-ASPP F=256", "lraspp-mobilenetv2-rf2-f256", [72.97, 1.02, 12.83, 2980]),
    segmentation("4 V2 RF2 LR-ASPP F=128", "lraspp-mobilenetv2-rf2-f128", [72.74, 0.98, 12.57, 2890]),
    segmentation("5 V3 R-ASPP F=256", "raspp-mobilenetv3-large-f256", [72.64, 3.6, 18.43, 3550]),
    segmentation("6 V3 RF2 R-ASPP F=256", "raspp-mobilenetv3-large-rf2-f256", [71.91, 1.76, 11.24, 2600]),
    segmentation("7 V3 RF2 LR-ASPP F=256", "lraspp-mobilenetv3-large-rf2-f256", [72.37, 1.63, 10.33, 2550]),
    segmentation("8 V3 RF2 LR-ASPP F=128", "lraspp-mobilenetv3-large-rf2-f128", [72.36, 1.51, 9.74, 2470]),
    segmentation("9 V2 0.5 RF2 LR-ASPP F=128", "lraspp-mobilenetv2-0.5-rf2-f128", [68.57, 0.28, 4.0, 1590]),
    segmentation(
      "10 V2 0.35 RF2 LR-ASPP F=128",
      "lraspp-mobilenetv2-0.35-rf2-f128",
      [66.83, 0.16, 2.54, 1270],
      { footnote: "0.169M params seem cut rather than rounded: MAdds agree to 0.2 %" },
    ),
    segmentation("11 V3-Small RF2 LR-ASPP F=128", "lraspp-mobilenetv3-small-rf2-f128", [
      68.38,
      0.47,
      2.9,
      1210,
    ]),
  ],
};

const HALF = { size: CITYSCAPES_HALF_SIZE };

const TABLE_8: PaperTable = {
  name: "table8",
  title: "Cityscapes test, LR-ASPP with RF2 and F=128, counted at 1025×2049 and 513×1025",
  rule: "extended",
  batchNormCounts: true,
  rows: [
    segmentation("V3 OS16 full", "lraspp-mobilenetv3-large-rf2-f128", [72.6, undefined, 9.74, 2470]),
    segmentation(
      "V3 OS16 half",
      "lraspp-mobilenetv3-large-rf2-f128",
      [undefined, undefined, 2.48, 657],
      HALF,
    ),
    segmentation("V3 OS32 full", "lraspp-mobilenetv3-large-rf2-f128-os32", [72.0, undefined, 7.74, 2060]),
    segmentation(
      "V3 OS32 half",
      "lraspp-mobilenetv3-large-rf2-f128-os32",
      [undefined, undefined, 1.98, 534],
      HALF,
    ),
    segmentation("V3-Small OS16 full", "lraspp-mobilenetv3-small-rf2-f128", [69.4, undefined, 2.9, 1210]),
    segmentation(
      "V3-Small OS16 half",
      "lraspp-mobilenetv3-small-rf2-f128",
      [undefined, undefined, 0.74, 327],
      HALF,
    ),
    segmentation("V3-Small OS32 full", "lraspp-mobilenetv3-small-rf2-f128-os32", [
      68.3,
      undefined,
      2.06,
      1030,
    ]),
    segmentation(
      "V3-Small OS32 half",
      "lraspp-mobilenetv3-small-rf2-f128-os32",
      [undefined, undefined, 0.53, 275],
      HALF,
    ),
  ],
};

const TABLE_9: PaperTable = {
  name: "table9",
  title: "MobileNetV3 at several widths and resolutions",
  rule: "plain",
  batchNormCounts: true,
  rows: [
    sweep("large", 224, 1.25, [76.6, 356, 7.5, 77.0]),
    sweep("large", 224, 1, [75.2, 217, 5.4, 51.2]),
    sweep("large", 224, 0.75, [73.3, 155, 4.0, 39.8]),
    sweep("large", 224, 0.5, [68.8, 69, 2.6, 21.7]),
    sweep("large", 224, 0.35, [64.2, 40, 2.2, 15.1], "2.2M params are not explained: counted are 2.13M"),
    sweep("large", 256, 1, [76.0, 282, 5.4, 65.6]),
    sweep("large", 192, 1, [73.7, 160, 5.4, 38.0]),
    sweep("large", 160, 1, [71.7, 112, 5.4, 27.8]),
    sweep("large", 128, 1, [68.4, 73, 5.4, 17.8]),
    sweep("large", 96, 1, [63.3, 43, 5.4, 12.5]),
    sweep(
      "small",
      224,
      1.25,
      [70.4, 91, 3.6, 23.6],
      "3.6M params are what an earlier version's last layer of 1280 gives (3.646M)",
    ),
    sweep("small", 224, 1, [67.5, 57, 2.5, 15.8]),
    sweep("small", 224, 0.75, [65.4, 44, 2.0, 12.8]),
    sweep("small", 224, 0.5, [58.0, 21, 1.6, 7.7]),
    sweep("small", 224, 0.35, [49.8, 12, 1.4, 5.7], "12.8M MAdds seem cut rather than rounded"),
    sweep("small", 256, 1, [68.5, 74, 2.5, 20.0]),
    sweep("small", 160, 1, [62.8, 30, 2.5, 8.6]),
    sweep("small", 128, 1, [57.3, 20, 2.5, 5.8]),
    sweep("small", 96, 1, [51.7, 12, 2.5, 4.4]),
  ],
};

/** TF-slim's networks have a class for the background and are counted without BatchNorm. */
const SLIM = { classes: 1001, batchNormCounts: false };

const READMES: PaperTable = {
  name: "readmes",
  title: "What the authors' READMEs and papers print, 224×224",
  rule: "plain",
  batchNormCounts: true,
  rows: [
    classification("V1 1.0 (TF-slim README)", "mobilenetv1-1.0", [undefined, 569, 4.24], { classes: 1001 }),
    classification("V2 1.0 (TF-slim README)", "mobilenetv2-1.0", [71.8, 300, 3.47], SLIM),
    classification("V2 0.5 (TF-slim README)", "mobilenetv2-0.5", [undefined, 97, 1.95], SLIM),
    classification("V2 0.35 (TF-slim README)", "mobilenetv2-0.35", [60.3, 59, 1.66], SLIM),
    classification(
      "V3-Large minimalistic (TF-slim README)",
      "mobilenetv3-large-minimalistic",
      [72.3, 209, 3.9, 44.1, 51, 35],
      SLIM,
    ),
    classification(
      "V3-Small minimalistic (TF-slim README)",
      "mobilenetv3-small-minimalistic",
      [61.9, 65, 2.0, 12.2, 15.1, 11],
      {
        ...SLIM,
        footnote:
          "65M MAdds are not reproduced: counted are 52.3M; the README also keeps 66 for V3-Small, since corrected to 56",
      },
    ),
    classification("MnasNet-A1 (README text)", "mnasnet-a1", [undefined, 312, 3.9]),
    classification("MnasNet-small (README text)", "mnasnet-small", [66.0, 68, 2.0]),
    classification("ProxylessNAS-Mobile (MnasNet paper)", "proxylessnas-mobile", [undefined, 320, 4.1]),
  ],
};

/** Every table. */
export const PAPER_TABLES: readonly PaperTable[] = [TABLE_3, TABLE_6, TABLE_7, TABLE_8, TABLE_9, READMES];

type RowOptions = Omit<PaperRow, "label" | "network" | "printed">;

/** Top-1, MAdds in millions, params in millions, milliseconds on Pixel 1, 2, 3. */
function classification(
  label: string,
  network: string,
  [quality, madds, params, pixel1, pixel2, pixel3]: readonly [
    top1: number | undefined,
    madds: number,
    params: number,
    pixel1?: number,
    pixel2?: number,
    pixel3?: number,
  ],
  options: RowOptions = {},
): PaperRow {
  return {
    label,
    network,
    printed: { quality, madds: madds * MILLION, params: params * MILLION, pixel1, pixel2, pixel3 },
    ...options,
  };
}

/** mAP, milliseconds on Pixel 1, params in millions, MAdds in billions: the paper's columns. */
function detection(
  label: string,
  network: string,
  [quality, pixel1, params, madds]: readonly [map: number, pixel1: number, params: number, madds: number],
  options: RowOptions = {},
): PaperRow {
  return {
    label,
    network,
    printed: { quality, madds: madds * BILLION, params: params * MILLION, pixel1 },
    ...options,
  };
}

/** mIoU, params in millions, MAdds in billions, milliseconds on Pixel 3. */
function segmentation(
  label: string,
  network: string,
  [quality, params, madds, pixel3]: readonly [
    miou: number | undefined,
    params: number | undefined,
    madds: number,
    pixel3: number,
  ],
  options: RowOptions = {},
): PaperRow {
  return {
    label,
    network,
    size: CITYSCAPES_SIZE,
    printed: {
      quality,
      madds: madds * BILLION,
      params: params === undefined ? undefined : params * MILLION,
      pixel3,
    },
    ...options,
  };
}

/** Top-1, MAdds in millions, params in millions, milliseconds on Pixel 1. */
function sweep(
  size: "large" | "small",
  resolution: number,
  width: number,
  [quality, madds, params, pixel1]: readonly [top1: number, madds: number, params: number, pixel1: number],
  footnote?: string,
): PaperRow {
  const multiplier = Number.isInteger(width) ? width.toFixed(1) : String(width);
  return {
    label: `V3-${size === "large" ? "Large" : "Small"} ${resolution}/${multiplier}`,
    network: `mobilenetv3-${size}-${multiplier}`,
    size: [resolution, resolution],
    printed: { quality, madds: madds * MILLION, params: params * MILLION, pixel1 },
    footnote,
  };
}
