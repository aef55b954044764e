/** The segmentation decoders of the embedded model: what each was trained for, and the sizes it works at. */
import type { OutputStride } from "../../core/backbones/mod.ts";
import { CAMVID_11 } from "../../datasets/camvid/labels.ts";
import { VOC_21 } from "../../datasets/voc/labels.ts";
import type { LrAsppOptions } from "../../heads/mod.ts";
import type { InputSize, SizeGrid } from "../input_size.ts";
import type { SegmentationLabel } from "../network.ts";

/**
 * A trained decoder, by its weights. The street decoder exists with copies of the backbone's last three blocks of its
 * own (`street`), and on the detector's (`street-shared`), which costs less beside it.
 */
export type DecoderForm = "everyday" | "street" | "street-shared";

/** The first block of which a decoder may have its own copy. */
export const TAIL_FROM = 13;

/** A decoder: its classes, its geometry and where its weights are. */
export interface EmbeddedDecoder {
  readonly labels: readonly SegmentationLabel[];
  /** Pixels per cell of the coarse features; below 32, the last blocks are dilated. */
  readonly outputStride: OutputStride;
  /** Whether it has copies of the last three blocks, trained with it. */
  readonly ownTail: boolean;
  /** The files of its weights, in `models/weights`. */
  readonly files: { readonly head: string; readonly tail?: string };
  /** The size of its input, alone and beside the detector. */
  readonly alone: Placement;
  readonly besideDetector: Placement;
}

/** The input of a network with a decoder. */
export interface Placement {
  readonly inputSize: InputSize;
  readonly sizeGrid: SizeGrid;
  /** How far the coarse features are moved down, in cells. @default {0} */
  readonly shiftDown?: number;
}

/** The detector adds maps that were upsampled by 2, so every stride must divide the input. */
export const MULTIPLES_OF_32: SizeGrid = { height: { step: 32 }, width: { step: 32 } };

/**
 * The street decoder was trained at 360×480. There the height is odd at two strides (45, 23) and the width never, so
 * other sizes move its coarse features against the fine ones and cost up to twelve points of mIoU. These are
 * the sizes at which they lie as in training.
 */
const AS_TRAINED_AT_360_480: SizeGrid = { height: { step: 32, offset: 8 }, width: { step: 32 } };

/**
 * At multiples of 32 the street decoder's coarse features lie 1.5 fine rows, three eighths of a coarse one, further up
 * than in training; moved down by that, it is as good there as at 360×480.
 */
const SHIFT_AT_MULTIPLES_OF_32 = 3 / 8;

/**
 * The everyday decoder was trained at multiples of 32 on crops of 384, and scores best just below: the figures of all
 * sizes are in `docs/design.md`.
 */
const EVERYDAY_SIZE: InputSize = { kind: "shorter", pixels: 352 };

/** A size at which the detector does well too. */
const SHARED_SIZE: InputSize = { kind: "shorter", pixels: 384 };

const STREET = {
  labels: CAMVID_11,
  outputStride: 32,
  alone: { inputSize: { kind: "shorter", pixels: 360 }, sizeGrid: AS_TRAINED_AT_360_480 },
  besideDetector: {
    inputSize: SHARED_SIZE,
    sizeGrid: MULTIPLES_OF_32,
    shiftDown: SHIFT_AT_MULTIPLES_OF_32,
  },
} as const satisfies Partial<EmbeddedDecoder>;

/** Every trained decoder. */
export const DECODERS: Readonly<Record<DecoderForm, EmbeddedDecoder>> = {
  everyday: {
    labels: VOC_21,
    outputStride: 16,
    ownTail: true,
    files: {
      head: "everyday-lraspp/everyday_lraspp_head.safetensors",
      tail: "everyday-lraspp/everyday_tail.safetensors",
    },
    alone: { inputSize: EVERYDAY_SIZE, sizeGrid: MULTIPLES_OF_32 },
    besideDetector: { inputSize: SHARED_SIZE, sizeGrid: MULTIPLES_OF_32 },
  },
  street: {
    ...STREET,
    ownTail: true,
    files: {
      head: "street-lraspp/tuned/street_lraspp_head.safetensors",
      tail: "street-lraspp/tuned/street_tail.safetensors",
    },
  },
  "street-shared": {
    ...STREET,
    ownTail: false,
    files: { head: "street-lraspp/shared/street_lraspp_head.safetensors" },
  },
};

/** The geometry of a decoder's head. */
export function decoderOptions(
  { labels, outputStride }: EmbeddedDecoder,
  { shiftDown }: Placement,
): LrAsppOptions {
  // At multiples of 32 stride 16 has half as many cells as stride 8; at the street decoder's own sizes, stride 32 has
  // no whole fraction of them.
  const factor = outputStride === 16 ? 2 : undefined;
  return { classes: labels.length, high: "C4.end", low: "C3.expand", classify: "before", shiftDown, factor };
}
