/**
 * The samples of label maps that npm `sharp` decodes, exactly as they are stored.
 *
 * @module
 */
import { BneckError } from "../errors.ts";
import { cannotRead, checkPixels } from "./image.ts";
import type { Samples } from "./label_colors.ts";
import { loadSharp } from "./load_sharp.ts";

/** Types of samples other than bytes and unsigned shorts; a label map may have one such channel. */
const OTHER_TYPES = {
  char: Int8Array,
  int: Int32Array,
  uint: Uint32Array,
  float: Float32Array,
} as const;

/** Ids are as large at most. */
const MAX_ID = 65535;

/**
 * Decodes samples.
 *
 * @param bits of a sample as stored
 * @throws {BneckError} The file is damaged, of a kind that is not supported or has too many pixels, or a sample cannot be
 *   an id.
 */
export async function sharpSamples(
  bytes: Uint8Array,
  name: string,
  maxPixels: number,
  bits = 8,
): Promise<Omit<Samples, "paletted">> {
  const sharp = await loadSharp();
  try {
    const image = sharp(bytes, { ignoreIcc: true, failOn: "truncated", limitInputPixels: false });
    const { width, height, channels, depth, space: stored } = await image.metadata();
    checkPixels({ width, height }, name, maxPixels);
    const wide = depth === "ushort", usual = wide || depth === "uchar";
    const isOther = channels === 1 && Object.hasOwn(OTHER_TYPES, depth);
    if (channels > 4 || (!usual && !isOther)) {
      throw cannotRead(
        name,
        `a label map of ${channels} × ${depth} samples is not supported; save it as PNG`,
      );
    }
    // In the space that they are in, samples stay as they are.
    const space = isOther ? stored : channels <= 2 ? (wide ? "grey16" : "b-w") : wide ? "rgb16" : "srgb";
    const { data, info } = await image.toColourspace(space).raw({ depth }).toBuffer({
      resolveWithObject: true,
    });
    const { buffer } = new Uint8Array(data);
    const size = { width: info.width, height: info.height, channels: info.channels };
    if (isOther) {
      return { ...size, data: idsOf(new OTHER_TYPES[depth as keyof typeof OTHER_TYPES](buffer), name) };
    }
    const samples = wide ? new Uint16Array(buffer) : new Uint8Array(buffer);
    // Samples of fewer bits are spread over 0 to 255.
    if (bits < 8) {
      for (let i = 0; i < samples.length; i++) samples[i] = Math.round(samples[i] * (2 ** bits - 1) / 255);
    }
    return { ...size, data: samples };
  } catch (error) {
    if (error instanceof BneckError) throw error;
    throw cannotRead(name, "the image data is damaged or not supported", error);
  }
}

/**
 * Refuses negative samples of 16 bits that were read as unsigned.
 *
 * @throws {BneckError} There is one.
 */
export function refuseNegative(samples: Uint8Array | Uint16Array, name: string): void {
  const negative = samples.find((sample) => sample > MAX_SIGNED);
  if (negative !== undefined) refuseSample(negative - 2 ** 16, name);
}

/** The largest signed number of 16 bits. */
const MAX_SIGNED = 32767;

function idsOf(
  samples: InstanceType<typeof OTHER_TYPES[keyof typeof OTHER_TYPES]>,
  name: string,
): Uint16Array {
  const ids = Uint16Array.from(samples);
  const wrong = samples.findIndex((sample, i) => sample !== ids[i]);
  if (wrong < 0) return ids;
  refuseSample(samples[wrong], name);
}

function refuseSample(sample: number, name: string): never {
  throw cannotRead(
    name,
    `its pixels have to be whole numbers from 0 to ${MAX_ID}, and one is ${sample}; save it as PNG with one id per pixel`,
  );
}
