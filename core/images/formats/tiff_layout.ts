/** What the samples of a TIFF mean, and which kinds cannot be read. */
import { Tag, type TiffHeader } from "./tiff_header.ts";

/** The samples of a pixel. */
export interface TiffLayout {
  /** Samples of its colour: 1 grey or palette, 3 RGB or YCbCr, 4 CMYK. */
  readonly colors: 1 | 3 | 4;
  /** Samples after those. */
  readonly extras: number;
  /** Which of the extra samples is declared as alpha; -1 for none. */
  readonly alpha: number;
}

/** A TIFF that cannot be read, in words: `a TIFF with LZMA compression`, and what to do. */
export interface UnsupportedTiff {
  readonly kind: string;
  readonly advice: string;
}

/** The photometric interpretation of images whose samples are places in a palette. */
export const PALETTE = 3;

/** Samples of the colours of each photometric interpretation that is read. */
const COLORS: Readonly<Record<number, TiffLayout["colors"]>> = { 0: 1, 1: 1, 2: 3, [PALETTE]: 1, 5: 4, 6: 3 };

const OTHER_COLORS: Readonly<Record<number, string>> = {
  4: "a transparency mask",
  8: "CIE Lab colours",
  9: "ICC Lab colours",
  10: "ITU Lab colours",
  32803: "raw camera samples (CFA)",
  32844: "LogL samples",
  32845: "LogLuv samples",
  34892: "raw camera samples (LinearRaw)",
};

/** Compressions that are read: none, CCITT, LZW, JPEG, Deflate (both numbers), PackBits and WebP. */
const COMPRESSIONS = [1, 2, 3, 4, 5, 7, 8, 32773, 32946, 50001];

const OTHER_COMPRESSIONS: Readonly<Record<number, string>> = {
  6: "old-style JPEG",
  9: "JBIG",
  10: "JBIG",
  32766: "NeXT",
  32809: "ThunderScan",
  33003: "JPEG 2000",
  33005: "JPEG 2000",
  34661: "JBIG",
  34676: "SGILog",
  34677: "SGILog",
  34712: "JPEG 2000",
  34713: "Nikon NEF",
  34887: "LERC",
  34892: "lossy JPEG (DNG)",
  34925: "LZMA",
  50000: "Zstandard",
  50002: "JPEG XL",
  52546: "JPEG XL",
};

/** JPEG, old and new; JPEG 2000 in three forms; lossy JPEG of DNG; WebP and JPEG XL, which may be lossy. */
export const LOSSY_COMPRESSIONS: readonly number[] = [6, 7, 33003, 33005, 34712, 34892, 50001, 50002];

/** Samples of a pixel that are read, extra ones included: a limit on memory, which the one on pixels does not set. */
export const MAX_SAMPLES = 32;

/**
 * The layout of the first page, or why it cannot be read.
 *
 * @param anySample whether its samples may be of any type that one band can have: signed, of 32 bits, floating-point
 */
export function tiffLayout({ entries }: TiffHeader, anySample = false): TiffLayout | UnsupportedTiff {
  const value = (tag: number, missing: number) => entries.get(tag)?.[0] ?? missing;
  const samples = value(Tag.samplesPerPixel, 1);
  const photometric = value(Tag.photometric, 1);
  const compression = value(Tag.compression, 1);
  const colors = COLORS[photometric];

  if (isCameraRaw(entries)) return { kind: "a camera's RAW file", advice: "develop it to JPEG, PNG or TIFF" };
  if (!COMPRESSIONS.includes(compression)) {
    const name = OTHER_COMPRESSIONS[compression];
    const kind = name === undefined ? `compression ${compression}` : `${name} compression`;
    return { kind: `a TIFF with ${kind}`, advice: "save it with LZW or Deflate compression" };
  }
  if (colors === undefined) {
    const kind = OTHER_COLORS[photometric] ?? `photometric interpretation ${photometric}`;
    return { kind: `a TIFF with ${kind}`, advice: "save it as RGB" };
  }
  const stored = storedSamples(entries, photometric, colors);
  const isReadable = stored === undefined || (anySample && samples === 1 && isDecoded(entries));
  if (!isReadable) return { kind: `a TIFF with ${stored}`, advice: "save it with 8 bits" };

  const declared = entries.get(Tag.extraSamples) ?? [];
  const extras = samples - colors;
  const alpha = declared.findIndex((meaning, i) => i < extras && (meaning === 1 || meaning === 2));
  const undeclared = extras - (alpha < 0 ? 0 : 1);
  // Which bands would be red, green and blue, if any, only their maker knows.
  const manyGreys = colors === 1 && undeclared > 1;
  if (extras < 0 || manyGreys || samples > MAX_SAMPLES || (photometric === PALETTE && extras > 0)) {
    return { kind: `a TIFF with ${samples} ${colorWord(photometric)} bands`, advice: "save it as RGB" };
  }
  return { colors, extras, alpha };
}

/** Smaller previews stand first in many RAW files, and the camera's own samples behind them. */
function isCameraRaw(entries: TiffHeader["entries"]): boolean {
  const [subfileType = 0] = entries.get(Tag.newSubfileType) ?? [];
  return entries.has(Tag.dngVersion) || ((subfileType & 1) !== 0 && entries.has(Tag.subIfds));
}

/** What is unusual about the samples. */
function storedSamples(
  entries: TiffHeader["entries"],
  photometric: number,
  colors: TiffLayout["colors"],
): string | undefined {
  const bits = entries.get(Tag.bitsPerSample) ?? [1];
  const ofColor = photometric === 5 ? "CMYK " : "";
  if (bits.some((each) => each !== bits[0])) {
    return `${ofColor}samples of different sizes (${bits.join(", ")} bits)`;
  }
  const size = `${bits[0]}-bit ${ofColor}`;
  const formats = entries.get(Tag.sampleFormat) ?? [1];
  if (formats.includes(3)) return `${size}floating-point samples`;
  if (formats.includes(2)) return `${size}signed samples`;
  if (formats.some((format) => format > 4)) return `${size}complex samples`;
  const readable = photometric === 5 ? [8] : colors === 1 ? [1, 2, 4, 8, 16] : [8, 16];
  return readable.includes(bits[0]) ? undefined : `${size}samples`;
}

/** Whether the decoder takes the samples, whatever their type. */
function isDecoded(entries: TiffHeader["entries"]): boolean {
  const [bits = 1] = entries.get(Tag.bitsPerSample) ?? [], [format = 1] = entries.get(Tag.sampleFormat) ?? [];
  return format === 3 ? bits === 32 : format <= 2 && [8, 16, 32].includes(bits);
}

function colorWord(photometric: number): string {
  return photometric <= 1
    ? "greyscale"
    : photometric === PALETTE
    ? "palette"
    : photometric === 5
    ? "CMYK"
    : "colour";
}
