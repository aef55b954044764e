/** Small uncompressed TIFF files of any layout, made in memory. */

/** One page. */
export interface TiffPage {
  readonly width: number;
  readonly height: number;
  /** Samples of a pixel. */
  readonly samples: number;
  /** Bits of a sample: 8, 16 or 32. */
  readonly bits?: number;
  /** 0 white is zero, 1 black is zero, 2 RGB, 3 palette, 5 CMYK. */
  readonly photometric: number;
  /** The values of ExtraSamples: 0 unspecified, 1 associated alpha, 2 unassociated alpha. */
  readonly extra?: readonly number[];
  /** 1 unsigned, 2 signed, 3 floating point. */
  readonly format?: number;
  /** What the header says; the data is stored as it is. */
  readonly compression?: number;
  readonly planar?: boolean;
  /** 1: a smaller copy of another page. */
  readonly subfileType?: number;
  /** More SHORT entries, each of one value. */
  readonly entries?: Readonly<Record<number, number>>;
  /** `[height, width, samples]`, or planes one after the other. */
  readonly data: ArrayLike<number>;
}

/** A file of these pages. */
export function tiffFile(pages: readonly TiffPage[], littleEndian = true): Uint8Array {
  const parts: number[] = [];
  const put = (value: number, bytes: number, at = parts.length) => {
    for (let i = 0; i < bytes; i++) {
      parts[at + i] = Math.floor(value / 256 ** (littleEndian ? i : bytes - 1 - i)) & 255;
    }
  };
  parts.push(...(littleEndian ? [0x49, 0x49] : [0x4d, 0x4d]));
  put(42, 2);
  let link = parts.length;
  put(0, 4);
  for (const page of pages) {
    const { width, height, samples, bits = 8, photometric, extra = [], format, planar, data } = page;
    const begin = parts.length;
    for (let i = 0; i < data.length; i++) put(data[i], bits / 8);
    const plane = (parts.length - begin) / (planar ? samples : 1);
    if (parts.length % 2) parts.push(0);
    const planes = Array.from({ length: planar ? samples : 1 }, (_, i) => begin + i * plane);
    const entries: [tag: number, type: number, values: readonly number[]][] = [
      [256, 3, [width]],
      [257, 3, [height]],
      [258, 3, Array(samples).fill(bits)],
      [259, 3, [page.compression ?? 1]],
      [262, 3, [photometric]],
      [273, 4, planes],
      [277, 3, [samples]],
      [278, 3, [height]],
      [279, 4, planes.map(() => plane)],
      [284, 3, [planar ? 2 : 1]],
    ];
    if (extra.length > 0) entries.push([338, 3, extra]);
    if (format !== undefined) entries.push([339, 3, Array(samples).fill(format)]);
    if (page.subfileType !== undefined) entries.push([254, 4, [page.subfileType]]);
    for (const [tag, value] of Object.entries(page.entries ?? {})) entries.push([Number(tag), 3, [value]]);
    entries.sort(([a], [b]) => a - b);
    const places = entries.map(([, type, values]) => {
      const bytes = type === 3 ? 2 : 4;
      if (values.length * bytes <= 4) return undefined;
      const at = parts.length;
      for (const value of values) put(value, bytes);
      return at;
    });
    put(parts.length, 4, link);
    put(entries.length, 2);
    entries.forEach(([tag, type, values], i) => {
      put(tag, 2);
      put(type, 2);
      put(values.length, 4);
      const place = places[i];
      if (place !== undefined) return put(place, 4);
      const bytes = type === 3 ? 2 : 4;
      for (const value of values) put(value, bytes);
      for (let left = 4 - values.length * bytes; left > 0; left--) parts.push(0);
    });
    link = parts.length;
    put(0, 4);
  }
  return Uint8Array.from(parts);
}
