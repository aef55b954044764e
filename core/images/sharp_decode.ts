/** The formats that npm `sharp` decodes: everything but BMP. */
import type { Sharp } from "sharp";
import { explainDamage } from "./formats/damage.ts";
import type { ImageFormat } from "./formats/file_format.ts";
import { isTransparent, withoutTransparentColor, withUnassociatedAlpha } from "./formats/hidden_colors.ts";
import { cannotRead, checkPixels, type DecodeOptions, type ImageSize } from "./image.ts";
import { asStillAvif, sequenceFrames } from "./formats/iso_boxes.ts";
import { isDamage, isMiscounted } from "./formats/jpeg_damage.ts";
import { endsEarly, jpegFrame, mayBeTurned, unsupportedJpeg } from "./formats/jpeg_header.ts";
import { loadSharp } from "./load_sharp.ts";
import type { ImageNote } from "./notes.ts";
import { reducedDecode } from "./reduced_decode.ts";
import { addAlpha, cmykToRgb, firstThree, owned, type Pixels } from "./pixels.ts";
import { checkPngSize, countPngFrames } from "./formats/png_chunks.ts";
import { readTiffHeader } from "./formats/tiff_header.ts";
import { MAX_SAMPLES, type TiffLayout, tiffLayout } from "./formats/tiff_layout.ts";

/** An image to decode. */
export interface SharpJob extends Required<Omit<DecodeOptions, "reduce">>, Pick<DecodeOptions, "reduce"> {
  readonly bytes: Uint8Array;
  readonly format: Exclude<ImageFormat, "BMP">;
  /** Names the image in errors. */
  readonly name: string;
}

/** Pixels, and what their user should know of them. */
export interface NotedPixels {
  readonly pixels: Pixels;
  readonly notes: ImageNote[];
  /** The size of the image where `pixels` are fewer. */
  readonly full?: ImageSize;
}

/** What the file's own header says of how it is to be read. */
interface Layout {
  readonly cmyk: boolean;
  readonly tiff?: TiffLayout;
  /** Pages of the file. */
  readonly pages?: number;
  /** The size of an image that needs no turning. */
  readonly upright?: ImageSize;
}

/**
 * Decodes an image upright, whatever its color profile says.
 *
 * @throws {BneckError} if it is damaged, truncated, of an unsupported kind or has too many pixels
 */
export async function decodeWithSharp(job: SharpJob): Promise<NotedPixels> {
  const { bytes, name, format, maxPixels, truncated } = job;
  const layout = layoutOf(job);
  const sharp = await loadSharp();
  const options = {
    ignoreIcc: true,
    autoOrient: true,
    failOn: "error",
    limitInputPixels: Number.isFinite(maxPixels) ? maxPixels : false,
    limitInputChannels: MAX_SAMPLES,
  } as const;
  const input = format === "AVIF" ? asStillAvif(bytes) : bytes;
  try {
    try {
      const found = format === "JPEG"
        ? await readJpeg((failOn) => sharp(input, { ...options, failOn }), job, layout)
        : await readPixels(sharp(input, options), job, layout);
      const changed = isTransparent(found.pixels) ? withColors(job) : undefined;
      if (changed === undefined) return found;
      const { pixels } = await readPixels(sharp(changed, options), job, layout);
      if (pixels.channels === 3) found.notes.push({ kind: "transparent" });
      return { pixels, notes: found.notes };
    } catch (error) {
      // The message may be that of another image: libvips has one list of errors for all of them.
      if (!truncated || format !== "JPEG" || !endsEarly(bytes)) throw error;
      const { notes, ...found } = await readPixels(sharp(input, { ...options, failOn: "none" }), job, layout);
      return { ...found, notes: [...notes, { kind: "truncated" }] };
    }
  } catch (error) {
    if (messageOf(error).includes("exceeds pixel limit")) {
      const { width, height } = await sharp(input, { ...options, limitInputPixels: false }).metadata();
      checkPixels({ width, height }, name, maxPixels);
    }
    throw explainDamage(bytes, name, format, error, truncated);
  }
}

