/**
 * The masks of many objects in a few typed arrays: polygons as their corners, run lengths as the bytes of
 * their compressed form. The run lengths of a mask are made when it is compared, and forgotten after.
 *
 * @module
 */
import { polygonRunLimit, writePolygonRuns } from "./polygon.ts";
import { mergeRuns, type Rle, rleArea, rleBox } from "./rle.ts";
import { decompressInto } from "./rle_string.ts";

/** What a row of {@linkcode Segmentations} holds. */
export const SegmentationKind = { none: 0, polygons: 1, runs: 2 } as const;

/** The segmentations of `kind.length` objects, one in each row. */
export interface Segmentations {
  /** A {@linkcode SegmentationKind} for each row. */
  readonly kind: Uint8Array;
  /** Height and width of each row's runs in pixels, `[rows, 2]`; 0 for polygons, which have the image's. */
  readonly size: Uint32Array;
  /**
   * Of runs the area, and x, y, width, height of the box around it, `[rows]` and `[rows, 4]`; of polygons 0.
   */
  readonly area: Float64Array;
  readonly box: Float64Array;
  /**
   * Where each row's data begins and the last one's ends, `[rows + 1]`: polygons in `parts`, runs in `bytes`.
   */
  readonly partStart: Uint32Array;
  readonly byteStart: Uint32Array;
  /** Where each polygon begins in `corners` and the last one ends, `[polygons + 1]`. */
  readonly parts: Uint32Array;
  /** The corners of all polygons: x, y, x, y, … in pixels. */
  readonly corners: Float64Array;
  /** Compressed run lengths, one after another. */
  readonly bytes: Uint8Array;
}

/** Run lengths of masks, one after another: mask `i` has `counts[start[i] … start[i + 1]]`. */
export class RunBuffer {
  counts = new Uint32Array(4096);
  length = 0;
  #other = new Uint32Array(4096);

  /** Forgets all masks. */
  clear(): void {
    this.length = 0;
  }

  /**
   * Adds the mask of a row; polygons take the size of the image. Returns false, and adds nothing, where the
   * row has no mask.
   */
  addRow(masks: Segmentations, row: number, imageHeight: number, imageWidth: number): boolean {
    if (masks.kind[row] === SegmentationKind.none) return false;
    if (masks.kind[row] === SegmentationKind.runs) {
      const start = masks.byteStart[row], end = masks.byteStart[row + 1];
      this.reserve(end - start);
      this.length += decompressInto(masks.bytes, start, end, this.counts, this.length);
      return true;
    }
    const at = this.length;
    for (let part = masks.partStart[row]; part < masks.partStart[row + 1]; part++) {
      const partAt = this.length;
      this.addPolygon(masks.corners, masks.parts[part], masks.parts[part + 1], imageHeight, imageWidth);
      if (partAt > at) this.#mergeLast(at, partAt);
    }
    return true;
  }

  /** Adds the mask of one polygon. */
  addPolygon(corners: ArrayLike<number>, start: number, end: number, height: number, width: number): void {
    this.reserve(polygonRunLimit(corners, start, end, height, width));
    this.length += writePolygonRuns(this.counts, this.length, height, width);
  }

  /** Makes room for `more` counts. */
  reserve(more: number): void {
    if (this.length + more <= this.counts.length) return;
    const larger = new Uint32Array(Math.max(this.length + more, 2 * this.counts.length));
    larger.set(this.counts);
    this.counts = larger;
  }

  /** Replaces the masks `[first, second)` and `[second, length)` by their union. */
  #mergeLast(first: number, second: number): void {
    const room = this.length - first;
    if (this.#other.length < room) this.#other = new Uint32Array(2 * room);
    const counts = this.counts;
    const length = mergeRuns(counts, first, second, counts, second, this.length, false, this.#other, 0);
    counts.set(this.#other.subarray(0, length), first);
    this.length = first + length;
  }
}

/** Height and width in pixels. */
export interface MaskSize {
  readonly height: number;
  readonly width: number;
}

/** The size of a row's mask: its own, or for polygons that of the image. */
function sizeOfMask(masks: Segmentations, row: number, image: MaskSize): MaskSize {
  if (masks.kind[row] !== SegmentationKind.runs) return image;
  return { height: masks.size[2 * row], width: masks.size[2 * row + 1] };
}

/** The mask of one row, or undefined where it has none; polygons take the size of the image. */
export function maskOf(masks: Segmentations, row: number, image: MaskSize): Rle | undefined {
  const runs = new RunBuffer();
  if (!runs.addRow(masks, row, image.height, image.width)) return undefined;
  return { ...sizeOfMask(masks, row, image), counts: runs.counts.slice(0, runs.length) };
}

/** Measures masks row by row. */
export class MaskMeasure {
  readonly #runs = new RunBuffer();

  constructor(private readonly masks: Segmentations) {}

  /**
   * The area of a row's mask in pixels, polygons drawn on an image of this size; undefined where the row has none.
   * With `box`, also writes x, y, width, height of the box around the mask to `box[at…]`.
   */
  area(row: number, { height, width }: MaskSize, box?: Float64Array, at = 0): number | undefined {
    const { masks } = this;
    const runs = this.#runs;
    if (masks.kind[row] === SegmentationKind.none) return undefined;
    if (masks.kind[row] === SegmentationKind.runs) {
      box?.set(masks.box.subarray(4 * row, 4 * row + 4), at);
      return masks.area[row];
    }
    runs.clear();
    runs.addRow(masks, row, height, width);
    if (box) rleBox(runs.counts, 0, runs.length, height, width, box, at);
    return rleArea(runs.counts, 0, runs.length);
  }
}
