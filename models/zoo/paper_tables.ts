/**
 * The tables of the MobileNetV3 paper (arXiv 1905.02244v5) and of its authors' READMEs, as printed, beside the
 * networks that they speak of.
 */
import type { Extent } from "../../core/graph/mod.ts";

/** The names of the tables. */
export type PaperTableName = "table3" | "table4" | "table6" | "table7" | "table8" | "table9" | "readmes";

/** A table and how its figures were counted. */
export interface PaperTable {
  readonly name: PaperTableName;
  readonly title: string;
  /** Whether h-swish and the final upsampling count as MAdds. */
  readonly rule: "plain" | "extended";
  /** Whether BatchNorm's scale and shift count as parameters, where a row does not say otherwise. */
  readonly batchNormCounts: boolean;
  /** Whether its times are of networks in int8. @default {false} */
  readonly int8?: boolean;
  readonly rows: readonly PaperRow[];
}

/** A row of a table. */
export interface PaperRow {
  readonly label: string;
  /** The network's name. */
  readonly network: string;
  /** The size it was counted at, where that is not the network's own. */
  readonly size?: Extent;
  /** The number of classes it was counted with, where that is not the network's own. */
  readonly classes?: number;
  /** Overrides the table's. */
  readonly batchNormCounts?: boolean;
  readonly printed: PrintedFigures;
  /** Why a printed figure cannot be reproduced. */
  readonly footnote?: string;
}

/** What a row prints; what it leaves out is absent. */
export interface PrintedFigures {
  readonly madds?: number;
  readonly params?: number;
  /** Top-1 accuracy, mAP or mIoU, in percent. */
  readonly quality?: number;
  /** Milliseconds on one large core of a phone. */
  readonly pixel1?: number;
  readonly pixel2?: number;
  readonly pixel3?: number;
}

/** The redesigns of the paper whose effect can be measured. */
export const EFFECTS = ["nonlinearity", "last-stage", "se"] as const;

/** One of {@linkcode EFFECTS}. */
export type EffectName = typeof EFFECTS[number];

/** What table 5 prints. */
export interface PrintedLatency {
  /** In percent. */
  readonly top1: number;
  /** Milliseconds on Pixel 1. */
  readonly pixel1: number;
  /** The same where h-swish is computed operator by operator. */
  readonly pixel1Unfused: number;
}

/** Table 5, by the number of channels from which h-swish is used. */
export const TABLE_5: Readonly<Record<string, PrintedLatency>> = {
  published: { top1: 75.2, pixel1: 51.4, pixel1Unfused: 57.5 },
  Infinity: { top1: 74.5, pixel1: 50.5, pixel1Unfused: 50.5 },
  16: { top1: 75.4, pixel1: 53.5, pixel1Unfused: 68.9 },
  112: { top1: 75.0, pixel1: 51.0, pixel1Unfused: 54.4 },
};

/** The paper says 1024×2048; its counts fit DeepLab's crops, which are one pixel larger. */
export const CITYSCAPES_SIZE = [1025, 2049] as const;

/** Half of it along each side. */
const CITYSCAPES_HALF_SIZE = [513, 1025] as const;

type RowOptions = Omit<PaperRow, "label" | "network" | "printed">;

/** Makes rows of a kind of table from its columns, in the order of the paper; params are in millions, MAdds in `unit`. */
function rows(unit: number, columns: readonly (keyof PrintedFigures)[], common: RowOptions = {}) {
  const units: PrintedFigures = { madds: unit, params: 1e6 };
  return (
    label: string,
    network: string,
    figures: readonly (number | undefined)[],
    options: RowOptions = {},
  ): PaperRow => {
    const printed = columns.flatMap((column, index) => {
      const figure = figures[index];
      return figure === undefined ? [] : [[column, figure * (units[column] ?? 1)]];
    });
    return { label, network, printed: Object.fromEntries(printed), ...common, ...options };
  };
}

