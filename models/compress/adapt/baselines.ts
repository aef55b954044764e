/** What an adaptation has to beat at the same latency: the same part of all channels, and smaller images. */
import type { Extent } from "../../../core/graph/mod.ts";
import { inputExtent, type InputSize } from "../../input_size.ts";
import type { Network } from "../../network.ts";
import type { CalibrationImage } from "./calibration.ts";
import { type Candidate, channelsOf } from "./candidate.ts";
import { sampleInputs } from "./cell_samples.ts";
import type { MeasuredPair } from "./latency.ts";
import type { ChannelTable } from "./netadapt.ts";
import { repairable, type RepairData, shrinkGroup } from "./shrink.ts";

/** Another way to a lower latency. */
export interface Baseline {
  readonly kind: "uniform" | "smaller";
  /** The part of the channels, or the size of a photo's input. */
  readonly text: string;
  readonly measured: MeasuredPair;
  readonly score: number;
}

/**
 * The largest part of all channels (multiples of 8, as always) with which the predicted latency is not above a limit.
 */
export function uniformChannels(
  original: ChannelTable,
  predict: (table: ChannelTable) => number,
  limit: number,
): Map<string, number> {
  const at = (part: number) =>
    new Map(
      [...original].map((
        [name, channels],
      ) => [name, Math.min(channels, Math.max(8, Math.round(channels * part / 8) * 8))]),
    );
  let [enough, tooMuch] = [0, 1];
  for (let i = 0; i < 12; i++) {
    const middle = (enough + tooMuch) / 2;
    if (predict(at(middle)) <= limit) enough = middle;
    else tooMuch = middle;
  }
  return at(enough);
}

/** The original made narrower everywhere, group by group, with the same choice of channels and the same repair. */
export async function uniformlyNarrowed(
  data: Pick<RepairData, "original" | "originalSamples" | "products">,
  channels: ChannelTable,
  images: readonly CalibrationImage[],
  options: {
    readonly cells: number;
    readonly seed: number;
    readonly signal?: AbortSignal;
    readonly onGroup?: (done: number, total: number) => void;
  },
): Promise<Candidate> {
  let current = data.original;
  const now = channelsOf(current);
  const groups = data.original.layout.groups.filter(({ name }) => channels.get(name)! < now.get(name)!);
  const repaired = new Set(repairable(data.original));
  for (const [index, { name, consumers }] of groups.entries()) {
    const scopes = consumers.map(({ scope }) => scope).filter((scope) => repaired.has(scope));
    const currentSamples = scopes.length > 0
      ? await sampleInputs(current, scopes, images, options)
      : new Map();
    current = await shrinkGroup({ ...data, current, currentSamples }, name, channels.get(name)!, "effect");
    options.onGroup?.(index + 1, groups.length);
  }
  return current;
}

/** A rule for smaller inputs: the network's own with fewer pixels, on its grid. */
export function smallerInputs(
  { inputSize, sizeGrid }: Network,
): { readonly size: InputSize; readonly extent: Extent }[] {
  if (inputSize.kind === "exact" || sizeGrid.crop) return [];
  const found: { size: InputSize; extent: Extent }[] = [];
  let last = inputExtent(inputSize, sizeGrid, 640, 480).join();
  for (let pixels = inputSize.pixels - 8; pixels >= inputSize.pixels / 2; pixels -= 8) {
    const size = { ...inputSize, pixels };
    const extent = inputExtent(size, sizeGrid, 640, 480);
    if (extent.join() === last) continue;
    last = extent.join();
    found.push({ size, extent });
  }
  return found;
}
