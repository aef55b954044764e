/** What a project is to the zoo: networks, the names of their parameters, preprocessing and published weights. */
import type { ModelEntry, PublishedMetric } from "../entry.ts";
import type { Preprocessing } from "../preprocessing.ts";
import type { NetworkDefinition } from "./definition.ts";
import type { NamingScheme } from "./naming.ts";

/** A project that defines networks; `models/zoo/` has a file or folder for each. */
export interface ZooProject {
  readonly name: string;
  /** The networks that are listed. */
  readonly networks?: readonly ZooNetwork[];
  /** Networks of any width. */
  readonly families?: readonly NetworkFamily[];
  /** Files of weights for {@linkcode ZooProject.networks}. */
  readonly weights?: readonly PublishedWeights[];
  /** Models whose weights come with bneck or its packages. */
  readonly models?: readonly ModelEntry[];
}

/** A network; one without `naming` and `preprocessing` can be counted and measured only. */
export interface ZooNetwork {
  readonly network: NetworkDefinition;
  /** How files of weights name its parameters. */
  readonly naming?: NamingScheme;
  /** How its images are prepared, unless the weights say otherwise. */
  readonly preprocessing?: Preprocessing;
}

/** A network that weights can be read for. */
export interface Architecture extends ZooNetwork {
  readonly naming: NamingScheme;
  readonly preprocessing: Preprocessing;
}

/** A network that is defined for every width multiplier; `NAME-WIDTH` names one of them. */
export interface NetworkFamily {
  readonly name: string;
  /** The multipliers besides those listed at which weights are looked for. */
  readonly usualWidths?: readonly number[];
  define(width: number): ZooNetwork;
}

/** A file of weights as its authors publish it. */
export interface PublishedWeights {
  /** The name of the network. */
  readonly architecture: string;
  /** What distinguishes these weights from others of the network: `imagenet1k_v2`. */
  readonly tag: string;
  /** Whether the name of the network alone means these weights. */
  readonly isDefault: boolean;
  readonly url: string;
  /** As many digits of the SHA-256 as are published. */
  readonly sha256: string;
  /** The size of the file in MiB, as published. */
  readonly mebibytes?: number;
  /** @default {that of the network} */
  readonly preprocessing?: Preprocessing;
  /** @default {that of the network} */
  readonly classes?: number;
  readonly metrics: readonly PublishedMetric[];
  readonly licence: string;
  readonly note?: string;
  /** The project and where it describes the weights. */
  readonly source: string;
  /** What of all this was checked, and against what. */
  readonly verified: string;
}

/** The address of a file and its SHA-256, which ends its name: `mobilenet_v2-b0353104.pth`. */
export function digestInName(url: string): Pick<PublishedWeights, "url" | "sha256"> {
  return { url, sha256: url.match(/-([0-9a-f]+)\.pth?$/)![1] };
}

/** Whether weights can be read for a network. */
export function isArchitecture(network: ZooNetwork): network is Architecture {
  return network.naming !== undefined && network.preprocessing !== undefined;
}

/** What is said of every file trained on ImageNet. */
export const IMAGENET_NOTE =
  "trained on ImageNet, whose images are for non-commercial research and education";
