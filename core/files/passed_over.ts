/**
 * Images and videos that a folder holds and that cannot be read, counted by format.
 *
 * @module
 */

/** Formats by the extensions of their files. */
const FORMATS: Readonly<Record<string, string>> = Object.fromEntries(
  Object.entries({
    HEIC: "heic heif hif heics heifs",
    "JPEG XL": "jxl",
    "JPEG 2000": "jp2 j2k j2c jpf jpx jpm",
    "JPEG XR": "jxr wdp hdp",
    Netpbm: "ppm pgm pbm pnm pam pfm",
    TGA: "tga",
    Photoshop: "psd psb",
    GIMP: "xcf",
    OpenEXR: "exr",
    "Radiance HDR": "hdr",
    DDS: "dds",
    QOI: "qoi",
    ICO: "ico cur icns",
    PCX: "pcx",
    SVG: "svg svgz",
    EPS: "eps",
    PDF: "pdf",
    DICOM: "dcm",
    FITS: "fits",
    RAW:
      "3fr arw cr2 cr3 crw dcr dng erf fff iiq k25 kdc mef mos mrw nef nrw orf pef raf raw rw2 rwl sr2 srf srw x3f",
    MP4: "mp4 m4v",
    MOV: "mov qt",
    AVI: "avi",
    MKV: "mkv",
    WebM: "webm",
    MPEG: "mpg mpeg m2ts mts m2v vob",
    WMV: "wmv asf",
    "3GP": "3gp 3g2",
    FLV: "flv f4v",
    OGV: "ogv",
  }).flatMap(([format, extensions]) => extensions.split(" ").map((extension) => [extension, format])),
);

/** The format of an image or video that cannot be read, by the file's name; `undefined` for all others. */
export function unreadableFormat(name: string): string | undefined {
  const dot = name.lastIndexOf(".");
  const extension = name.slice(dot + 1).toLowerCase();
  return dot > 0 && Object.hasOwn(FORMATS, extension) ? FORMATS[extension] : undefined;
}

/**
 * Files of such names, counted by format: `passed over 12 files in unsupported formats: 10 HEIC, 2 MP4`; `undefined` for
 * none.
 */
export function passedOverLine(names: readonly string[]): string | undefined {
  if (names.length === 0) return undefined;
  const counts = new Map<string, number>();
  for (const name of names) {
    const format = unreadableFormat(name) ?? "other";
    counts.set(format, 1 + (counts.get(format) ?? 0));
  }
  const list = [...counts].toSorted(([a, m], [b, n]) => n - m || (a < b ? -1 : 1));
  const files = names.length === 1
    ? "1 file in an unsupported format"
    : `${names.length} files in unsupported formats`;
  return `passed over ${files}: ${list.map(([format, count]) => `${count} ${format}`).join(", ")}`;
}
