/** The weights that fastseg publishes. */
import type { PublishedWeights } from "./published.ts";

/** The mIoU is of Cityscapes val, by the project's README; it gives none for the two smallest. */
const FILES: readonly (readonly [architecture: string, file: string, miou?: number])[] = [
  ["fastseg-large-f256", "mobilev3large-lraspp-f256-9b613ffd.pt", 0.723],
  ["fastseg-large-f128", "mobilev3large-lraspp-f128-9cbabfde.pt", 0.723],
  ["fastseg-small-f256", "mobilev3small-lraspp-f256-d853f901.pt", 0.671],
  ["fastseg-small-f128", "mobilev3small-lraspp-f128-a39a1e4b.pt"],
  ["fastseg-small-f64", "mobilev3small-lraspp-f64-114fc23b.pt"],
];

/** fastseg's networks for Cityscapes. */
export const FASTSEG_WEIGHTS: readonly PublishedWeights[] = FILES.map(([architecture, file, miou]) => ({
  architecture,
  tag: "cityscapes",
  isDefault: true,
  url: `https://github.com/ekzhang/fastseg/releases/download/v0.1-weights/${file}`,
  sha256: file.match(/-([0-9a-f]+)\.pt$/)![1],
  metrics: miou === undefined
    ? []
    : [{ dataset: "Cityscapes val", metric: "mIoU", value: miou, source: "fastseg" }],
  licence: "MIT",
  note: "trained on Cityscapes, whose images are for non-commercial use",
  source: "fastseg, github.com/ekzhang/fastseg",
  verified:
    "address against fastseg 0.1.2's source, the digest is the one in the file's name, names and shapes " +
    "against its state_dict, arithmetic with random weights (docs/parity.md)",
}));
