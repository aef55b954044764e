/**
 * fastseg's decoder, which its authors also call LR-ASPP: the gate is pooled in windows instead of over the whole image,
 * and three steps of upsampling add finer features.
 *
 * @see github.com/ekzhang/fastseg, `LRASPP`
 */
import { tap } from "../core/backbones/taps.ts";
import type { GraphBuilder, Value } from "../core/graph/mod.ts";
import type { Head } from "./head.ts";
import { type LabelLogits, SEGMENTATION_DECODER } from "./label_logits.ts";

/** The geometry of a fastseg decoder. */
export interface LrAsppFastsegOptions {
  readonly classes: number;
  /** The tap of the coarse features, at stride 8. */
  readonly high: string;
  /** The tap at stride 4. */
  readonly middle: string;
  /** The tap at stride 2. */
  readonly low: string;
  /** Channels of the decoder (F). @default {128} */
  readonly filters?: number;
}

/** PyTorch's default. */
const BATCH_NORM = { epsilon: 1e-5 };

/** The pooling window of the gate, in cells of the coarse features. */
const WINDOW = 49;

/** Channels contributed by the finer features. */
const MIDDLE_CHANNELS = 64;
const LOW_CHANNELS = 32;

/** The minimum height and width of the input in pixels: the coarse features must fill the pooling window. */
export const MIN_FASTSEG_SIDE = (WINDOW - 1) * 8 + 1;

/** A fastseg segmentation head; its logits are at stride 2. */
export function lrAsppFastseg(options: LrAsppFastsegOptions): Head<Record<never, never>, LabelLogits> {
  const { classes, filters: channels = 128 } = options;
  const style = { channels, kernel: 1, batchNorm: BATCH_NORM, activation: "relu" } as const;
  return {
    build(g, taps) {
      const high = tap(taps, options.high);
      const middle = tap(taps, options.middle);
      const low = tap(taps, options.low);
      const reduced = g.conv(high, { name: "segment.reduce", ...style });
      const gated = g.multiply("segment.gate.scale", reduced, windowGate(g, high, reduced, channels));
      const projected = g.conv(gated, { name: "segment.project", channels, kernel: 1 });

      const join = (x: Value, finer: Value, name: string, finerChannels: number) => {
        const lateral = g.conv(finer, {
          name: `${name}.lateral`,
          channels: finerChannels,
          kernel: 1,
          bias: false,
        });
        const joined = g.concat(`${name}.concat`, [
          g.resize(`${name}.upsample`, x, { like: finer }),
          lateral,
        ]);
        return g.conv(joined, { name, ...style });
      };
      const atStride4 = join(projected, middle, "segment.middle", MIDDLE_CHANNELS);
      const atStride2 = join(atStride4, low, "segment.low", LOW_CHANNELS);
      return { logits: g.conv(atStride2, { name: "segment.logits", channels: classes, kernel: 1 }) };
    },
    ...SEGMENTATION_DECODER,
  };
}

function windowGate(g: GraphBuilder, high: Value, like: Value, channels: number): Value {
  const pooled = g.pool("segment.gate.pool", high, {
    pool: "average",
    kernel: [WINDOW, WINDOW],
    stride: [16, 20],
    padding: "valid",
  });
  const gate = g.conv(pooled, {
    name: "segment.gate",
    channels,
    kernel: 1,
    bias: false,
    activation: "sigmoid",
  });
  return g.resize("segment.gate.spread", gate, { like }, "align_corners");
}
