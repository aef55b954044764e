/** The size of an image once it is turned upright, by its header. */
import { claimedSize } from "./formats/claimed_size.ts";
import { imageFormat } from "./formats/file_format.ts";
import { cannotRead, type ImageSize, readImageFile } from "./image.ts";
import { loadSharp } from "./load_sharp.ts";

/** From here on EXIF's orientation exchanges width and height. */
const FIRST_SIDEWAYS = 5;

/**
 * The size of an image in pixels, as decoding it gives; nothing is decoded.
 *
 * @throws {BneckError} if the file cannot be read or its header makes no sense
 */
export async function uprightSize(path: string): Promise<ImageSize> {
  const bytes = await readImageFile(path);
  const claimed = await claimedSize(bytes);
  if (claimed === undefined || claimed.width <= 0 || claimed.height <= 0) {
    throw cannotRead(path, "its header does not say the size of an image");
  }
  const { width, height } = claimed;
  if (imageFormat(bytes) === "BMP") return { width, height };
  const sharp = await loadSharp();
  const metadata = await sharp(bytes, { limitInputPixels: false }).metadata().catch(() => undefined);
  const orientation = metadata?.orientation ?? 1;
  return orientation >= FIRST_SIDEWAYS ? { width: height, height: width } : { width, height };
}
