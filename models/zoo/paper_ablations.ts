/** What each redesign of the MobileNetV3 paper saves: the network as published beside itself without the redesign. */
import { usageError } from "../../core/errors.ts";
import { mobileNetV3, mobileNetV3Channels, type MobileNetV3Options } from "../../core/backbones/mod.ts";
import { classifier } from "../../heads/mod.ts";
import { type ClassificationNetwork, decimal } from "../networks/definition.ts";
import { mobileNetV3Classifier } from "./paper.ts";
import { type EffectName, type PrintedLatency, TABLE_5 } from "./paper_tables.ts";

/** Which MobileNetV3 is changed. */
export type AblatedNetwork = Required<Pick<MobileNetV3Options, "size" | "width">>;

/** A network as published and its variants. */
export interface Ablation {
  readonly title: string;
  /** The published network first. */
  readonly variants: readonly Variant[];
  /** What the paper says about it. */
  readonly paper?: string;
}

/** One of the networks that are compared. */
export interface Variant {
  readonly label: string;
  readonly network: ClassificationNetwork;
  readonly printed?: PrintedLatency;
}

/**
 * The networks that show an effect.
 *
 * @throws {BneckError} (usage) for the last stage of MobileNetV3-Small, which never had another.
 */
export function ablation(effect: EffectName, base: AblatedNetwork): Ablation {
  const published: Variant = { label: "as published", network: mobileNetV3Classifier(base) };
  switch (effect) {
    case "nonlinearity":
      return nonlinearities(base, published);
    case "last-stage":
      if (base.size === "small") {
        throw usageError(
          "the paper redesigned the last stage of MobileNetV3-Large alone: MobileNetV3-Small has no other",
        );
      }
      return {
        title: "The last stage, redesigned to pool before its widest layer (figure 5)",
        variants: [published, {
          label: "original last stage",
          network: variant(base, { lastStage: "original" }, "original last stage"),
        }],
        paper: "the paper: 7 ms of Pixel 1, 11 % of the time, and 30 million MAdds are saved",
      };
    case "se":
      return {
        title: "Squeeze-and-excite",
        variants: [published, {
          label: "without squeeze-and-excite",
          network: variant(base, { squeezeExcite: false }, "without squeeze-and-excite"),
        }],
      };
  }
}

function nonlinearities(base: AblatedNetwork, published: Variant): Ablation {
  const { stem, blocks } = mobileNetV3Channels(base);
  const steps = [...new Set([stem, ...blocks.map(({ channels }) => channels)])].sort((a, b) => a - b);
  const printed = base.size === "large" && base.width === 1 ? TABLE_5 : {};
  const from = (channels: number, label: string): Variant => ({
    label,
    network: variant(base, { hSwishFrom: channels }, label),
    printed: printed[channels],
  });
  return {
    title: "h-swish from the first layer with N channels on (@N), ReLU before (table 5)",
    variants: [
      { ...published, printed: printed.published },
      from(Infinity, "ReLU"),
      ...steps.map((channels) => from(channels, `h-swish @${channels}`)),
    ],
  };
}

/** A MobileNetV3 classifier with something changed. */
function variant(
  base: AblatedNetwork,
  change: Omit<MobileNetV3Options, "size">,
  what: string,
): ClassificationNetwork {
  const options = { ...base, ...change };
  const published = mobileNetV3Classifier(base);
  const last = options.lastStage === "original" ? undefined : {
    channels: mobileNetV3Channels(options).last,
    activation: options.hSwishFrom === Infinity ? "relu" : "h-swish",
  } as const;
  return {
    ...published,
    name: `${published.name} ${what}`,
    summary: `MobileNetV3-${base.size === "large" ? "Large" : "Small"}, width ${
      decimal(base.width)
    }, ${what}`,
    backbone: (g, image) => mobileNetV3(g, image, options),
    head: (classes) => classifier({ classes, last }),
  };
}