const classification = rows(1e6, ["quality", "madds", "params", "pixel1", "pixel2", "pixel3"]);
const detection = rows(1e9, ["quality", "pixel1", "params", "madds"]);
const segmentation = rows(1e9, ["quality", "params", "madds", "pixel3"], { size: CITYSCAPES_SIZE });

/** A row of table 9. */
function sweep(
  size: "large" | "small",
  resolution: number,
  width: number,
  figures: readonly [top1: number, madds: number, params: number, pixel1: number],
  footnote?: string,
): PaperRow {
  const multiplier = Number.isInteger(width) ? width.toFixed(1) : String(width);
  return classification(
    `V3-${size === "large" ? "Large" : "Small"} ${resolution}/${multiplier}`,
    `mobilenetv3-${size}-${multiplier}`,
    figures,
    { size: [resolution, resolution], footnote },
  );
}

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

const quantized = rows(1e6, ["quality", "pixel1", "pixel2", "pixel3"]);

const TABLE_4: PaperTable = {
  name: "table4",
  title: "ImageNet classification in 8 bits, 224×224",
  rule: "plain",
  batchNormCounts: true,
  int8: true,
  rows: [
    quantized("V3-Large 1.0", "mobilenetv3-large-1.0", [73.8, 44, 42.5, 31.7]),
    quantized("V2 1.0", "mobilenetv2-1.0", [70.9, 52, 48.3, 37.0]),
    quantized("V3-Small 1.0", "mobilenetv3-small-1.0", [64.9, 15.5, 14.9, 10.7]),
    quantized("V2 0.35", "mobilenetv2-0.35", [57.2, 16.7, 15.6, 11.9]),
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

// deno-fmt-ignore
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
    segmentation("10 V2 0.35 RF2 LR-ASPP F=128", "lraspp-mobilenetv2-0.35-rf2-f128", [66.83, 0.16, 2.54, 1270], { footnote: "0.169M params seem cut rather than rounded: MAdds agree to 0.2 %" }),
    segmentation("11 V3-Small RF2 LR-ASPP F=128", "lraspp-mobilenetv3-small-rf2-f128", [68.38, 0.47, 2.9, 1210]),
  ],
};

const HALF = { size: CITYSCAPES_HALF_SIZE };

// deno-fmt-ignore
const TABLE_8: PaperTable = {
  name: "table8",
  title: "Cityscapes test, LR-ASPP with RF2 and F=128, counted at 1025×2049 and 513×1025",
  rule: "extended",
  batchNormCounts: true,
  rows: [
    segmentation("V3 OS16 full", "lraspp-mobilenetv3-large-rf2-f128", [72.6, undefined, 9.74, 2470]),
    segmentation("V3 OS16 half", "lraspp-mobilenetv3-large-rf2-f128", [undefined, undefined, 2.48, 657], HALF),
    segmentation("V3 OS32 full", "lraspp-mobilenetv3-large-rf2-f128-os32", [72.0, undefined, 7.74, 2060]),
    segmentation("V3 OS32 half", "lraspp-mobilenetv3-large-rf2-f128-os32", [undefined, undefined, 1.98, 534], HALF),
    segmentation("V3-Small OS16 full", "lraspp-mobilenetv3-small-rf2-f128", [69.4, undefined, 2.9, 1210]),
    segmentation("V3-Small OS16 half", "lraspp-mobilenetv3-small-rf2-f128", [undefined, undefined, 0.74, 327], HALF),
    segmentation("V3-Small OS32 full", "lraspp-mobilenetv3-small-rf2-f128-os32", [68.3, undefined, 2.06, 1030]),
    segmentation("V3-Small OS32 half", "lraspp-mobilenetv3-small-rf2-f128-os32", [undefined, undefined, 0.53, 275], HALF),
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
export const PAPER_TABLES: readonly PaperTable[] = [
  TABLE_3,
  TABLE_4,
  TABLE_6,
  TABLE_7,
  TABLE_8,
  TABLE_9,
  READMES,
];
