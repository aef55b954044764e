/** What of a TIFF's first directory decides whether it can hold labels: TIFF 6.0, sections 2 and 8. */

/** The fields of the first page. */
export interface TiffKind {
  /** 1 where the file does not say. */
  readonly compression: number;
  readonly photometric: number | undefined;
  /** Bits of the first sample; 1 where the file does not say. */
  readonly bits: number;
}

/** Values of the tag Photometric. */
export const Photometric = { palette: 3 } as const;

/** Values of the tag Compression. */
export const Compression: { readonly lossy: readonly number[] } = {
  // JPEG, old and new; JPEG 2000 in three forms; lossy JPEG of DNG; WebP and JPEG XL, which may be lossy.
  lossy: [6, 7, 33003, 33005, 34712, 34892, 50001, 50002],
};

const TAGS = { bits: 258, compression: 259, photometric: 262 } as const;

/** The kind, or `undefined` where the first directory cannot be read. */
export function readTiffKind(bytes: Uint8Array): TiffKind | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const little = bytes[0] === 0x49;
  try {
    const big = view.getUint16(2, little) === 43;
    const long = (at: number) => big ? Number(view.getBigUint64(at, little)) : view.getUint32(at, little);
    const directory = long(big ? 8 : 4);
    const count = big ? long(directory) : view.getUint16(directory, little);
    const [first, size] = big ? [directory + 8, 20] : [directory + 2, 12];
    const found = new Map<number, number>();
    for (let k = 0; k < Math.min(count, 4096); k++) {
      const at = first + k * size;
      const values = big ? long(at + 4) : view.getUint32(at + 4, little);
      const inline = at + (big ? 12 : 8);
      // Shorts: up to two (four in BigTIFF) stand in the entry itself.
      const value = values * 2 <= (big ? 8 : 4) ? inline : long(inline);
      const tag = view.getUint16(at, little);
      if (Object.values<number>(TAGS).includes(tag)) found.set(tag, view.getUint16(value, little));
    }
    return {
      compression: found.get(TAGS.compression) ?? 1,
      photometric: found.get(TAGS.photometric),
      bits: found.get(TAGS.bits) ?? 1,
    };
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}