/** The file changed so that its colours are decoded, where transparency hides them from sharp. */
function withColors({ bytes, format }: SharpJob): Uint8Array | undefined {
  if (format === "TIFF") return withUnassociatedAlpha(bytes);
  return format === "GIF" ? withoutTransparentColor(bytes) : undefined;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** @throws {BneckError} The image is of a kind that is not supported, or has too many pixels. */
function layoutOf({ bytes, name, format, maxPixels }: SharpJob): Layout {
  if (format === "JPEG") {
    const frame = jpegFrame(bytes);
    if (frame === undefined) return { cmyk: false };
    const unsupported = unsupportedJpeg(frame);
    if (unsupported !== undefined) {
      throw cannotRead(
        name,
        `a JPEG with ${unsupported} is not supported; save it as an ordinary 8-bit JPEG or PNG`,
      );
    }
    // libjpeg has its own limit, below what a header can say. A height of 0 means that it follows later.
    const { width, height } = frame;
    const isSized = width > 0 && height > 0;
    if (isSized) checkPixels(frame, name, maxPixels);
    return {
      cmyk: frame.components === 4,
      upright: isSized && !mayBeTurned(bytes) ? { width, height } : undefined,
    };
  }
  if (format === "PNG") {
    checkPngSize(bytes, name, maxPixels);
    return { cmyk: false, pages: countPngFrames(bytes) };
  }
  if (format !== "TIFF") return { cmyk: false };
  const header = readTiffHeader(bytes);
  if (header === undefined) return { cmyk: false };
  const layout = tiffLayout(header);
  if ("kind" in layout) throw cannotRead(name, `${layout.kind} is not supported; ${layout.advice}`);
  return { cmyk: layout.colors === 4, tiff: layout, pages: header.pages };
}

/** Reads a JPEG and notes whether its data are damaged. Sound files, nearly all, are decoded once. */
async function readJpeg(
  open: (failOn: "warning" | "error") => Sharp,
  job: SharpJob,
  layout: Layout,
): Promise<NotedPixels> {
  let found: NotedPixels, damaged: boolean;
  try {
    found = await readPixels(open("warning"), job, layout);
    damaged = isMiscounted(job.bytes);
  } catch (warning) {
    found = await readPixels(open("error"), job, layout);
    damaged = isDamage(messageOf(warning), job.bytes);
  }
  if (damaged) found.notes.push({ kind: "damaged" });
  return found;
}

async function readPixels(
  pipeline: Sharp,
  { bytes, name, format, reduce }: SharpJob,
  { cmyk, tiff, pages: counted = 1, upright }: Layout,
): Promise<NotedPixels> {
  let pages = counted;
  if (format !== "JPEG" && format !== "PNG") {
    const metadata = await pipeline.metadata();
    if (format === "TIFF") checkSamples(metadata, name);
    else pages = (format === "AVIF" ? sequenceFrames(bytes) : undefined) ?? metadata.pages ?? 1;
  }
  // By default, sharp would convert CMYK with a press profile.
  if (cmyk) pipeline = pipeline.pipelineColourspace("cmyk").toColourspace("cmyk");
  const reduced = reduce && !cmyk ? await reducedDecode(pipeline, format, reduce, upright) : undefined;
  if (reduced) pipeline = reduced.pipeline;
  const { data, info: { width, height, channels } } = await pipeline.raw().toBuffer({
    resolveWithObject: true,
  });
  const { colors, undeclared } = toColors(owned(data), channels, cmyk, tiff);
  const notes: ImageNote[] = [];
  if (undeclared > 0) notes.push({ kind: "extra bands", count: undeclared });
  if (pages > 1) notes.push({ kind: "pages", count: pages });
  return { pixels: { width, height, ...colors }, notes, full: reduced?.full };
}

/** What {@linkcode tiffLayout} lets pass is unsigned and has 16 bits at most, unless libtiff reads the header otherwise. */
function checkSamples({ depth }: { readonly depth: string }, name: string): void {
  if (depth === "uchar" || depth === "ushort") return;
  throw cannotRead(name, `a TIFF with ${depth} samples is not supported; save it with 8 bits`);
}

/** RGB, or RGB with alpha, of what sharp gives: three or four colours, and behind them the file's extra bands. */
function toColors(
  data: Uint8Array,
  channels: number,
  cmyk: boolean,
  { extras = channels === 4 && !cmyk ? 1 : 0, alpha = extras - 1 }: Partial<TiffLayout> = {},
): { readonly colors: Pick<Pixels, "channels" | "data">; readonly undeclared: number } {
  const colors = cmyk ? 4 : 3;
  // Some TIFFs come as RGB with an alpha of libtiff's own.
  if (!cmyk && channels === 4 && extras === 0) return { colors: { channels, data }, undeclared: 0 };
  if (channels !== colors + extras) throw new Error(`${channels} channels`);
  const undeclared = extras - (alpha < 0 ? 0 : 1);
  if (!cmyk && channels === 3) return { colors: { channels, data }, undeclared };
  if (!cmyk && channels === 4 && alpha === 0) return { colors: { channels, data }, undeclared };
  const rgb = cmyk ? cmykToRgb(data, channels) : firstThree(data, channels);
  return alpha < 0
    ? { colors: { channels: 3, data: rgb }, undeclared }
    : { colors: { channels: 4, data: addAlpha(rgb, data, channels, colors + alpha) }, undeclared };
}
